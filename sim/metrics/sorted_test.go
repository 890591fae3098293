package metrics

import (
	"math"
	"slices"
	"testing"
)

// TestQuantilesAsNumPyGivesThem pins figures that numpy.quantile gave.
func TestQuantilesAsNumPyGivesThem(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   map[float64]float64
	}{
		{[]float64{4, 1, 3, 2}, map[float64]float64{0: 1, 0.5: 2.5, 0.9: 3.7, 0.95: 3.85, 0.99: 3.97, 1: 4}},
		{[]float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, map[float64]float64{
			0.25: 3.25, 0.5: 5.5, 0.9: 9.1, 0.95: 9.55, 0.99: 9.91, 0.999: 9.991,
		}},
		{[]float64{1, 1000}, map[float64]float64{0.5: 500.5, 0.99: 990.01}},
		{[]float64{28, 28, 116, 116, 116}, map[float64]float64{0.25: 28, 0.3: 45.6, 0.5: 116}},
		{[]float64{0.25}, map[float64]float64{0: 0.25, 0.5: 0.25, 0.99: 0.25, 1: 0.25}},
	} {
		order := ordered(c.values)
		for q, want := range c.want {
			if got := order.Quantile(q); math.Abs(got-want) > 1e-12*want {
				t.Errorf("the %v-quantile of %v is %v, want %v", q, c.values, got, want)
			}
		}
	}
}

func ordered(values []float64) Sorted {
	s, m := record(values)
	return s.Sorted(m)
}

func TestQuantilesOfFewValuesAreExact(t *testing.T) {
	for shape := range shapes {
		for n := 1; n <= Exact; n++ {
			if n > 300 {
				n = min(n+1700, Exact)
			}
			drawn, sorted := sample(shape, n)
			order := ordered(drawn)
			for _, q := range shares {
				if got, want := order.Quantile(q), quantile(sorted, q); math.Abs(got-want) > 1e-12*want {
					t.Fatalf("%d values, %s: the %v-quantile is %v, want %v", n, shapes[shape].name, q, got, want)
				}
			}
		}
	}
}

func TestQuantilesOfManyValuesKeepTheStatedError(t *testing.T) {
	if RelativeError > 0.005 {
		t.Errorf("the stated error is %v", RelativeError)
	}
	for shape := range shapes {
		for _, n := range []int{Exact + 1, 10_000, 100_000, 1_000_000} {
			if n == 1_000_000 && shape >= 5 {
				continue
			}
			drawn, sorted := sample(shape, n)
			order := ordered(drawn)
			for _, q := range shares {
				got, want := order.Quantile(q), quantile(sorted, q)
				most := RelativeError * want
				if sorted[0] < 1 {
					most++
				}
				if math.Abs(got-want) > most {
					t.Errorf("%d values, %s: the %v-quantile is %v, want %v", n, shapes[shape].name, q, got, want)
				}
			}
			if order.Quantile(0) != sorted[0] || order.Quantile(1) != sorted[n-1] {
				t.Errorf("%d values, %s: from %v to %v, want %v to %v", n, shapes[shape].name,
					order.Quantile(0), order.Quantile(1), sorted[0], sorted[n-1])
			}
		}
	}
}

// TestCDFCountsTheValuesAtOrBelow counts them in the sorted values.
func TestCDFCountsTheValuesAtOrBelow(t *testing.T) {
	for shape := range shapes {
		for _, n := range []int{1, 2, 3, 199, 200, 201, 5000, Exact, Exact + 1, 50_000} {
			drawn, sorted := sample(shape, n)
			order := ordered(drawn)
			var values, listed []float64
			order.CDF(200, func(value, share float64) {
				values, listed = append(values, value), append(listed, share)
			})
			fault := func(what string, i int) {
				t.Fatalf("%d values, %s: point %d, (%v, %v) %s", n, shapes[shape].name, i, values[i], listed[i], what)
			}
			for i, x := range values {
				if listed[i] != atOrBelow(sorted, x) {
					fault("is wrong", i)
				}
				if i > 0 && x <= values[i-1] {
					fault("follows a greater one", i)
				}
				before := x * (1 - RelativeError) // below the bucket that x ends
				if i > 0 && before > values[i-1] && atOrBelow(sorted, before) > listed[i-1]+1.0/200 {
					fault("stands alone where others are due", i)
				}
			}
			last := len(values) - 1
			if last < 0 || last >= 200 || listed[last] != 1 || values[last] != sorted[n-1] {
				t.Fatalf("%d values, %s: %d points, the last (%v, %v)",
					n, shapes[shape].name, last+1, values[last], listed[last])
			}
			if n <= 200 && last+1 != len(slices.Compact(sorted)) {
				t.Errorf("%d values, %s: %d points", n, shapes[shape].name, last+1)
			}
		}
	}
}

// atOrBelow is the share of sorted values that do not exceed x.
func atOrBelow(sorted []float64, x float64) float64 {
	above, _ := slices.BinarySearch(sorted, math.Nextafter(x, math.Inf(1)))
	return float64(above) / float64(len(sorted))
}

func TestNothingHasNoQuantile(t *testing.T) {
	order := ordered(nil)
	if order.Quantile(0.5) != 0 {
		t.Error("an empty sketch has a quantile")
	}
	order.CDF(200, func(value, share float64) { t.Errorf("(%v, %v) is a point of nothing", value, share) })
}

func TestSketchOfExtremes(t *testing.T) {
	values := []float64{0, 0.5, 1, math.MaxInt64, 1e300}
	for _, times := range []int{1, Exact} { // kept, and in buckets
		all := slices.Repeat(values, times)
		order := ordered(all)
		if order.Quantile(0) != 0 || order.Quantile(1) != 1e300 {
			t.Errorf("%d values reach from %v to %v", len(all), order.Quantile(0), order.Quantile(1))
		}
		if got := order.Quantile(0.5); got < 1 || got > 1+RelativeError {
			t.Errorf("the median of %d values is %v, want 1", len(all), got)
		}
		if got := order.Quantile(0.3); got < 0 || got > 1 {
			t.Errorf("a fraction of %d values is %v", len(all), got)
		}
	}
}
