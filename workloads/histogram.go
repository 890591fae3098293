package workloads

import (
	"maps"
	"math"
	"slices"
)

// histogram counts token counts exactly. Real lengths take a few thousand values, so that it stays small for
// any trace.
type histogram map[int]int64

// summary describes what a histogram holds.
func (h histogram) summary() LengthStats {
	values := slices.Sorted(maps.Keys(h))
	if len(values) == 0 {
		return LengthStats{}
	}
	var n, total int64
	for _, v := range values {
		n += h[v]
		total += h[v] * int64(v)
	}
	mean := float64(total) / float64(n)
	squares := 0.0
	for _, v := range values {
		deviation := float64(v) - mean
		squares += float64(float64(h[v]) * float64(deviation*deviation))
	}
	quantile := func(q float64) float64 { return h.quantile(values, n, q) }
	return LengthStats{
		Total: total, Mean: mean, Std: math.Sqrt(squares / float64(n)), Min: values[0], Max: values[len(values)-1],
		P50: quantile(0.5), P90: quantile(0.9), P99: quantile(0.99),
	}
}

// quantile interpolates between the two nearest of n observations, as NumPy does by default (Hyndman and Fan,
// "Sample quantiles in statistical packages", The American Statistician 50(4), 1996, definition 7).
func (h histogram) quantile(values []int, n int64, q float64) float64 {
	at := float64(q * float64(n-1))
	low := int64(at)
	below, above := h.nth(values, low), h.nth(values, min(low+1, n-1))
	return float64(below) + float64((at-float64(low))*float64(above-below))
}

// nth is the observation with i smaller or equal ones before it.
func (h histogram) nth(values []int, i int64) int {
	for _, v := range values {
		if i -= h[v]; i < 0 {
			return v
		}
	}
	return values[len(values)-1]
}
