package workloads

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// MaxSpan is how long after the first request the last may arrive, so that twice the span still fits the
// clock.
const MaxSpan = 50 * 24 * 3600 // in s

// Noted is implemented by a source that could not take every row as it is written, and says how it took it.
type Noted interface {
	Source
	// Notes are complete once the source has ended.
	Notes() []string
}

// trace streams the requests of a file.
type trace struct {
	file    string
	records records
	pushed  []byte // a record that was looked at, handed out again
	rows    rows
	format  format
	closer  io.Closer
	several several // the rows, where a record holds any number of them
	held    holder  // of a format whose records are not in order of arrival
	loaded  bool    // those are all read

	origin instant           // when the first request arrived
	last   instant           // when the latest did
	placed units.Picoseconds // that, on the clock of the simulation
	taken  int               // requests so far
	empty  int               // rows without output tokens
	failed int               // rows left out
	said   []string          // notes on how the file was taken
	err    error
	ended  bool
}

// newTrace recognises the format of a stream of records, which file names in errors, and reads it.
func newTrace(file string, from records, closer io.Closer, options Options) (*trace, error) {
	t := &trace{file: file, records: from, closer: closer}
	err := t.begin(options)
	if err != nil {
		closer.Close()
		return nil, err
	}
	return t, nil
}

// begin finds out from its first record what the file is.
func (t *trace) begin(options Options) error {
	first, ok := t.records.next()
	for ok && len(first) == 0 {
		first, ok = t.records.next()
	}
	if !ok {
		if err := t.streamFault(); err != nil {
			return err
		}
		return &fault.Error{File: t.file, Wrong: "is empty", Right: "give a trace with at least one request"}
	}
	var err error
	t.format, t.rows, err = recognise(t.file, t.records.line(), first, options.Columns)
	if err != nil {
		return err
	}
	if _, is := t.rows.(headed); !is {
		t.pushed = first
	}
	if c, is := t.rows.(texts); is {
		tokens, err := newTextTokens(options.Vocabulary)
		if err != nil {
			return err
		}
		c.use(tokens)
	}
	if r, is := t.rows.(remarked); is && r.remark() != "" {
		t.note(r.remark())
	}
	t.several, _ = t.rows.(several)
	if g, is := t.rows.(grouped); is {
		t.held = g
	} else if t.format.unordered {
		t.held = &heldRows{}
	}
	return nil
}

// newRecords cuts a stream into lines, or into JSON values where it is an array of them or its first object
// stands on several lines.
func newRecords(in *bufio.Reader) records {
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(mark))
	}
	begin, _ := in.Peek(64 << 10)
	begin = bytes.TrimLeft(begin, " \t\r\n")
	line, _, ended := bytes.Cut(begin, []byte("\n"))
	switch {
	case bytes.HasPrefix(begin, []byte("[")):
		return newElements(in, false)
	case bytes.HasPrefix(begin, []byte("{")) && ended && !json.Valid(line):
		return newElements(in, true)
	}
	return newLines(in)
}

// byteOrderMark is what spreadsheets write before everything else.
const byteOrderMark = "\xef\xbb\xbf"

// Next implements Source.
func (t *trace) Next(r *Request) bool {
	if t.held != nil && !t.loaded {
		t.load(r)
	}
	if t.ended {
		return false
	}
	at, line, ok := t.row(r)
	if !ok {
		return false
	}
	if wrong := t.place(at, r); wrong != nil {
		t.failAt(line, wrong)
		return false
	}
	return true
}

// row is the next row of the file, or of those that are held, and the line on which it stands; false at the
// end, or on an error.
func (t *trace) row(r *Request) (at instant, line int, ok bool) {
	if t.held != nil {
		at, line, ok = t.held.take(r)
		if rows, is := t.held.(*heldRows); ok && is && rows.more {
			given := *r
			rows.renew(t, r)
			*r = given
		}
	} else {
		at, ok = t.scan(r)
		line = t.records.line()
	}
	if !ok && !t.ended {
		t.finish()
	}
	return at, line, ok
}

// record is the next record of the file that is not empty.
func (t *trace) record() ([]byte, bool) {
	record, ok := t.pushed, t.pushed != nil
	for t.pushed = nil; !ok || len(record) == 0; {
		if record, ok = t.records.next(); !ok {
			return nil, false
		}
	}
	return record, true
}

