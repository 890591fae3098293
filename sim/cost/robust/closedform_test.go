package robust

import (
	"math"
	"testing"
)

// free is a problem without bounds that matter.
func free(n int, residuals func([]float64) []float64) *Problem {
	p := &Problem{Residuals: residuals, Tolerance: 1e-15}
	for range n {
		p.Low, p.High = append(p.Low, -100), append(p.High, 100)
	}
	return p
}

// Where no residual passes the knee, the fit is that of least squares: slope covariance/variance, through the
// means.
func TestSmallResidualsAreLeastSquares(t *testing.T) {
	x := []float64{1, 2, 3, 4, 6}
	y := []float64{2.01, 2.98, 4.03, 4.99, 7.01}
	meanX, meanY := 16./5, 21.02/5
	covariance, variance := 0.0, 0.0
	for i := range x {
		covariance += (x[i] - meanX) * (y[i] - meanY)
		variance += (x[i] - meanX) * (x[i] - meanX)
	}
	slope := covariance / variance
	p := free(2, func(theta []float64) []float64 {
		r := make([]float64, len(x))
		for i := range x {
			r[i] = theta[0] + theta[1]*x[i] - y[i]
		}
		return r
	})
	theta := []float64{0.5, 0.5}
	p.Minimise(theta)
	if math.Abs(theta[1]-slope) > 1e-5 || math.Abs(theta[0]-(meanY-slope*meanX)) > 1e-5 {
		t.Errorf("%v, by hand %g and %g", theta, meanY-slope*meanX, slope)
	}
}

// A residual beyond the knee pulls no harder than one at it: of 0, 0, 0, 0 and 1 the middle is where 4·θ is
// the knee.
func TestOutliersPullAsTheKneeByHand(t *testing.T) {
	y := []float64{0, 0, 0, 0, 1}
	p := free(1, func(theta []float64) []float64 {
		r := make([]float64, len(y))
		for i := range y {
			r[i] = theta[0] - y[i]
		}
		return r
	})
	theta := []float64{0.3}
	loss := p.Minimise(theta)
	if math.Abs(theta[0]-huberKnee/4) > 1e-5 {
		t.Errorf("%g, by hand %g", theta[0], huberKnee/4)
	}
	want := 4*math.Pow(huberKnee/4, 2)/2 + huberKnee*(1-huberKnee/4-huberKnee/2)
	if math.Abs(loss-want) > 1e-7 {
		t.Errorf("a loss of %g, by hand %g", loss, want)
	}
	for r, want := range map[float64]float64{0: 1, 0.08: 1, -0.08: 1, 0.16: 0.5, -0.8: 0.1} {
		if got := weight(r); math.Abs(got-want) > 1e-12 {
			t.Errorf("a residual of %g weighs %g, by hand %g", r, got, want)
		}
	}
	if got := Loss([]float64{0.08}); math.Abs(got-0.0032) > 1e-15 {
		t.Errorf("the loss at the knee is %g", got)
	}
}

// A mean's standard error: the root of the groups' squared sums of residuals, over the number of samples.
// Samples of one
// group err together.
func TestStandardErrorsByHand(t *testing.T) {
	y := []float64{-0.03, 0.01, 0.04, -0.02}
	p := free(1, func(theta []float64) []float64 {
		r := make([]float64, len(y))
		for i := range y {
			r[i] = theta[0] - y[i]
		}
		return r
	})
	for want, groups := range map[float64][]string{
		math.Sqrt(9+1+16+4) / 4 / 100:                         {"a", "b", "c", "d"},
		math.Sqrt((-3+1)*(-3+1)+(4-2)*(4-2)) / 4 / 100:        {"a", "a", "b", "b"},
		math.Sqrt((-3+4)*(-3+4)+(1-2)*(1-2)) / 4 / 100:        {"a", "b", "a", "b"},
		math.Sqrt(1+(-3+4-2)*(-3+4-2)*1.0000000001) / 4 / 100: {"a", "b", "a", "a"},
	} {
		p.Groups = groups
		if got := p.StandardErrors([]float64{0})[0]; math.Abs(got-want) > 1e-7 {
			t.Errorf("%v: %g, by hand %g", groups, got, want)
		}
	}
	p.High[0] = 0
	if got := p.StandardErrors([]float64{0})[0]; got != 0 {
		t.Errorf("at a bound: %g", got)
	}
}

// A bound stops one parameter and leaves the other its best.
func TestBoundsHoldOneParameter(t *testing.T) {
	p := free(2, func(theta []float64) []float64 {
		return []float64{theta[0] + theta[1] - 0.05,
			theta[1] - 0.01}
	})
	p.High[0] = 0.02
	theta := []float64{-1, 0}
	p.Minimise(theta)
	// With the first at 0.02 the second halves 0.03 and 0.01.
	if math.Abs(theta[0]-0.02) > 1e-9 || math.Abs(theta[1]-0.02) > 1e-6 || !p.AtBound(theta,
		0) || p.AtBound(theta, 1) {
		t.Errorf("%v, at bounds %v and %v", theta, p.AtBound(theta, 0), p.AtBound(theta, 1))
	}
	p.Low[1] = 0.02
	if !p.AtBound(theta, 1) {
		t.Error("a lower bound does not stop")
	}
}
