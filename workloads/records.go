package workloads

import (
	"errors"
	"io"

	"github.com/roofserve/roofserve/internal/jsonstream"
)

// records cuts a stream into the records of a trace.
type records interface {
	// next is the next record, valid until the following call; false at the end, or on a failure.
	next() ([]byte, bool)
	// line is the one on which the record handed out last begins.
	line() int
	// failure is what ended the records; io.EOF at their clean end.
	failure() error
}

// elements are the records of a JSON document that is one array of them, or of JSON objects one after the
// other that stand on several lines each.
type elements struct {
	from    *jsonstream.Scanner
	loose   bool // objects one after the other
	started bool
	begins  int
	err     error
}

func newElements(in io.Reader, loose bool) *elements {
	return &elements{from: jsonstream.New(in), loose: loose}
}

func (e *elements) line() int { return e.begins }

func (e *elements) failure() error { return e.err }

// next implements records.
func (e *elements) next() ([]byte, bool) {
	if e.err != nil {
		return nil, false
	}
	var record []byte
	var more bool
	var err error
	if next := e.from.Peek(); e.loose {
		more, err = next != 0, e.from.Err()
	} else {
		more, err = e.from.Element(!e.started)
	}
	e.started, e.begins = true, e.from.Line()
	if err == nil && more {
		record, err = e.from.Raw(maxLine)
	}
	if err != nil {
		e.fail(err)
		return nil, false
	}
	if !more {
		e.err = io.EOF
		return nil, false
	}
	return record, true
}

// fail remembers an error as those of other streams are: with its line apart.
func (e *elements) fail(err error) {
	e.err = err
	if at := (*jsonstream.Error)(nil); errors.As(err, &at) {
		e.begins, e.err = at.Line, at.Err
	}
}
