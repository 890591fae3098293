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
	if err := built.Bound(ctx, run, nil); err != nil {
		return skipped(row, err)
	}
	p.bound(run.Intervals)
	p.E2E = p.E2E.around(p.EndToEndMS(), run.Result.E2E.Mean)
	return p
}

// SimulateGrounded runs a row's scenario and says what evidence the prediction rests on.
func SimulateGrounded(ctx context.Context, row *Row, built *scenarios.Built) Prediction {
	p, run := simulate(ctx, row, built)
	if run == nil {
		return p
	}
	grounds, err := built.Grounds(run)
	if err != nil {
		return skipped(row, err)
	}
	p.Grounds = grounds
	return p
}

// bound takes the intervals of a run's means for those of the row's. A row's end-to-end time is made of two
// means, and lies as far from its bounds as the mean of all requests does.
func (p *Prediction) bound(list []scenarios.Interval) {
	for _, i := range list {
		switch i.Metric {
		case "mean_tpot_ms":
			p.TPOT = Range{i.Low, i.High}
		case "mean_ttft_ms":
			p.TTFT = Range{i.Low, i.High}
		case "mean_e2el_ms":
			p.E2E = Range{i.Low, i.High}
		case "output_throughput":
			p.Output = Range{i.Low, i.High}
		}
	}
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
	p := Prediction{Row: row, TTFTMS: run.Result.TTFT.Mean, TPOTMS: run.Result.TPOT.Mean,
		OutputRate: scenarios.Values(run.Metrics())["output_throughput"]}
	if row.OutputTokens == 1 {
		p.TPOTMS = math.NaN()
	}
	return p, run
}

func skipped(row *Row, err error) Prediction {
	return Prediction{Row: row, Skipped: err.Error()}
}
