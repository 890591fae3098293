package calibrate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/roofserve/roofserve/sim/cost/kernels"
)

const (
	// huberKnee is the residual (of the logarithm) from which the loss grows linearly instead of quadratically: about the
	// median residual that laws are hoped to reach, so that the fit leans towards the median.
	huberKnee = 0.08
	// iterations bounds Levenberg–Marquardt steps; convergence takes 10 to 40.
	iterations = 80
	// nudge is the step of the numerical derivative in the logarithm of a parameter. It is wide because the best tile
	// changes along the way, which makes the laws piecewise smooth.
	nudge = 2e-3
)

// fitter minimises the robust loss of a law over samples, in the logarithms of its free parameters.
type fitter struct {
	set     *kernels.Set
	samples []Sample
	free    []kernels.Parameter
}

// newFitter prepares a fit of the problem's law in a copy of start; variant is empty for laws without any.
func newFitter(p *Problem, start *kernels.Set, variant string, samples []Sample) (*fitter, error) {
	set := *start
	f := &fitter{set: &set, samples: samples}
	law := lawOf(&set, p.Law)
	if law == nil {
		return nil, fmt.Errorf("calibration: no law %q", p.Law)
	}
	if chosen, ok := law.(kernels.Chosen); ok && variant != "" {
		if err := chosen.SetVariant(variant); err != nil {
			return nil, fmt.Errorf("calibration of %s: %w", p.Law, err)
		}
	}
	for _, parameter := range law.Parameters() {
		_, fixed := p.Fixed[parameter.Name]
		if !fixed && parameter.Name != kernels.DiscrepancyName {
			f.free = append(f.free, parameter)
		}
	}
	return f, nil
}

func lawOf(set *kernels.Set, name string) kernels.Law {
	for _, law := range set.Laws() {
		if law.Name == name {
			return law.Law
		}
	}
	return nil
}

// assign sets the free parameters, within their bounds.
func (f *fitter) assign(theta []float64) {
	for i, p := range f.free {
		*p.Value = math.Exp(theta[i])
	}
}

func (f *fitter) clip(theta []float64) {
	for i, p := range f.free {
		theta[i] = min(max(theta[i], math.Log(p.Low)), math.Log(p.High))
	}
}

// residuals are ln(predicted/measured).
func (f *fitter) residuals(theta []float64) []float64 {
	f.assign(theta)
	r := make([]float64, len(f.samples))
	for i, s := range f.samples {
		r[i] = math.Log(float64(s.Predict(f.set)) / float64(s.Measured))
	}
	return r
}

// loss is Huber's: r²/2 up to the knee, linear beyond.
func loss(residuals []float64) float64 {
	sum := 0.0
	for _, r := range residuals {
		if a := math.Abs(r); a <= huberKnee {
			sum += a * a / 2
		} else {
			sum += huberKnee * (a - huberKnee/2)
		}
	}
	return sum
}

// weight is that of a residual in the equivalent weighted least squares.
func weight(residual float64) float64 { return min(1, huberKnee/math.Max(math.Abs(residual), 1e-12)) }

// jacobian is the derivative of the residuals by each free parameter's logarithm.
func (f *fitter) jacobian(theta, residuals []float64) *mat.Dense {
	j := mat.NewDense(len(residuals), len(theta), nil)
	for c, p := range f.free {
		step := nudge
		if theta[c]+step > math.Log(p.High) {
			step = -nudge
		}
		moved := append([]float64(nil), theta...)
		moved[c] += step
		for r, v := range f.residuals(moved) {
			j.Set(r, c, (v-residuals[r])/step)
		}
	}
	return j
}

// normalEquations are JᵀWJ and JᵀWr of the equivalent weighted least squares.
func normalEquations(j *mat.Dense, residuals []float64) (*mat.SymDense, *mat.VecDense) {
	rows, n := j.Dims()
	a, g := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for r := range rows {
		w := weight(residuals[r])
		row := j.RawRowView(r)
		for i := range n {
			g.SetVec(i, g.AtVec(i)+w*row[i]*residuals[r])
			for k := i; k < n; k++ {
				a.SetSym(i, k, a.At(i, k)+w*row[i]*row[k])
			}
		}
	}
	return a, g
}