// scan reads the next row of the file; false at its end, or on an error.
func (t *trace) scan(r *Request) (at instant, ok bool) {
	for {
		if t.several != nil {
			if at, ok = t.several.take(r); ok {
				return at, true
			}
		}
		record, ok := t.record()
		if !ok {
			return at, false
		}
		var wrong *mistake
		if t.several != nil {
			wrong, r.Output = t.several.expand(record), 0
		} else {
			at, wrong = t.rows.read(record, r)
		}
		switch {
		case wrong != nil:
			t.failAt(t.records.line(), wrong)
			return at, false
		case t.several != nil:
			continue
		case r.Output == 0 && t.format.emptyIsFailed:
			t.failed++
			continue
		case r.Output == 0:
			t.empty++
			r.Output = 1
		}
		return at, true
	}
}

func (t *trace) failAt(line int, wrong *mistake) {
	t.fail(&fault.Error{File: t.file, Line: line, Key: wrong.column, Wrong: wrong.wrong, Right: wrong.right})
}

// place checks a row as a whole and puts it on the clock of the simulation, which starts at the first
// request.
func (t *trace) place(at instant, r *Request) *mistake {
	if r.Follows {
		r.Arrival = t.placed
		t.taken++
		return nil
	}
	if r.Input == 0 {
		return &mistake{t.rows.column(roleInput), "the prompt has 0 tokens", "give it at least 1"}
	}
	if r.MaxOutput > 0 && r.MaxOutput < r.Output {
		return &mistake{t.rows.column(roleMaxOutput), fmt.Sprintf("%d tokens were generated, but at most %d were asked for", r.Output, r.MaxOutput), "declare at least what is generated"}
	}
	if t.taken == 0 && !t.format.absolute {
		t.origin, t.last = at, at
	}
	if at.seconds < t.last.seconds || at.seconds == t.last.seconds && at.picoseconds < t.last.picoseconds {
		return &mistake{t.rows.column(roleArrival), "arrives before the row above it", "sort the rows by arrival"}
	}
	seconds := at.seconds - t.origin.seconds
	if seconds > MaxSpan {
		return &mistake{t.rows.column(roleArrival), fmt.Sprintf("arrives %d days after the first row", seconds/86400), fmt.Sprintf("cut the trace to %d days", MaxSpan/86400)}
	}
	t.last = at
	t.taken++
	t.placed = units.Picoseconds(seconds*second + at.picoseconds - t.origin.picoseconds)
	r.Arrival = t.placed
	return nil
}

// finish ends the stream where it has no more lines.
func (t *trace) finish() {
	err := t.streamFault()
	if err == nil && t.taken == 0 {
		err = &fault.Error{File: t.file, Wrong: "has no requests", Right: "give a trace with at least one"}
	}
	t.fail(err)
}

func (t *trace) fail(err error) {
	t.err = err
	t.Close()
}

// streamFault words the error that ended the lines; nil where that is their clean end.
func (t *trace) streamFault() error {
	f := &fault.Error{File: t.file, Line: t.records.line() + 1, Err: t.records.failure()}
	switch err := t.records.failure(); {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		f.Wrong, f.Right = "the compressed file ends too early", "copy or download it again"
	case errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader):
		f.Wrong, f.Right = "the compressed file is damaged", "copy or download it again"
	case errors.Is(err, errLongLine):
		f.Wrong, f.Right = fmt.Sprintf("the line is longer than %d bytes", maxLine), "write one request a line"
	default:
		f.Wrong = "cannot be read: " + oneLine(err)
	}
	return f
}

// Err implements Source.
func (t *trace) Err() error { return t.err }

// Close lets go of the file. Reading to the end does so by itself.
func (t *trace) Close() error {
	if t.ended {
		return nil
	}
	t.ended = true
	return t.closer.Close()
}

// Turns implements Turning.
func (t *trace) Turns() bool { return t.format.turns }

// note remarks how the file was taken, once.
func (t *trace) note(text string) {
	if text = t.file + ": " + text; !slices.Contains(t.said, text) {
		t.said = append(t.said, text)
	}
}

// Notes implements Noted.
func (t *trace) Notes() []string {
	notes := slices.Clone(t.said)
	if t.failed > 0 {
		notes = append(notes, fmt.Sprintf("%s: failed calls, %d %s without output tokens, are left out", t.file, t.failed, units.Plural(t.failed, "row")))
	}
	if l, is := t.rows.(leaving); is && l.left() != "" {
		notes = append(notes, t.file+": "+l.left())
	}
	if t.rows.column(roleArrival) == "" {
		notes = append(notes, t.file+": has no times of arrival: all requests arrive at 0")
	}
	if t.empty > 0 {
		notes = append(notes, fmt.Sprintf("%s: requests with 0 generated tokens (%d) are simulated with 1, the end-of-sequence token", t.file, t.empty))
	}
	return notes
}
