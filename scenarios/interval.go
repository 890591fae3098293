package scenarios

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/kv"
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
// standard error and the law's error on held-out measurements allow, and of what the engine keeps of the
// memory for itself, and gives the range from IntervalLow to IntervalHigh of every metric that they move. The
// engine's host constants and the workload stay as they are.
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

// Draw simulates the scenario under draw i of the kernels' parameters and of the memory: the same for the
// same seed and i.
func (b *Built) Draw(ctx context.Context, i int) (*Run, error) {
	seed := b.Scenario.Workload.Seed
	config, parts := b.cost.Config, *b.Parts
	config.Kernels = config.Kernels.Draw(rand.New(rand.NewPCG(seed, uint64(i))))
	parts.Memory = b.drawMemory(rand.New(rand.NewPCG(seed, uint64(Draws+i))))
	drawn, err := b.rebuilt(config, &parts)
	if err != nil {
		return nil, err
	}
	defer drawn.Close()
	return drawn.Run(ctx, Hooks{})
}

// workspaceSpread is the standard deviation of what activations, runtime and CUDA graphs take, as a share
// of itself: the memory laws' errors on engines' logs (results/fidelity/memory), with room for what those
// did not show.
const workspaceSpread = 0.3

// drawMemory divides the memory under a draw of what the engine keeps for itself. Draws under which it
// would not start are taken again: it did start. A cache that was given stays.
func (b *Built) drawMemory(rng *rand.Rand) kv.Memory {
	settings := b.Scenario.memorySettings(b.Parts, b.Parts.Plan)
	if settings.Blocks > 0 || settings.PoolBytes > 0 {
		return b.Parts.Memory
	}
	for range maxMemoryDraws {
		settings.Spread = math.Max(0, 1+float64(workspaceSpread*portable.Deviate(rng)))
		if m := kv.Fit(b.Parts.Model, b.Parts.Device, b.Parts.Plan, settings); m.Fits() {
			return m
		}
	}
	return b.Parts.Memory
}

// maxMemoryDraws bounds the draws that are taken again where hardly any lets the engine start.
const maxMemoryDraws = 100
