package figure

import (
	"encoding/csv"
	"io"
	"strconv"
)

// Table is the data that a figure was drawn from.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Cell writes a number so that reading it gives the same number back.
func Cell(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// WriteCSV writes the table with a header line.
func (t *Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(t.Columns); err != nil {
		return err
	}
	return out.WriteAll(t.Rows)
}
