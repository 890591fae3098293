package results

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/jsonstream"
)

// table reads a document as CSV, whose rows may differ in length.
type table struct{ *bounded.Table }

func newTable(d *document) *table {
	t := &table{bounded.NewTable(d.in)}
	t.FieldsPerRecord = -1
	t.LazyQuotes = true
	return t
}

// row is the next row, without a byte order mark; nil at the end.
func (t *table) row() ([]string, error) {
	cells, err := t.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, &jsonstream.Error{Line: t.Line(), Err: err}
	case t.Line() == 1:
		cells[0] = strings.TrimPrefix(cells[0], "\xef\xbb\xbf")
	}
	return cells, nil
}

// named are the rows of a table as values by their columns' names.
type named struct {
	*table
	header []string
	names  map[string]int
	cells  []string
}

// newNamed reads the line of names.
func newNamed(d *document) (*named, error) {
	n := &named{table: newTable(d), names: map[string]int{}}
	names, err := n.row()
	for i, name := range names {
		name = strings.TrimSpace(name)
		n.header, n.names[name] = append(n.header, name), i
	}
	return n, err
}

// next reads the next row; false at the end.
func (n *named) next() (ok bool, err error) {
	n.cells, err = n.row()
	return n.cells != nil, err
}

// each visits the rows that follow.
func (n *named) each(visit func() error) error {
	for {
		if ok, err := n.next(); !ok || err != nil {
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
}

// text is the value of the first of some columns that there is.
func (n *named) text(columns ...string) string {
	for _, name := range columns {
		if i, is := n.names[name]; is && i < len(n.cells) {
			return strings.TrimSpace(n.cells[i])
		}
	}
	return ""
}

// number is such a value as a number; NaN where it is none.
func (n *named) number(columns ...string) float64 { return measured(n.text(columns...)) }

// valueIn is a text among the keys of an object that a cell holds as JSON; "" where there is none.
func valueIn(cell, key string) string {
	var all map[string]json.RawMessage
	var text string
	if json.Unmarshal([]byte(cell), &all) != nil || json.Unmarshal(all[key], &text) != nil {
		return ""
	}
	return text
}

// flatten adds the present row to a record.
func (n *named) flatten(to *flat) {
	for i, name := range n.header {
		if i < len(n.cells) && n.cells[i] != "" {
			to.cell(name, strings.TrimSpace(n.cells[i]))
		}
	}
}
