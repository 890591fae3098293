package leftout

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/scenarios"
)

// cellOf is the cell that a row belongs to: a model under a version of an engine on a GPU. What one harness
// measured of it on one day errs together, so that a cell is one observation however many rows it has.
func cellOf(r *fidelity.Row) string {
	return strings.Join(slices.DeleteFunc([]string{r.Engine, r.EngineVersion, r.Model, r.System},
		func(s string) bool { return s == "" }), " ")
}

// kind is a way to leave rows out.
type kind struct {
	name, meaning string
	of            func(*fidelity.Row) string
}

// kinds are all of them; the first is what rows are scored by.
var kinds = []kind{
	{"cell", "a model under a version of an engine on a GPU", cellOf},
	{"model", "all cells of a model", func(r *fidelity.Row) string { return r.Model }},
	{"format", "all cells whose weights have a format", func(r *fidelity.Row) string { return r.Weights }},
	{"mixer", "all cells of models with the same kinds of mixers", mixersOf},
	{"engine", "all cells of an engine", func(r *fidelity.Row) string { return r.Engine }},
	{"harness", "all cells of a benchmark: one sends exact lengths, one spreads them, one sends requests at a rate", harnessOf},
	{"isl octave", "prompts of a length within a factor of two",
		func(r *fidelity.Row) string { return fmt.Sprint("isl from ", 1<<(bits.Len(uint(r.InputTokens))-1)) }},
}

// mixersOf are the kinds of mixers of a row's model; empty of one that is unknown.
func mixersOf(r *fidelity.Row) string {
	spec, err := scenarios.LookupModel(r.Model)
	if err != nil {
		return ""
	}
	model, err := spec.Build()
	if err != nil {
		return ""
	}
	_, mixers := (&scenarios.Parts{Model: model}).FormatsAndMixers()
	return strings.Join(mixers, " and ")
}

func harnessOf(r *fidelity.Row) string {
	switch {
	case r.Rate > 0:
		return "requests at a rate"
	case r.InStep():
		return "exact lengths"
	}
	return "spread lengths"
}

// Holdout is rows that one fit leaves out.
type Holdout struct {
	Kind, Name string
	Values     []float64 // the constants that the other rows give
	rows       []int     // of the table
	// predictions of the rows under Values
	predictions []fidelity.Prediction
}

// holdouts are those of every kind, in the order of rows.
func holdouts(rows []fidelity.Row) []*Holdout {
	var list []*Holdout
	for _, k := range kinds {
		first := len(list)
		for i := range rows {
			name := k.of(&rows[i])
			at := slices.IndexFunc(list[first:], func(h *Holdout) bool { return h.Name == name }) + first
			if at < first {
				list = append(list, &Holdout{Kind: k.name, Name: name})
				at = len(list) - 1
			}
			list[at].rows = append(list[at].rows, i)
		}
	}
	return slices.DeleteFunc(list, func(h *Holdout) bool { return len(h.rows) == len(rows) })
}

// of are the holdouts of a kind.
func (e *Evaluation) of(kind string) (list []*Holdout) {
	for _, h := range e.Holdouts {
		if h.Kind == kind {
			list = append(list, h)
		}
	}
	return list
}
