package scenarios

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/kv"
)

// The quantiles that an interval reaches from and to.
const (
	IntervalLow  = 0.05
	IntervalHigh = 0.95
)

// Interval is the range of a metric that a deployment's own would lie in.
type Interval struct {
	Metric    string
	Class     string // of clients, whose metric it is; empty for that of all requests
	Low, High float64
}

// IntervalRuns is how many further simulations an interval rests on at most.
const IntervalRuns = 2*3 + 2

// Bound gives a run of b the range from IntervalLow to IntervalHigh of every metric that moves where all
// times of the system are longer or shorter by the half-width of the metric's latency (Sureness), or the
// engine keeps more or less of the memory for itself. What time and memory move adds up in squares. b itself
// can still be run. onDone, where set, is called after each further simulation, from several goroutines.
func (b *Built) Bound(ctx context.Context, run *Run, onDone func()) error {
	s, err := b.Sureness(run)
	if err != nil {
		return err
	}
	done := func() {
		if onDone != nil {
			onDone()
		}
	}
	point := run.AllMetrics()
	edges := make([][]Metric, 4) // faster, slower; less memory kept, and more
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, z := range []float64{-1, 1} {
		if run.scales() {
			edges[i] = scaled(point, s, z)
			continue
		}
		group.Go(func() (err error) {
			_, edges[i], err = b.shifted(ctx, 0, s, z, nil, done)
			return err
		})
	}
	for i, z := range []float64{-normal95, normal95} {
		moved := func(pool *Built) bool { return pool.remember(z).Blocks != pool.Parts.Memory.Blocks }
		if !slices.ContainsFunc(b.all(), moved) {
			continue
		}
		group.Go(func() error {
			r, err := b.slowed(ctx, z, 1)
			if err == nil {
				edges[2+i] = r.AllMetrics()
				done()
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	run.Sureness, run.Intervals = s, ranges(point, edges)
	return nil
}

// ranges are what each metric spans: between the first two edges, and as far again in squares as between the
// other two.
func ranges(point []Metric, edges [][]Metric) (list []Interval) {
	for m, metric := range point {
		var below, above float64
		measured := metric.Missing == ""
		for pair := range slices.Chunk(edges, 2) {
			low, high := metric.Value, metric.Value
			for _, edge := range pair {
				if edge == nil {
					continue
				}
				measured = measured && edge[m].Missing == ""
				low, high = math.Min(low, edge[m].Value), math.Max(high, edge[m].Value)
			}
			below += float64((metric.Value - low) * (metric.Value - low))
			above += float64((high - metric.Value) * (high - metric.Value))
		}
		if measured && below+above > 0 {
			low, high := math.Max(0, metric.Value-math.Sqrt(below)), metric.Value+math.Sqrt(above)
			list = append(list, Interval{metric.Name, metric.Class, low, high})
		}
	}
	return list
}

// scales tells whether the run has no clock but the system's own, so that all its times grow together: in a
// closed loop of users nothing happens at a set time.
func (r *Run) scales() bool {
	w := &r.Scenario.Workload
	return w.Trace == "" && w.Synthetic.Arrival.Process == "closed" && w.Synthetic.Sessions.Turns < 2 && w.Warmup == 0 &&
		r.Scenario.copies() == 1 && !r.Scenario.SLO.IsSet()
}

// scaled are a run's metrics where all times are longer by z half-widths.
func scaled(point []Metric, s *Sureness, z float64) []Metric {
	list := slices.Clone(point)
	for i := range list {
		factor := portable.Exp(float64(z * s.Of(list[i].Name)))
		switch list[i].definition().Unit {
		case "ms", "s", "USD":
			list[i].Value *= factor
		case "requests/s", "tokens/s":
			list[i].Value /= factor
		}
	}
	return list
}

// Shifted simulates the scenario where all times of the system are longer by z half-widths of s: each metric
// of those asked for by its own, in as many simulations as there are. The run is one of them, one that falls
// behind where there is one. All metrics are asked for by nil.
func (b *Built) Shifted(ctx context.Context, s *Sureness, z float64, metrics []string) (*Run, []Metric,
	error) {
	return b.shifted(ctx, 0, s, z, metrics, func() {})
}

// shifted is Shifted where the engine keeps more of the memory for itself by kept standard deviations.
func (b *Built) shifted(ctx context.Context, kept float64, s *Sureness, z float64, metrics []string,
	done func()) (shown *Run, list []Metric, err error) {
	if metrics == nil {
		metrics = MetricNames()
	}
	runs := map[float64][]Metric{}
	for _, name := range metrics {
		half := s.Of(name)
		if runs[half] != nil {
			continue
		}
		r, err := b.slowed(ctx, kept, portable.Exp(float64(z*half)))
		if err != nil {
			return nil, nil, err
		}
		done()
		runs[half] = r.AllMetrics()
		if shown == nil || !shown.Overloaded() {
			shown = r
		}
	}
	list = shown.AllMetrics()
	for i := range list {
		if own := runs[s.Of(list[i].Name)]; own != nil {
			list[i] = own[i]
		}
	}
	return shown, list, nil
}

// slowed simulates the scenario with all times of the system longer by a factor, and more of the memory kept
// by so many standard deviations.
func (b *Built) slowed(ctx context.Context, kept, factor float64) (*Run, error) {
	built, err := b.change(func(pool *Built) (*Built, error) {
		p := pool.Parameters()
		slow, err := pool.With(Parameters{Kernels: p.Kernels.Slowed(factor, factor),
			Overhead: p.Overhead.Times(factor), Serving: p.Serving})
		if err == nil {
			slow.Parts.Memory = pool.remember(kept)
		}
		return slow, err
	})
	if err != nil {
		return nil, err
	}
	defer built.Close()
	return built.Run(ctx, Hooks{})
}

// Draw is Shifted by a draw: Student's t times a half-width's part of it, and of what the engine keeps of the
// memory for itself. It is the same for the same seed and i.
func (b *Built) Draw(ctx context.Context, s *Sureness, i int, metrics []string) (*Run, []Metric, error) {
	rng := rand.New(rand.NewPCG(b.Scenario.Workload.Seed, uint64(i)))
	effect := &engines.InDoubt().TPOT
	normal, squares, freedom := portable.Deviate(rng), 0.0, max(1, effect.Cells-1)
	for range freedom {
		d := portable.Deviate(rng)
		squares += float64(d * d)
	}
	z := normal / math.Sqrt(squares/float64(freedom)) / effect.Quantile
	kept := portable.Deviate(rng)
	return b.shifted(ctx, kept, s, z, metrics, func() {})
}

// normal95 is the 95th percentile of the standard normal distribution.
const normal95 = 1.6449

// workspaceSpread is the standard deviation of what activations, runtime and CUDA graphs take, as a share
// of itself: the memory laws' errors on engines' logs (results/fidelity/memory), with room for what those
// did not show.
const workspaceSpread = 0.3

// leastSpread keeps a draw of what is kept above nothing, which stands for no draw.
const leastSpread = 1e-3

// remember divides the memory where the engine keeps more for itself by z standard deviations. One under
// which it would not start stays as it is, since it did start; so does a cache that was given.
func (b *Built) remember(z float64) kv.Memory {
	settings := b.Scenario.memorySettings(b.Parts, b.Parts.Plan)
	if z == 0 || settings.Blocks > 0 || settings.PoolBytes > 0 {
		return b.Parts.Memory
	}
	settings.Spread = math.Max(leastSpread, 1+float64(workspaceSpread*z))
	if m := kv.Fit(b.Parts.Model, b.Parts.Device, b.Parts.Plan, settings); m.Fits() {
		return m
	}
	return b.Parts.Memory
}
