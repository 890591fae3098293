package leftout

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/portable"
)

// What a residual counts beside that of a TPOT. A TTFT's noise from day to day is several times as large
// (2.8% against 0.4%, p90 17%; silicon/README.md). Where lengths are exact, users march in step and a small
// change moves the mean TTFT several-fold (same place): there the end-to-end time counts instead.
const (
	ttftWeight = 0.3
	e2eWeight  = 0.5
)

const (
	// knee is the residual from which the loss grows linearly instead of quadratically.
	knee = 0.08
	// cellError is the standard deviation of a cell's mean residual, whatever its number of rows.
	cellError = 0.05
	// rounds is how often rows are linearised anew, each time at the optimum of the last.
	rounds = 3
)

// Fitted is the constants as rows identify them, in the order of Constants.
type Fitted struct {
	Values []float64
	Errors []float64 // standard errors of the logarithms, cells and what is believed being the observations
	Rows   int
}

// fit finds the most likely constants, given benches' rows and what is believed of each constant. Benches are
// linear around the result afterwards.
func fit(ctx context.Context, benches []*bench) (*Fitted, error) {
	x := start()
	for range rounds {
		from := slices.Clone(x)
		if _, err := each(ctx, benches, func(ctx context.Context, b *bench) (struct{}, error) {
			return struct{}{}, b.linearise(ctx, from)
		}); err != nil {
			return nil, err
		}
		x = likeliest(&posterior{benches: benches, from: from}, from)
	}
	// The last lines were drawn beside x; where it lies now, within a few percent, they still hold.
	from := slices.Clone(x)
	if _, err := each(ctx, benches, func(ctx context.Context, b *bench) (struct{}, error) {
		return struct{}{}, b.linearise(ctx, from)
	}); err != nil {
		return nil, err
	}
	p := &posterior{benches: benches, from: from}
	return &Fitted{Values: from, Errors: p.errors(from), Rows: len(benches)}, nil
}

// posterior is what rows that are linear around from, and beliefs, say of constants.
type posterior struct {
	benches []*bench
	from    []float64
}

// without is the same for benches that are not left out.
func (p *posterior) without(left func(*fidelity.Row) bool) *posterior {
	rest := &posterior{from: p.from}
	for _, b := range p.benches {
		if !left(b.row) {
			rest.benches = append(rest.benches, b)
		}
	}
	return rest
}

// residuals of a row are the weighted logarithms of predicted over measured.
func residuals(r *fidelity.Row, l latencies) (list [2]float64) {
	list[0] = portable.Log(l.tpot / r.MeasuredTPOTMS)
	if math.IsNaN(r.MeasuredTTFTMS) {
		return list
	}
	if !r.InStep() {
		list[1] = ttftWeight * portable.Log(l.ttft/r.MeasuredTTFTMS)
		return list
	}
	measured := r.EndToEndMS(r.MeasuredTTFTMS, r.MeasuredTPOTMS)
	list[1] = e2eWeight * portable.Log(r.EndToEndMS(l.ttft, l.tpot)/measured)
	return list
}

// equations are the normal equations of the Gauss-Newton step at x in the logarithms, and the loss there.
// Each cell counts as one observation, with an error of cellError.
func (p *posterior) equations(x []float64) (*mat.SymDense, *mat.VecDense, float64) {
	n := len(Constants)
	a, g, loss := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil), 0.0
	add := func(gradient []float64, residual, weight float64) {
		for i, u := range gradient {
			if u == 0 {
				continue
			}
			g.SetVec(i, g.AtVec(i)-float64(weight*u*residual))
			for k := i; k < n; k++ {
				a.SetSym(i, k, a.At(i, k)+float64(weight*u*gradient[k]))
			}
		}
	}
	for i, c := range Constants {
		gradient := make([]float64, n)
		gradient[i] = 1 / c.Belief
		z := portable.Log(x[i]/c.Prior) / c.Belief
		add(gradient, z, 1)
		loss += float64(z * z)
	}
	size := map[string]float64{}
	for _, b := range p.benches {
		size[cellOf(b.row)]++
	}
	for _, b := range p.benches {
		weight := 1 / (size[cellOf(b.row)] * cellError * cellError)
		base := residuals(b.row, b.near(p.from, x))
		gradients := p.gradients(b, x, base)
		for k, r := range base {
			huber := min(1, knee/math.Max(math.Abs(r), 1e-12))
			add(gradients[k], r, weight*huber)
			loss += float64(weight * huberLoss(r))
		}
	}
	return a, g, loss
}

// gradients are the derivatives of a row's residuals by the constants' logarithms.
func (p *posterior) gradients(b *bench, x []float64, base [2]float64) (list [2][]float64) {
	const by = 1e-3
	list[0], list[1] = make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		if b.slope[i] == (latencies{}) {
			continue
		}
		moved := slices.Clone(x)
		moved[i] *= 1 + by
		for k, r := range residuals(b.row, b.near(p.from, moved)) {
			list[k][i] = (r - base[k]) / by
		}
	}
	return list
}

// huberLoss is quadratic up to the knee and linear beyond.
func huberLoss(r float64) float64 {
	if a := math.Abs(r); a > knee {
		return 2*float64(knee*a) - knee*knee
	}
	return r * r
}

// likeliest is where the loss is least, by damped Gauss-Newton steps from x.
func likeliest(p *posterior, x []float64) []float64 {
	const most = 0.7 // of the logarithm, in one step
	a, g, loss := p.equations(x)
	damping := 1e-3
	for range 100 {
		damped := mat.NewSymDense(len(x), nil)
		damped.CopySym(a)
		for i := range x {
			damped.SetSym(i, i, float64(a.At(i, i)*(1+damping)))
		}
		var factors mat.Cholesky
		var step mat.VecDense
		if !factors.Factorize(damped) || factors.SolveVecTo(&step, g) != nil {
			return x
		}
		next := slices.Clone(x)
		for i := range next {
			next[i] *= portable.Exp(min(max(step.AtVec(i), -most), most))
		}
		a2, g2, l := p.equations(next)
		if l >= loss {
			if damping *= 6; damping > 1e6 {
				return x
			}
			continue
		}
		done := l > loss*(1-1e-6)
		x, a, g, loss, damping = next, a2, g2, l, damping/4
		if done {
			return x
		}
	}
	return x
}

// errors are the standard errors of the constants' logarithms.
func (p *posterior) errors(x []float64) []float64 {
	a, _, _ := p.equations(x)
	var inverse mat.Dense
	list := make([]float64, len(x))
	if inverse.Inverse(a) != nil {
		return list
	}
	for i := range list {
		list[i] = math.Sqrt(inverse.At(i, i))
	}
	return list
}
