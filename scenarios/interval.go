package scenarios

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/sim/metrics"
)

// Draws is how many draws of the parameters an interval rests on.
const Draws = 40

// The quantiles that an interval reaches from and to.
const (
	IntervalLow  = 0.05
	IntervalHigh = 0.95
)

// Interval is the range of a metric over an ensemble of runs.
type Interval struct {
	Metric    string
	Low, High float64
}

// Intervals simulates the scenario under draws of the kernels' parameters, each as far from its value as its
// standard error and the law's error on held-out measurements allow, and gives the range from IntervalLow to
// IntervalHigh of every metric that they move. The engine's host constants and the workload stay as they are.
// b itself can still be run. onDone, where set, is called after each draw, from several goroutines.
func (b *Built) Intervals(ctx context.Context, onDone func()) ([]Interval, error) {
	runs := make([][]Metric, Draws)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range Draws {
		group.Go(func() error {
			r, err := b.Draw(ctx, i)
			if err != nil {
				return err
			}
			runs[i] = r.Metrics()
			if onDone != nil {
				onDone()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var list []Interval
	values := make([]float64, Draws)
	for m, metric := range runs[0] {
		measured := true
		for i := range runs {
			values[i] = runs[i][m].Value
			measured = measured && runs[i][m].Missing == ""
		}
		slices.Sort(values)
		if measured && values[0] != values[Draws-1] {
			low, high := metrics.Linear(values, IntervalLow), metrics.Linear(values, IntervalHigh)
			list = append(list, Interval{metric.Name, low, high})
		}
	}
	return list, nil
}

// Draw simulates the scenario under draw i of the kernels' parameters: the same for the same seed and i.
func (b *Built) Draw(ctx context.Context, i int) (*Run, error) {
	rng := rand.New(rand.NewPCG(b.Scenario.Workload.Seed, uint64(i)))
	config := b.cost.Config
	config.Kernels = config.Kernels.Draw(rng)
	drawn, err := b.rebuilt(config, b.Parts)
	if err != nil {
		return nil, err
	}
	defer drawn.Close()
	return drawn.Run(ctx, Hooks{})
}
