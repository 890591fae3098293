package leftout

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/scenarios"
)

// bench simulates one row under constants, and remembers how what it gives changes with them: near where it
// was simulated, times are linear in times, and in the logarithms of shares and rates.
type bench struct {
	row   *fidelity.Row
	built *scenarios.Built
	at    latencies
	slope []latencies // by each constant; zero where the row does not depend on it
}

// latencies are a row's mean latencies, in milliseconds.
type latencies struct{ tpot, ttft float64 }

// depends tells whether a row's prediction can change with a constant.
func (b *bench) depends(c *Constant) bool { return c.Engine == "" || c.Engine == b.row.Engine }

// under is the row's scenario with the constants at x, ready to run.
func (b *bench) under(x []float64) (*scenarios.Built, error) {
	p := b.built.Parameters()
	s := settings{p.Overhead, *p.Serving}
	for i := range Constants {
		if c := &Constants[i]; b.depends(c) {
			*c.field(&s) = x[i]
		}
	}
	return b.built.With(scenarios.Parameters{Kernels: p.Kernels, Overhead: s.Overhead, Serving: &s.Serving})
}

// predict simulates the row under the constants at x.
func (b *bench) predict(ctx context.Context, x []float64) (fidelity.Prediction, error) {
	built, err := b.under(x)
	if err != nil {
		return fidelity.Prediction{}, err
	}
	p := fidelity.Simulate(ctx, b.row, built)
	return p, simulated(&p)
}

// grounded is predict with what the prediction rests on.
func (b *bench) grounded(ctx context.Context, x []float64) (fidelity.Prediction, error) {
	built, err := b.under(x)
	if err != nil {
		return fidelity.Prediction{}, err
	}
	p := fidelity.SimulateGrounded(ctx, b.row, built)
	return p, simulated(&p)
}

// simulated is an error where a row could not be simulated.
func simulated(p *fidelity.Prediction) error {
	if p.Skipped == "" {
		return nil
	}
	return &fault.Error{File: p.Row.File, Line: p.Row.Line, Wrong: p.Skipped, Right: "leave the row out"}
}

// nudge is how much a constant is moved to see what follows: enough for schedules to follow.
const nudge = 1.1

// linearise simulates the row at x and beside it.
func (b *bench) linearise(ctx context.Context, x []float64) error {
	p, err := b.predict(ctx, x)
	if err != nil {
		return err
	}
	b.at, b.slope = latencies{p.TPOTMS, p.TTFTMS}, make([]latencies, len(Constants))
	for i := range Constants {
		c := &Constants[i]
		if !b.depends(c) {
			continue
		}
		moved := slices.Clone(x)
		moved[i] *= nudge
		if p, err = b.predict(ctx, moved); err != nil {
			return err
		}
		by := c.coordinate(moved[i]) - c.coordinate(x[i])
		b.slope[i] = latencies{(p.TPOTMS - b.at.tpot) / by, (p.TTFTMS - b.at.ttft) / by}
	}
	return nil
}

// coordinate is what times are linear in.
func (c *Constant) coordinate(x float64) float64 {
	if c.kernel {
		return portable.Log(x)
	}
	return x
}

// least is the smallest share of a latency that its line may fall to, far from where it was drawn.
const least = 0.2

// near is what the line through from gives at x.
func (b *bench) near(from, x []float64) latencies {
	l := b.at
	for i := range Constants {
		c := &Constants[i]
		if b.slope[i] == (latencies{}) || x[i] == from[i] {
			continue
		}
		by := c.coordinate(x[i]) - c.coordinate(from[i])
		l.tpot += float64(b.slope[i].tpot * by)
		l.ttft += float64(b.slope[i].ttft * by)
	}
	return latencies{max(l.tpot, least*b.at.tpot), max(l.ttft, least*b.at.ttft)}
}

// each makes something of every bench, several at once, in their order.
func each[T any](ctx context.Context, benches []*bench,
	do func(context.Context, *bench) (T, error)) ([]T, error) {
	list := make([]T, len(benches))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, b := range benches {
		group.Go(func() (err error) {
			list[i], err = do(ctx, b)
			return err
		})
	}
	return list, group.Wait()
}

// mostRows is how many rows of a cell a fit looks at: where there are more, every second or third in their
// order, which tells the same in a part of the time.
const mostRows = 36

// thinned are the rows that a fit looks at.
func thinned(benches []*bench) (list []*bench) {
	size, seen := map[string]int{}, map[string]int{}
	for _, b := range benches {
		size[cellOf(b.row)]++
	}
	for _, b := range benches {
		cell := cellOf(b.row)
		if seen[cell]%units.CeilDiv(size[cell], mostRows) == 0 {
			list = append(list, b)
		}
		seen[cell]++
	}
	return list
}
