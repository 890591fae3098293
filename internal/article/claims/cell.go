package claims

import "slices"

// Cell is one figure of a table.
type Cell struct {
	Row   string         // the row's first cell
	Text  string         // as the article writes it
	Names map[string]any // values that formulas may name, for this row: numbers as float64, and strings
}

// Cells lists the figures that a claim about a table's column covers. Cells without a number are left out.
func (s *Section) Cells(c *Claim) []Cell {
	t := s.Table(c.Table)
	column := slices.Index(t.Columns, c.Column)
	var cells []Cell
	for i, row := range t.Rows {
		if len(c.Rows) > 0 && !slices.Contains(c.Rows, row[0]) || !digits.MatchString(row[column]) {
			continue
		}
		cell := Cell{Row: row[0], Text: row[column], Names: map[string]any{}}
		for name, values := range t.Names {
			cell.Names[name] = values[i]
			if whole, ok := values[i].(int64); ok {
				cell.Names[name] = float64(whole)
			}
		}
		cells = append(cells, cell)
	}
	return cells
}
