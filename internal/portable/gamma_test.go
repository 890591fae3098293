package portable

import (
	"math"
	"testing"
)

func TestLogGammaIsTheStandardLibrarys(t *testing.T) {
	for _, x := range []float64{1e-3, 0.1, 0.5, 1, 1.5, 2, 3.7, 9.99, 10, 12.5, 100, 12345.678, 1e6} {
		want, _ := math.Lgamma(x)
		if got := LogGamma(x); math.Abs(got-want) > 1e-12*math.Max(1, math.Abs(want)) {
			t.Errorf("ln Γ(%v) is %v, want %v", x, got, want)
		}
	}
}
