package leftout

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/robust"
)

// Weights of a TTFT beside a TPOT: its noise from day to day is several times as large (2.8% against 0.4%,
// p90 17%; silicon/README.md). Where lengths are exact, users march in step and a small change moves the mean
// TTFT several-fold (same place).
const (
	ttftWeight      = 0.3
	exactTTFTWeight = 0.1
)

// cellRows is the number of rows that every cell counts as, however many it has, and mostRows how many of a
// cell a fit looks at: where there are more, every second or third row in their order, which tells the same
// in a part of the time.
const (
	cellRows = 40
	mostRows = 60
)

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

// Fitted is the constants as some rows identify them, in the order of Constants.
type Fitted struct {
	Values         []float64
	StandardErrors []float64 // of the logarithms; 0 at a bound
	Rows           int
	theta          []float64
}

// fitting is the state of one fit.
type fitting struct {
	ctx     context.Context
	benches []*bench
	weights []float64 // of each bench's row
	err     error
}

// bench simulates one row again and again. It remembers what it got for the constants that it was last asked
// for, and the kernels' times for the shared ones.
type bench struct {
	row    *fidelity.Row
	built  *scenarios.Built
	served *scenarios.Built // with experts of shape
	shape  float64
	asked  []recalled
}

type recalled struct {
	settings settings
	got      fidelity.Prediction
}

// memory is how many answers a bench remembers: a derivative by another engine's constant asks for the last
// one again.
const memory = 4

// depends tells whether a row's prediction can change with a constant.
func (b *bench) depends(c *Constant) bool { return c.Engine == "" || c.Engine == b.row.Engine }

func (b *bench) settings(theta []float64) settings {
	p := b.built.Parameters()
	s := settings{p.Overhead, *p.Serving}
	for i := range Constants {
		if c := &Constants[i]; b.depends(c) {
			*c.field(&s) = portable.Exp(theta[i])
		}
	}
	return s
}

// under is the row's scenario with other constants.
func (b *bench) under(s *settings) (*scenarios.Built, error) {
	return b.built.With(scenarios.Parameters{Kernels: b.built.Parameters().Kernels, Overhead: s.Overhead,
		Serving: &s.Serving})
}

// predict simulates the row under the constants at theta.
func (b *bench) predict(ctx context.Context, theta []float64) (fidelity.Prediction, error) {
	s := b.settings(theta)
	for _, r := range b.asked {
		if r.settings == s {
			return r.got, nil
		}
	}
	var err error
	if b.served == nil || b.shape != s.ExpertShape {
		b.shape = s.ExpertShape
		b.served, err = b.under(&s)
	} else {
		b.served, err = b.served.WithOverhead(s.Overhead, &s.Serving)
	}
	if err != nil {
		return fidelity.Prediction{}, err
	}
	p := fidelity.Simulate(ctx, b.row, b.served)
	if err := simulated(&p); err != nil {
		return p, err
	}
	if len(b.asked) == memory {
		b.asked = b.asked[:copy(b.asked, b.asked[1:])]
	}
	b.asked = append(b.asked, recalled{s, p})
	return p, nil
}

// simulated is an error where a row could not be simulated.
func simulated(p *fidelity.Prediction) error {
	if p.Skipped == "" {
		return nil
	}
	return &fault.Error{File: p.Row.File, Line: p.Row.Line, Wrong: p.Skipped, Right: "leave the row out"}
}

// bound is predict with an interval.
func (b *bench) bound(ctx context.Context, theta []float64) (fidelity.Prediction, error) {
	s := b.settings(theta)
	built, err := b.under(&s)
	if err != nil {
		return fidelity.Prediction{}, err
	}
	p := fidelity.SimulateBounded(ctx, b.row, built)
	return p, simulated(&p)
}

// predictAll simulates rows, several at once.
func predictAll(ctx context.Context, benches []*bench, theta []float64) ([]fidelity.Prediction, error) {
	return each(ctx, benches, func(ctx context.Context, b *bench) (fidelity.Prediction,
		error) {
		return b.predict(ctx, theta)
	})
}

// boundAll is predictAll with intervals.
func boundAll(ctx context.Context, benches []*bench, theta []float64) ([]fidelity.Prediction, error) {
	return each(ctx, benches, func(ctx context.Context, b *bench) (fidelity.Prediction,
		error) {
		return b.bound(ctx, theta)
	})
}

// each makes a prediction of every bench's row, several at once, in their order.
func each(ctx context.Context, benches []*bench,
	predict func(context.Context, *bench) (fidelity.Prediction, error)) ([]fidelity.Prediction, error) {
	predictions := make([]fidelity.Prediction, len(benches))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, b := range benches {
		group.Go(func() (err error) {
			predictions[i], err = predict(ctx, b)
			return err
		})
	}
	return predictions, group.Wait()
}

// fit finds the constants that reproduce benches' rows best.
func fit(ctx context.Context, benches []*bench, from []float64) (*Fitted, error) {
	benches = thinned(benches)
	f := &fitting{ctx: ctx, benches: benches}
	p := &robust.Problem{Residuals: f.residuals, Nudge: 0.05, Tolerance: 2e-3}
	size := map[string]int{}
	for _, b := range benches {
		size[cellOf(b.row)]++
	}
	for _, b := range benches {
		f.weights = append(f.weights, math.Sqrt(cellRows/float64(size[cellOf(b.row)])))
		group := fmt.Sprintf("%s tp%d %d/%d", cellOf(b.row), b.row.TP, b.row.InputTokens, b.row.OutputTokens)
		p.Groups = append(p.Groups, group, group)
	}
	for _, c := range Constants {
		p.Low, p.High = append(p.Low, portable.Log(c.low)), append(p.High, portable.Log(c.high))
		p.Groups = append(p.Groups, "belief in "+c.Engine+c.Name)
	}
	theta := append([]float64(nil), from...)
	p.Minimise(theta)
	fitted := &Fitted{Rows: len(benches), theta: theta, StandardErrors: p.StandardErrors(theta)}
	for _, v := range theta {
		fitted.Values = append(fitted.Values, portable.Exp(v))
	}
	return fitted, f.err
}

// residuals are ln(predicted/measured) of each row's TPOT and TTFT, and how far each constant is from what is
// typical; all weighted.
func (f *fitting) residuals(theta []float64) []float64 {
	predictions, err := predictAll(f.ctx, f.benches, theta)
	if err != nil && f.err == nil {
		f.err = err
	}
	var list []float64
	for i, b := range f.benches {
		ttft := ttftWeight
		if b.row.LengthMinFraction == 1 {
			ttft = exactTTFTWeight
		}
		list = append(list, residual(predictions[i].TPOTMS, b.row.MeasuredTPOTMS, f.weights[i]),
			residual(predictions[i].TTFTMS, b.row.MeasuredTTFTMS, f.weights[i]*ttft))
	}
	for i, c := range Constants {
		list = append(list, beliefWeight*(theta[i]-portable.Log(c.typical))/belief)
	}
	return list
}

func residual(predicted, measured, weight float64) float64 {
	if math.IsNaN(measured) || predicted <= 0 {
		return 0
	}
	return weight * portable.Log(predicted/measured)
}
