package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestMomentsOfAKnownSample has a population's standard deviation of 2; a sample's would be 2.138.
func TestMomentsOfAKnownSample(t *testing.T) {
	var m Moments
	for _, x := range []float64{2, 4, 4, 4, 5, 5, 7, 9} {
		m.Add(x, 1)
	}
	if m.Count != 8 || m.Mean() != 5 || m.Std() != 2 || m.Min != 2 || m.Max != 9 {
		t.Errorf("%+v: mean %v, deviation %v", m, m.Mean(), m.Std())
	}
	var times Moments
	times.Add(9, 1)
	times.Add(4, 3)
	times.AddProgression(5, 0, 2, 1)
	times.AddProgression(2, 5, 2, 1)
	if times.Count != 8 || times.Mean() != 5 || times.Std() != 2 || times.Min != 2 || times.Max != 9 {
		t.Errorf("%+v: mean %v, deviation %v", times, times.Mean(), times.Std())
	}
	if empty := (&Moments{}); empty.Mean() != 0 || empty.Std() != 0 {
		t.Error("no values have a mean")
	}
}

// TestMomentsOfEveryShape computes mean and deviation in two passes.
func TestMomentsOfEveryShape(t *testing.T) {
	for shape := range shapes {
		for _, n := range []int{1, 2, 10, 1000, 100_000} {
			drawn, sorted := sample(shape, n)
			_, m := record(drawn)
			mean := total(sorted, func(x float64) float64 { return x }) / float64(n)
			std := math.Sqrt(total(sorted, func(x float64) float64 { return (x - mean) * (x - mean) }) / float64(n))
			// Sums are taken about the first value: where that is the outlier, they lose the most digits.
			if math.Abs(m.Mean()-mean) > 1e-7*mean || math.Abs(m.Std()-std) > 1e-7*std+1e-15*mean {
				t.Errorf("%d values, %s: mean %v, deviation %v, want %v, %v",
					n, shapes[shape].name, m.Mean(), m.Std(), mean, std)
			}
			if m.Count != int64(n) || m.Min != sorted[0] || m.Max != sorted[n-1] {
				t.Errorf("%d values, %s: %+v", n, shapes[shape].name, m)
			}
		}
	}
}

// total adds up, and carries on what each sum lost (Kahan).
func total(values []float64, of func(float64) float64) (sum float64) {
	lost := 0.0
	for _, x := range values {
		x = of(x) - lost
		next := sum + x
		lost = next - sum - x
		sum = next
	}
	return sum
}

func TestMomentsMergeAsIfAddedTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var parts [3]Moments
	var whole Moments
	for i := range 999 {
		x := 1e12 + random.Float64()
		parts[i%2].Add(x, 1) // the third stays empty
		whole.Add(x, 1)
	}
	var merged Moments
	for i := range parts {
		merged.Merge(&parts[i])
	}
	if merged.Count != whole.Count || !near(merged.Mean(), whole.Mean()) ||
		merged.Min != whole.Min || merged.Max != whole.Max {
		t.Errorf("%+v, want %+v", merged, whole)
	}
	if math.Abs(merged.Std()-math.Sqrt(1.0/12)) > 0.01 || math.Abs(whole.Std()-merged.Std()) > 1e-4 {
		t.Errorf("deviations of %v and %v; a uniform distribution's is %v",
			merged.Std(), whole.Std(), math.Sqrt(1.0/12))
	}
}
