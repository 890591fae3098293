package robust

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

const (
	// huberKnee is the residual (of the logarithm) from which the loss grows linearly instead of quadratically:
	// about the median residual that laws are hoped to reach, so that the fit leans towards the median.
	huberKnee = 0.08
	// iterations bounds Levenberg–Marquardt steps; convergence takes 10 to 40.
	iterations = 80
	// nudge is the step of the numerical derivative in the logarithm of a parameter. It is wide because the best
	// tile changes along the way, which makes the laws piecewise smooth.
	nudge = 2e-3
)

// Problem is a fit of positive parameters, seen as their logarithms theta.
type Problem struct {
	// Residuals are ln(predicted/measured) at theta, always of the same samples in the same order.
	Residuals func(theta []float64) []float64
	// Low and High bound each parameter's logarithm.
	Low, High []float64
	// Groups names, for each sample, what its error shares its cause with; StandardErrors needs it.
	Groups []string
	// Nudge is the step of the numerical derivative; 0: nudge.
	Nudge float64
	// Tolerance is the share of the loss below which an improvement ends the search; 0: 1e-7.
	Tolerance float64
}

func (p *Problem) clip(theta []float64) {
	for i := range theta {
		theta[i] = min(max(theta[i], p.Low[i]), p.High[i])
	}
}

// AtBound tells whether a bound stops parameter i at theta.
func (p *Problem) AtBound(theta []float64, i int) bool {
	return theta[i] < p.Low[i]+nudge || theta[i] > p.High[i]-nudge
}

// Loss is Huber's: r²/2 up to the knee, linear beyond.
func Loss(residuals []float64) float64 {
	sum := 0.0
	for _, r := range residuals {
		if a := math.Abs(r); a <= huberKnee {
			sum += float64(a * a / 2)
		} else {
			sum += float64(huberKnee * (a - huberKnee/2))
		}
	}
	return sum
}

// weight is that of a residual in the equivalent weighted least squares.
func weight(residual float64) float64 { return min(1, huberKnee/math.Max(math.Abs(residual), 1e-12)) }

// jacobian is the derivative of the residuals by each free parameter's logarithm.
func (p *Problem) jacobian(theta, residuals []float64) *mat.Dense {
	j := mat.NewDense(len(residuals), len(theta), nil)
	for c, high := range p.High {
		step := nudge
		if p.Nudge > 0 {
			step = p.Nudge
		}
		if theta[c]+step > high {
			step = -step
		}
		moved := append([]float64(nil), theta...)
		moved[c] += step
		for r, v := range p.Residuals(moved) {
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
			g.SetVec(i, g.AtVec(i)+float64(w*row[i]*residuals[r]))
			for k := i; k < n; k++ {
				a.SetSym(i, k, a.At(i, k)+float64(w*row[i]*row[k]))
			}
		}
	}
	return a, g
}

// Minimise runs bounded Levenberg–Marquardt with Huber weights from theta and returns the loss reached; theta
// holds the optimum.
func (p *Problem) Minimise(theta []float64) float64 {
	p.clip(theta)
	residuals := p.Residuals(theta)
	best, damping := Loss(residuals), 1e-2
	enough := 1e-7
	if p.Tolerance > 0 {
		enough = p.Tolerance
	}
	for range iterations {
		before := best
		a, g := normalEquations(p.jacobian(theta, residuals), residuals)
		improved := false
		for tries := 0; tries < 8 && !improved; tries++ {
			next := p.step(theta, a, g, damping)
			r := p.Residuals(next)
			if l := Loss(r); l < best*(1-1e-7) {
				copy(theta, next)
				residuals, best, damping, improved = r, l, damping/4, true
			} else {
				damping *= 5
			}
		}
		if !improved || best > before*(1-enough) {
			break
		}
	}
	return best
}

// step solves the damped normal equations, leaving out parameters that a bound holds back.
func (p *Problem) step(theta []float64, a *mat.SymDense, g *mat.VecDense, damping float64) []float64 {
	n := len(theta)
	damped, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	damped.CopySym(a)
	for i := range n {
		damped.SetSym(i, i, float64(a.At(i, i)*(1+damping))+1e-9)
		right.SetVec(i, -g.AtVec(i))
		held := theta[i] <= p.Low[i] && g.AtVec(i) > 0 || theta[i] >= p.High[i] && g.AtVec(i) < 0
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
	p.clip(next)
	return next
}

// StandardErrors are those of the parameters' logarithms, clustered by group of shapes because the errors of
// one group share their cause (the sandwich estimator of White, 1980, with Liang and Zeger's clusters, 1986).
// A parameter at a bound has none.
func (p *Problem) StandardErrors(theta []float64) []float64 {
	residuals := p.Residuals(theta)
	j := p.jacobian(theta, residuals)
	a, _ := normalEquations(j, residuals)
	n := len(theta)
	free := make([]bool, n)
	for i := range n {
		free[i] = !p.AtBound(theta, i)
		if !free[i] {
			for k := range n {
				a.SetSym(i, k, 0)
			}
		}
		a.SetSym(i, i, float64(a.At(i, i)*(1+1e-9))+1e-12)
	}
	var inverse mat.Dense
	if err := inverse.Inverse(a); err != nil {
		return make([]float64, n)
	}
	var left, covariance mat.Dense
	left.Mul(&inverse, p.clusters(j, residuals))
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
func (p *Problem) clusters(j *mat.Dense, residuals []float64) *mat.Dense {
	_, n := j.Dims()
	sums := make(map[string][]float64)
	var order []string
	for r, group := range p.Groups {
		sum := sums[group]
		if sum == nil {
			sum = make([]float64, n)
			sums[group] = sum
			order = append(order, group)
		}
		w := weight(residuals[r]) * residuals[r]
		for i, v := range j.RawRowView(r) {
			sum[i] += float64(w * v)
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
