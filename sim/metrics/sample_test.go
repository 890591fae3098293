package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
)

// quantile is NumPy's linear interpolation between order statistics.
func quantile(sorted []float64, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	i := int(rank)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (rank-float64(i))*(sorted[i+1]-sorted[i])
}

// shapes are kinds of samples, each as a function that draws its i-th value. The first five are tested in
// the largest size.
var shapes = []struct {
	name string
	draw func(random *rand.Rand, i int) float64
}{
	{"smooth", func(r *rand.Rand, _ int) float64 { return math.Exp(20 + 3*r.NormFloat64()) }},
	{"bimodal", func(r *rand.Rand, i int) float64 { return float64(28+i%2*88) * 1e9 * (1 + 1e-3*r.Float64()) }},
	{"tied", func(r *rand.Rand, _ int) float64 { return math.Floor(4*r.Float64()) * 3e10 }},
	{"heavy-tailed", func(r *rand.Rand, _ int) float64 { return 1e6 * math.Pow(1-r.Float64(), -1.4) }},
	{"constant", func(*rand.Rand, int) float64 { return 123456789 }},
	{"uniform", func(r *rand.Rand, _ int) float64 { return 1e9 + 1e10*r.Float64() }},
	{"two values", func(_ *rand.Rand, i int) float64 { return float64(5 + i%2*1e6) }},
	{"one outlier", func(_ *rand.Rand, i int) float64 { return float64(7e9 + 1e15/(1+1e9*min(i, 1))) }},
	{"nothing but zeros", func(*rand.Rand, int) float64 { return 0 }},
	{"small whole numbers", func(r *rand.Rand, _ int) float64 { return float64(r.IntN(300)) }},
}

// shares are the quantiles that tests look at.
var shares = []float64{0, 1e-4, 0.001, 0.01, 0.1, 0.25, 1.0 / 3, 0.5, 0.501, 0.75, 0.9, 0.95, 0.99, 0.999, 1}

// sample is n values of a shape, in the order in which they were drawn and in ascending order.
func sample(shape, n int) (drawn, sorted []float64) {
	random := rand.New(rand.NewPCG(uint64(shape), uint64(n)))
	for i := range n {
		drawn = append(drawn, shapes[shape].draw(random, i))
	}
	return drawn, slices.Sorted(slices.Values(drawn))
}

// record adds values to a sketch and to moments.
func record(values []float64) (*Sketch, *Moments) {
	s, m := NewSketch(), new(Moments)
	for _, x := range values {
		s.Add(x, 1)
		m.Add(x, 1)
	}
	return s, m
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b), 1e-3) }
