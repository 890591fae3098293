package portable_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/internal/portable"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func TestNormalQuantileInvertsTheDistribution(t *testing.T) {
	for _, p := range []float64{1e-300, 1e-20, 1e-12, 1e-8, 1e-3, 0.0749, 0.0751, 0.3, 0.5, 0.9, 0.9999} {
		z := portable.NormalQuantile(p)
		if got := distuv.UnitNormal.CDF(z); math.Abs(got/p-1) > 1e-11 {
			t.Errorf("the distribution at the quantile %v of %v is %v", z, p, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(1e-12, 1-1e-12).Draw(t, "p")
		near(t, "NormalQuantile", portable.NormalQuantile(p), distuv.UnitNormal.Quantile(p), 1e-9+1e-9/math.Abs(p-0.5))
	})
}

func BenchmarkNormalQuantile(b *testing.B) {
	p := 0.001
	for b.Loop() {
		portable.NormalQuantile(p)
		if p += 0.01; p > 1 {
			p -= 0.999
		}
	}
}
