package bounded

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// maxRecord is the most bytes that one row of a table may take, with what is read ahead of it.
const maxRecord = 1 << 20

// Table reads CSV row by row. The memory that a row takes is bounded, in a compressed file without line ends
// too.
type Table struct {
	*csv.Reader
	meter *meter
	last  int // line of the row read last
}

// NewTable reads the table that in holds.
func NewTable(in io.Reader) *Table {
	m := &meter{in: in}
	return &Table{Reader: csv.NewReader(m), meter: m}
}

// Read is the next row. Its error says nothing of where: Line does.
func (t *Table) Read() ([]string, error) {
	t.meter.left = maxRecord
	row, err := t.Reader.Read()
	if problem := (*csv.ParseError)(nil); errors.As(err, &problem) {
		t.last = problem.Line
		return nil, problem.Err
	}
	if err != nil {
		t.last++
		return nil, err
	}
	t.last, _ = t.FieldPos(0)
	return row, nil
}

// Line is where the row read last begins, or where it could not be read, from 1.
func (t *Table) Line() int { return t.last }

// meter passes a stream on until a row has taken too much of it.
type meter struct {
	in   io.Reader
	left int
}

func (m *meter) Read(to []byte) (int, error) {
	if m.left <= 0 {
		return 0, fmt.Errorf("a row has more than %d bytes", maxRecord)
	}
	n, err := m.in.Read(to[:min(len(to), m.left)])
	m.left -= n
	return n, err
}
