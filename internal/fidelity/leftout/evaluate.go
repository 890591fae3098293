package leftout

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// Evaluation is what rows say of the engines' constants.
type Evaluation struct {
	Table *fidelity.Table
	// All is the fit to every row, which is what the catalogue should hold.
	All      *Fitted
	Holdouts []*Holdout
	// Out has for each row its prediction by the fit that left its cell out, and Roofline that of the data
	// sheets alone: kernels at peak rates, no host.
	Out, Roofline []fidelity.Prediction
	parts         map[*Holdout][]fidelity.Prediction
}

// Evaluate fits the constants to all rows, and without each holdout. onDone, where set, is called after each
// fit.
func Evaluate(ctx context.Context, t *fidelity.Table, onDone func()) (*Evaluation, error) {
	benches, err := benchesOf(t)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Table: t, Holdouts: holdouts(t.Rows), Out: make([]fidelity.Prediction, len(t.Rows)),
		parts: map[*Holdout][]fidelity.Prediction{}}
	if e.All, err = fit(ctx, benches, start()); err != nil {
		return nil, err
	}
	if onDone != nil {
		onDone()
	}
	for _, h := range e.Holdouts {
		if err := e.hold(ctx, h, benches); err != nil {
			return nil, err
		}
		if onDone != nil {
			onDone()
		}
	}
	e.Roofline, err = rooflines(ctx, t)
	return e, err
}

// Fits is how many fits Evaluate makes.
func Fits(t *fidelity.Table) int { return 1 + len(holdouts(t.Rows)) }

func benchesOf(t *fidelity.Table) ([]*bench, error) {
	var list []*bench
	for i := range t.Rows {
		b, err := benchOf(&t.Rows[i])
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// benchOf is the bench of a row, which must tell a TPOT: that is what intervals are judged by.
func benchOf(r *fidelity.Row) (*bench, error) {
	switch {
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
func (e *Evaluation) hold(ctx context.Context, h *Holdout, benches []*bench) error {
	left := map[int]bool{}
	for _, i := range h.rows {
		left[i] = true
	}
	var in, out []*bench
	for i, b := range benches {
		if left[i] {
			out = append(out, b)
		} else {
			in = append(in, b)
		}
	}
	var err error
	if h.Fitted, err = fit(ctx, in, without(e.All.theta, in)); err != nil {
		return err
	}
	predictions, err := boundAll(ctx, out, h.Fitted.theta)
	if err != nil {
		return err
	}
	e.parts[h] = predictions
	for n, i := range h.rows {
		if e.Out[i].Row == nil { // a cell; the part of one that is left out besides comes after it
			e.Out[i] = predictions[n]
		}
	}
	return nil
}

// rooflines predicts every row from data sheets alone.
func rooflines(ctx context.Context, t *fidelity.Table) ([]fidelity.Prediction, error) {
	benches, err := benchesOf(t)
	if err != nil {
		return nil, err
	}
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
