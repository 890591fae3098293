package robust

import (
	"math"
	"testing"
)

// A power law t = a·x^b with one wild sample among exact ones: the robust fit recovers both parameters.
func TestMinimiseForgetsAnOutlier(t *testing.T) {
	truth := []float64{math.Log(3), math.Log(1.5)}
	predict := func(theta []float64, x float64) float64 {
		return math.Exp(theta[0]) * math.Pow(x,
			math.Exp(theta[1]))
	}
	p := &Problem{Low: []float64{-5, -5}, High: []float64{5, 5}}
	p.Residuals = func(theta []float64) []float64 {
		var r []float64
		for x := 1.0; x <= 20; x++ {
			measured := predict(truth, x)
			if x == 7 {
				measured *= 10
			}
			r = append(r, math.Log(predict(theta, x)/measured))
		}
		return r
	}
	for range 20 {
		p.Groups = append(p.Groups, string(rune('a'+len(p.Groups))))
	}
	theta := []float64{0, 0}
	p.Minimise(theta)
	for i := range truth {
		if math.Abs(theta[i]-truth[i]) > 0.05 {
			t.Errorf("parameter %d: %v, want about %v", i, theta[i], truth[i])
		}
	}
	for i, e := range p.StandardErrors(theta) {
		if !(e > 0 && e < 0.1) {
			t.Errorf("standard error of parameter %d: %v", i, e)
		}
	}
}

func TestMinimiseStopsAtBounds(t *testing.T) {
	p := &Problem{Low: []float64{-1}, High: []float64{1}}
	p.Residuals = func(theta []float64) []float64 { return []float64{theta[0] - 3} }
	theta := []float64{0}
	p.Minimise(theta)
	if theta[0] != 1 || !p.AtBound(theta, 0) {
		t.Errorf("stopped at %v, the bound is 1", theta[0])
	}
}

func TestLossGrowsLinearlyBeyondTheKnee(t *testing.T) {
	one, two := Loss([]float64{1}), Loss([]float64{2})
	if got, want := two-one, huberKnee; math.Abs(got-want) > 1e-12 {
		t.Errorf("from 1 to 2 the loss grows by %v, want %v", got, want)
	}
}
