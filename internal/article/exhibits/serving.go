package exhibits

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
)

// Formats of the serving table's columns.
const (
	fp16 = "bf16"
	int4 = "int4"
)

// servingRow is a row of the article's serving table; NaN where it says N/A.
type servingRow struct {
	title, system    string
	fp16, int4, tpot float64 // tokens a second, tokens a second, seconds
	fits             bool    // in FP16
}

// servingRows reads the article's serving table.
func servingRows(l *article.Lab) ([]servingRow, error) {
	t, err := articleTable("serving", "serving", 5)
	if err != nil {
		return nil, err
	}
	var rows []servingRow
	for i, cells := range t.Rows {
		row := servingRow{title: cells[0], system: fmt.Sprint(t.Names["system"][i]),
			fp16: read(cells[2], "tok/s"), int4: read(cells[3], "tok/s"), tpot: read(cells[4], "ms")}
		fits, err := l.Eval("fits(%q, %q)", row.system, fp16)
		if err != nil {
			return nil, err
		}
		row.fits = fits > 0
		rows = append(rows, row)
	}
	return rows, nil
}

// articleTable finds a table of the claims files, which must have so many columns.
func articleTable(section, id string, columns int) (*claims.Table, error) {
	sections, err := claims.Load()
	if err != nil {
		return nil, err
	}
	for i := range sections {
		if t := sections[i].Table(id); sections[i].Name == section && t != nil && len(t.Columns) == columns {
			return t, nil
		}
	}
	return nil, fmt.Errorf("the claims have no table %s.%s of %d columns", section, id, columns)
}

// read is a cell's figure in base units; NaN where the cell has no rate or time.
func read(cell, unit string) float64 {
	f, err := claims.Read(cell)
	if err != nil || cell[0] == 'N' { // N/A, perhaps with a reason that has a digit
		return math.NaN()
	}
	return f.Base(unit).Value
}
