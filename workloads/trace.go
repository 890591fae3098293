package workloads

import (
	"errors"
	"fmt"
	"io"

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
	file   string
	lines  *lines
	rows   rows
	format format
	closer io.Closer

	origin instant // when the first request arrived
	last   instant // when the latest did
	taken  int     // requests so far
	empty  int     // of them, those without output tokens
	failed int     // rows left out
	err    error
	ended  bool
}

// newTrace recognises the format of a stream, which file names in errors, and reads it.
func newTrace(file string, from io.ReadCloser, columns Columns) (*trace, error) {
	t := &trace{file: file, lines: newLines(from), closer: from}
	first, ok := t.lines.next()
	for ok && len(first) == 0 {
		first, ok = t.lines.next()
	}
	if !ok {
		from.Close()
		if err := t.streamFault(); err != nil {
			return nil, err
		}
		return nil, &fault.Error{File: file, Wrong: "is empty", Right: "give a trace with at least one request"}
	}
	first = trimMark(first)
	var err error
	if t.format, t.rows, err = recognise(file, t.lines.number, first, columns); err != nil {
		from.Close()
		return nil, err
	}
	if !t.format.header {
		t.lines.pushBack(first)
	}
	return t, nil
}

// trimMark removes the byte order mark that spreadsheets write.
func trimMark(line []byte) []byte {
	if len(line) >= 3 && line[0] == 0xef && line[1] == 0xbb && line[2] == 0xbf {
		return line[3:]
	}
	return line
}

// Next implements Source.
func (t *trace) Next(r *Request) bool {
	for !t.ended {
		line, ok := t.lines.next()
		if !ok {
			t.finish()
			return false
		}
		if len(line) == 0 {
			continue
		}
		at, wrong := t.rows.read(line, r)
		if wrong == nil && r.Output == 0 {
			if t.format.emptyIsFailed {
				t.failed++
				continue
			}
			t.empty++
			r.Output = 1
		}
		if wrong == nil {
			wrong = t.place(at, r)
		}
		if wrong != nil {
			t.fail(&fault.Error{File: t.file, Line: t.lines.number, Key: wrong.column, Wrong: wrong.wrong,
				Right: wrong.right})
			return false
		}
		return true
	}
	return false
}

// place checks a row as a whole and puts it on the clock of the simulation, which starts at the first
// request.
func (t *trace) place(at instant, r *Request) *mistake {
	if r.Input == 0 {
		return &mistake{t.rows.column(roleInput), "the prompt has 0 tokens", "give it at least 1"}
	}
	if r.MaxOutput > 0 && r.MaxOutput < r.Output {
		return &mistake{t.rows.column(roleMaxOutput), fmt.Sprintf("%d tokens were generated, but at most %d were asked for", r.Output, r.MaxOutput), "declare at least what is generated"}
	}
	if t.taken == 0 {
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
	r.Arrival = units.Picoseconds(seconds*second + at.picoseconds - t.origin.picoseconds)
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
	f := &fault.Error{File: t.file, Line: t.lines.number + 1, Err: t.lines.err}
	switch err := t.lines.err; {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		f.Wrong, f.Right = "the compressed file ends too early", "copy or download it again"
	case errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader):
		f.Wrong, f.Right = "the compressed file is damaged", "copy or download it again"
	case errors.Is(err, errLongLine):
		f.Wrong, f.Right = fmt.Sprintf("the line is longer than %d bytes", maxLine), "write one request a line"
	default:
		f.Wrong = "cannot be read: " + err.Error()
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

// Notes implements Noted.
func (t *trace) Notes() []string {
	var notes []string
	if t.failed > 0 {
		notes = append(notes, fmt.Sprintf("%s: failed calls, %d %s without output tokens, are left out", t.file, t.failed, units.Plural(t.failed, "row")))
	}
	if t.empty > 0 {
		notes = append(notes, fmt.Sprintf("%s: requests with 0 generated tokens (%d) are simulated with 1, the end-of-sequence token", t.file, t.empty))
	}
	return notes
}
