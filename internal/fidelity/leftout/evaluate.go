package leftout

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// Evaluation is what rows say of the engines' constants.
type Evaluation struct {
	Table *fidelity.Table // of the rows that could be simulated
	// Skipped are the rows that could not, with the reason.
	Skipped []fidelity.Prediction
	// All is the fit to every row, which is what the catalogue should hold.
	All      *Fitted
	Holdouts []*Holdout
	// In has for each row its prediction by that fit, Out by the one that left its cell out, and Roofline that
	// of the data sheets alone: kernels at peak rates, no host.
	In, Out, Roofline []fidelity.Prediction
	// Doubt is how far the predictions of Out lie from their rows.
	Doubt  *engines.Doubt
	layers []int // of each row's model
}

// Evaluate fits the constants to all rows, and without each holdout, whose rows are then simulated under what
// the others give. The fits without rows rest on the lines that were drawn for all: see the page. onDone,
// where set, is called after each fit.
func Evaluate(ctx context.Context, t *fidelity.Table, onDone func()) (*Evaluation, error) {
	e, benches, err := benchesOf(t)
	if err != nil {
		return nil, err
	}
	done := func() {
		if onDone != nil {
			onDone()
		}
	}
	few := thinned(benches)
	if e.All, err = fit(ctx, few); err != nil {
		return nil, err
	}
	done()
	all := &posterior{benches: few, from: e.All.Values}
	for _, h := range e.Holdouts {
		if err := e.hold(ctx, h, all, benches); err != nil {
			return nil, err
		}
		done()
	}
	if err = e.doubt(ctx, few); err != nil {
		return nil, err
	}
	if e.In, err = each(ctx, benches, func(ctx context.Context, b *bench) (fidelity.Prediction, error) {
		return b.predict(ctx, e.All.Values)
	}); err != nil {
		return nil, err
	}
	e.Roofline, err = rooflines(ctx, benches)
	return e, err
}

// Fits is how many fits Evaluate makes.
func Fits(t *fidelity.Table) int { return 1 + len(holdouts(t.Rows)) }

// benchesOf are those of the rows that can be simulated.
func benchesOf(t *fidelity.Table) (*Evaluation, []*bench, error) {
	e := &Evaluation{Table: &fidelity.Table{Header: t.Header}}
	var list []*bench
	for i := range t.Rows {
		b, err := benchOf(&t.Rows[i])
		if err != nil {
			e.Skipped = append(e.Skipped, fidelity.Prediction{Row: &t.Rows[i], Skipped: err.Error()})
			continue
		}
		list = append(list, b)
		e.Table.Rows = append(e.Table.Rows, t.Rows[i])
		e.layers = append(e.layers, b.built.Parts.Model.Layers())
	}
	if len(list) == 0 {
		return nil, nil, errors.New(e.Skipped[0].Skipped)
	}
	e.Holdouts = holdouts(e.Table.Rows)
	e.Out = make([]fidelity.Prediction, len(list))
	return e, list, nil
}

// benchOf is the bench of a row, which must tell a TPOT: that is what intervals are judged by.
func benchOf(r *fidelity.Row) (*bench, error) {
	switch {
	case r.Unusable != nil:
		return nil, r.Unusable
	case math.IsNaN(r.MeasuredTPOTMS):
		return nil, &fault.Error{File: r.File, Line: r.Line, Key: "tpot_ms", Wrong: "is empty", Right: "give what was measured, or leave the row out: constants are fitted on it"}
	case r.OutputTokens == 1:
		return nil, &fault.Error{File: r.File, Line: r.Line, Key: "osl", Wrong: "is 1, which has no time per output token", Right: "leave the row out"}
	}
	s, err := r.Scenario()
	if err != nil {
		return nil, err
	}
	b, err := s.Build()
	if located := (*fault.Error)(nil); errors.As(err, &located) && located.File != "" {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", r.File, r.Line, err)
	}
	return &bench{row: r, built: b}, nil
}

// hold fits without a holdout's rows and predicts them.
func (e *Evaluation) hold(ctx context.Context, h *Holdout, all *posterior, benches []*bench) error {
	left := map[*fidelity.Row]bool{}
	var out []*bench
	for _, i := range h.rows {
		left[benches[i].row] = true
		out = append(out, benches[i])
	}
	rest := all.without(func(r *fidelity.Row) bool { return left[r] })
	h.Values = likeliest(rest, unidentified(rest, all.from))
	var err error
	h.predictions, err = each(ctx, out, func(ctx context.Context, b *bench) (fidelity.Prediction, error) {
		return b.grounded(ctx, h.Values)
	})
	if err == nil && h.Kind == kinds[0].name {
		for n, i := range h.rows {
			e.Out[i] = h.predictions[n]
		}
	}
	return err
}

// unidentified is where a fit to some rows begins: at the optimum of all, but at what is believed for engines
// of which no row is left.
func unidentified(p *posterior, from []float64) []float64 {
	x := slices.Clone(from)
	for i := range Constants {
		if !slices.ContainsFunc(p.benches, func(b *bench) bool { return b.depends(&Constants[i]) }) {
			x[i] = Constants[i].Prior
		}
	}
	return x
}

// rooflines predicts every row from data sheets alone.
func rooflines(ctx context.Context, benches []*bench) ([]fidelity.Prediction, error) {
	list := make([]fidelity.Prediction, len(benches))
	for i, b := range benches {
		bare, err := b.built.With(scenarios.Parameters{Kernels: kernels.Datasheet(),
			Serving: &engines.Serving{ExpertShape: b.built.Parameters().Serving.ExpertShape}})
		if err != nil {
			return nil, err
		}
		list[i] = fidelity.Simulate(ctx, b.row, bare)
	}
	return list, ctx.Err() // a row that was interrupted looks like one that cannot be simulated
}
