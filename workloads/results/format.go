package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/jsonstream"
)

// Format is a kind of file. It is recognised by its beginning, never by the file's name.
type Format struct {
	Name   string // for people
	About  string // what it takes, for the reference
	Source string // where the format is described
	Loose  bool   // it is known by usual names alone, so that whatever is known by its own goes before it
	// printed tells that it is what a program prints, known by a single line, among whatever else a log holds.
	printed bool
	begins  func(h *head) bool
	read    func(d *document) error
}

// formats are all of them, in the order in which they are tried. A new one is a file of its own and a line
// here.
func formats() []Format {
	return []Format{sglang, vllm, vllmOffline, sglangOffline, sglangMultiTurn, oneBatch, guidellm,
		guidellmTable, inferencePerf, inferencePerfSummary, benchmarkReport, aiperfRecords,
		aiperfSummary, aiperfAggregate, aiperfTable, genaiPerf, genaiBench, llmperf, llmperfSummary,
		trtllm, mlperf, mlperfDetail, evalscope, huggingFace, optimum, llamaBench, spans,
		aibrixClient, inferenceX, llamaBatched, llmServingSimResult, inferenceSim, pytorchRecords,
		hypercomputer, jetstream, ollama, inspect, helm, vllmTable, console, trtllmPrinted,
		aiperfPrinted, guidellmPrinted, evalscopePrinted, vllmMultiTurn, offlinePrinted,
		oneBatchPrinted, llamaPrinted, llamaSQL, hypercomputerPrinted, llamaTimings, lmdeployPrinted,
		gptManager, requestLog, mlxPrinted, transcripts, rollouts, calls}
}

// Formats are all kinds of file that Read takes.
func Formats() []Format { return formats() }

// HeadBytes is how much of a file's beginning Recognise looks at.
const HeadBytes = 64 << 10

// Recognise finds the format of a file by its beginning; nil where it is none of this package's.
func Recognise(beginning []byte) *Format {
	h := newHead(beginning)
	for _, f := range formats() {
		if f.begins(h) {
			return &f
		}
	}
	return nil
}

// errStop ends a walk over a document that has found what it looks for.
var errStop = errors.New("found")

// newScanner scans a text.
func newScanner(text []byte) *jsonstream.Scanner { return jsonstream.New(bytes.NewReader(text)) }

// byteOrderMark is what some editors and spreadsheets write before everything else.
const byteOrderMark = "\xef\xbb\xbf"

// head is the beginning of a file.
type head struct {
	text  []byte
	array bool            // an array of objects, rather than an object
	keys  map[string]bool // of the first object, as far as they stand in the beginning; nil where there is none
}

func newHead(beginning []byte) *head {
	h := &head{text: bytes.TrimPrefix(beginning, []byte(byteOrderMark))}
	s := jsonstream.New(bytes.NewReader(h.text))
	if s.Peek() == '[' {
		h.array = true
		if more, err := s.Element(true); err != nil || !more {
			return h
		}
	}
	if s.Peek() != '{' {
		return h
	}
	h.keys = map[string]bool{}
	_ = s.Object(func(key string) error {
		h.keys[key] = true
		return s.Skip()
	})
	return h
}

// has tells whether the first object has all of the keys.
func (h *head) has(keys ...string) bool {
	for _, key := range keys {
		if !h.keys[key] {
			return false
		}
	}
	return true
}

// document is a file that is being read.
type document struct {
	*jsonstream.Scanner
	in      *bufio.Reader // of formats that are not JSON
	results []Result
	kept    int // requests of all results
}

// MaxRequests is how many requests of a file are held at most: 120 MB of them.
const MaxRequests = 2_000_000

// run begins a further result.
func (d *document) run() *Result {
	d.results = append(d.results, Result{Means: unmeasured()})
	return &d.results[len(d.results)-1]
}

// keep adds a request to a result, or counts it as failed where it has no tokens.
func (d *document) keep(r *Result, q Request) error {
	if q.Input < 1 || q.Output < 1 {
		r.Failed++
		return nil
	}
	if d.kept == MaxRequests {
		return fmt.Errorf("more than %d requests", MaxRequests)
	}
	d.kept++
	r.Requests = append(r.Requests, q)
	return nil
}

// Read reads a file of a format, of which Recognise has seen the beginning; file stands in messages.
func (f *Format) Read(file string, in io.Reader) ([]Result, error) {
	// The scanner takes it as it is, so that neither reads ahead of the other.
	from := bufio.NewReaderSize(in, HeadBytes)
	if mark, _ := from.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = from.Discard(len(mark))
	}
	d := &document{Scanner: jsonstream.New(from), in: from}
	err := f.read(d)
	if err == nil {
		err = d.Err()
	}
	if err != nil {
		wrong := &fault.Error{File: file, Wrong: err.Error(), Right: "give a whole " + f.Name + " file", Err: err}
		if at := (*jsonstream.Error)(nil); errors.As(err, &at) {
			wrong.Line, wrong.Wrong = at.Line, at.Err.Error()
		}
		return nil, wrong
	}
	for i := range d.results {
		d.results[i].complete()
	}
	return d.results, nil
}