// minimise runs bounded Levenberg–Marquardt with Huber weights from theta and returns the loss reached; theta holds the optimum.
func (f *fitter) minimise(theta []float64) float64 {
	f.clip(theta)
	residuals := f.residuals(theta)
	best, damping := loss(residuals), 1e-2
	for range iterations {
		a, g := normalEquations(f.jacobian(theta, residuals), residuals)
		improved := false
		for tries := 0; tries < 8 && !improved; tries++ {
			next := f.step(theta, a, g, damping)
			r := f.residuals(next)
			if l := loss(r); l < best*(1-1e-7) {
				copy(theta, next)
				residuals, best, damping, improved = r, l, damping/4, true
			} else {
				damping *= 5
			}
		}
		if !improved {
			break
		}
	}
	f.assign(theta)
	return best
}

// step solves the damped normal equations, leaving out parameters that a bound holds back.
func (f *fitter) step(theta []float64, a *mat.SymDense, g *mat.VecDense, damping float64) []float64 {
	n := len(theta)
	damped, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	damped.CopySym(a)
	for i, p := range f.free {
		damped.SetSym(i, i, a.At(i, i)*(1+damping)+1e-9)
		right.SetVec(i, -g.AtVec(i))
		held := theta[i] <= math.Log(p.Low) && g.AtVec(i) > 0 || theta[i] >= math.Log(p.High) && g.AtVec(i) < 0
		if held {
			for k := range n {
				damped.SetSym(i, k, 0)
			}
			damped.SetSym(i, i, 1)
			right.SetVec(i, 0)
		}
	}
	next := append([]float64(nil), theta...)
	var chol mat.Cholesky
	if !chol.Factorize(damped) {
		return next
	}
	var move mat.VecDense
	if err := chol.SolveVecTo(&move, right); err != nil {
		return next
	}
	for i := range next {
		next[i] += min(max(move.AtVec(i), -1), 1)
	}
	f.clip(next)
	return next
}

// standardErrors are those of the parameters' logarithms, clustered by group of shapes because the errors of one group
// share their cause (the sandwich estimator of White, 1980, with Liang and Zeger's clusters, 1986). A parameter at a bound has none.
func (f *fitter) standardErrors(theta []float64) []float64 {
	residuals := f.residuals(theta)
	j := f.jacobian(theta, residuals)
	f.assign(theta)
	a, _ := normalEquations(j, residuals)
	n := len(theta)
	free := make([]bool, n)
	for i, p := range f.free {
		free[i] = theta[i] > math.Log(p.Low)+nudge && theta[i] < math.Log(p.High)-nudge
		if !free[i] {
			for k := range n {
				a.SetSym(i, k, 0)
			}
		}
		a.SetSym(i, i, a.At(i, i)*(1+1e-9)+1e-12)
	}
	var inverse mat.Dense
	if err := inverse.Inverse(a); err != nil {
		return make([]float64, n)
	}
	var left, covariance mat.Dense
	left.Mul(&inverse, f.clusters(j, residuals))
	covariance.Mul(&left, &inverse)
	errors := make([]float64, n)
	for i := range errors {
		if free[i] {
			errors[i] = math.Sqrt(math.Max(covariance.At(i, i), 0))
		}
	}
	return errors
}

// clusters is Σ over groups of the outer product of the group's summed scores.
func (f *fitter) clusters(j *mat.Dense, residuals []float64) *mat.Dense {
	_, n := j.Dims()
	sums := make(map[string][]float64)
	var order []string
	for r, s := range f.samples {
		sum := sums[s.Group]
		if sum == nil {
			sum = make([]float64, n)
			sums[s.Group] = sum
			order = append(order, s.Group)
		}
		w := weight(residuals[r]) * residuals[r]
		for i, v := range j.RawRowView(r) {
			sum[i] += w * v
		}
	}
	b := mat.NewDense(n, n, nil)
	for _, name := range order {
		v := mat.NewVecDense(n, sums[name])
		var outer mat.Dense
		outer.Outer(1, v, v)
		b.Add(b, &outer)
	}
	return b
}
