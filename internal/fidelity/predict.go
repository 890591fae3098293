package fidelity

import (
	"context"
	"errors"
	"math"

	"github.com/roofserve/roofserve/scenarios"
)

func predict(ctx context.Context, row *Row) Prediction {
	built, err := build(row)
	if err != nil {
		return skipped(row, err)
	}
	return SimulateBounded(ctx, row, built)
}

// Predict simulates a row as it was measured, and says how sure the prediction is.
func Predict(ctx context.Context, row *Row) Prediction { return predict(ctx, row) }

func build(row *Row) (*scenarios.Built, error) {
	s, err := row.Scenario()
	if err != nil {
		return nil, err
	}
	return s.Build()
}

// Simulate runs a row's scenario. The prediction has no interval.
func Simulate(ctx context.Context, row *Row, built *scenarios.Built) Prediction {
	p, _ := simulate(ctx, row, built)
	return p
}

// SimulateBounded runs a row's scenario and says how sure the prediction is.
func SimulateBounded(ctx context.Context, row *Row, built *scenarios.Built) Prediction {
	p, run := simulate(ctx, row, built)
	if run == nil {
		return p
	}
	spread, err := built.Spread(run, uint64(row.Line))
	if err != nil {
		return skipped(row, err)
	}
	p.TPOTLow, p.TPOTHigh = scenarios.Likely(p.TPOTMS, spread.TPOT)
	p.TTFTLow, p.TTFTHigh = scenarios.Likely(p.TTFTMS, spread.TTFT)
	return p
}

// simulate runs a row's scenario; the run is nil where it was skipped.
func simulate(ctx context.Context, row *Row, built *scenarios.Built) (Prediction, *scenarios.Run) {
	run, err := built.Run(ctx, scenarios.Hooks{})
	if err != nil {
		return skipped(row, err), nil
	}
	if run.Result.Completed == 0 {
		return skipped(row, errors.New("no request completed: the longest is longer than max_model_len, or than the cache")), nil
	}
	none := math.NaN()
	p := Prediction{Row: row, TTFTMS: run.Result.TTFT.Mean, TPOTMS: run.Result.TPOT.Mean,
		TPOTLow: none, TPOTHigh: none, TTFTLow: none, TTFTHigh: none}
	if row.OutputTokens == 1 {
		p.TPOTMS = none
	}
	return p, run
}

func skipped(row *Row, err error) Prediction {
	return Prediction{Row: row, Skipped: err.Error()}
}
