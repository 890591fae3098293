package fidelity

import (
	"context"
	"errors"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/scenarios"
)

// Predict simulates every row, several at once, in the rows' order. A row that cannot be modelled is skipped with the
// reason; only a cancelled context is an error. onDone, where set, is called after each row, from several goroutines.
func Predict(ctx context.Context, rows []Row, onDone func()) ([]Prediction, error) {
	predictions := make([]Prediction, len(rows))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range rows {
		group.Go(func() error {
			predictions[i] = predict(ctx, &rows[i])
			if onDone != nil {
				onDone()
			}
			return ctx.Err()
		})
	}
	return predictions, group.Wait()
}

func predict(ctx context.Context, row *Row) Prediction {
	built, err := build(row)
	if err != nil {
		return skipped(row, err)
	}
	return simulate(ctx, row, built)
}

func build(row *Row) (*scenarios.Built, error) {
	s, err := row.Scenario()
	if err != nil {
		return nil, err
	}
	return s.Build()
}

func simulate(ctx context.Context, row *Row, built *scenarios.Built) Prediction {
	run, err := built.Run(ctx, scenarios.Hooks{})
	if err != nil {
		return skipped(row, err)
	}
	if run.Result.Completed == 0 {
		return skipped(row, errors.New("no request completed: the longest is longer than max_model_len, or than the cache"))
	}
	none := math.NaN()
	return Prediction{Row: row, TTFTMS: run.Result.TTFT.Mean, TPOTMS: run.Result.TPOT.Mean,
		TPOTLow: none, TPOTHigh: none, TTFTLow: none, TTFTHigh: none}
}

func skipped(row *Row, err error) Prediction {
	return Prediction{Row: row, Skipped: err.Error()}
}
