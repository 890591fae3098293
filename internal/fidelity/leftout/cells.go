package leftout

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fidelity"
)

// cellOf is the cell that a row belongs to.
func cellOf(r *fidelity.Row) string { return r.Engine + " " + r.Model }

// Holdout is rows that one fit leaves out.
type Holdout struct {
	Name   string
	Part   bool // of a cell, which is left out as a whole besides
	Fitted *Fitted
	rows   []int // of the table
}

// splitTP is the tensor parallelism of which the largest cell is also left out by itself: the whole cell is
// the only one of its engine.
const splitTP = 4

// holdouts are every cell in turn, and one tensor parallelism of the largest.
func holdouts(rows []fidelity.Row) []*Holdout {
	var list []*Holdout
	for i := range rows {
		name := cellOf(&rows[i])
		at := slices.IndexFunc(list, func(h *Holdout) bool { return h.Name == name })
		if at < 0 {
			list = append(list, &Holdout{Name: name})
			at = len(list) - 1
		}
		list[at].rows = append(list[at].rows, i)
	}
	if len(list) == 0 {
		return nil
	}
	largest := slices.MaxFunc(list, func(a, b *Holdout) int { return len(a.rows) - len(b.rows) })
	part := &Holdout{Part: true, Name: fmt.Sprintf("%s, TP %d only", largest.Name, splitTP)}
	for _, i := range largest.rows {
		if rows[i].TP == splitTP {
			part.rows = append(part.rows, i)
		}
	}
	if len(part.rows) > 0 && len(part.rows) < len(largest.rows) {
		list = append(list, part)
	}
	return list
}
