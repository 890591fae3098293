package metrics

import (
	"math"
	"slices"
)

// Sorted is the values of a Sketch in ascending order: the values themselves where the sketch has kept them,
// and otherwise each as well as its bucket tells.
type Sorted struct {
	sorted   []float64 // nil where only the buckets are known
	sketch   *Sketch
	n        int64
	min, max float64
}

// Sorted puts the values in order. Moments of the same values tell their number and exact extremes. The
// sketch is not to be added to while the order is in use.
func (s *Sketch) Sorted(m *Moments) Sorted {
	slices.Sort(s.values)
	return Sorted{sorted: s.values, sketch: s, n: m.Count, min: m.Min, max: m.Max}
}

// Quantile is the linearly interpolated q-quantile, 0 ≤ q ≤ 1: NumPy's default, as vLLM's benchmark
// reports. It lies between the two values around rank q·(n−1), however far these are apart. It is exact for
// at most Exact values, and else within RelativeError, as each of the two is. Of no values it is 0.
func (o *Sorted) Quantile(q float64) float64 {
	if o.n == 0 {
		return 0
	}
	rank := float64(q * float64(o.n-1))
	i := int64(rank)
	low := o.at(i)
	if i+1 == o.n {
		return low
	}
	return low + float64((rank-float64(i))*(o.at(i+1)-low))
}

// Linear is the linearly interpolated q-quantile, 0 ≤ q ≤ 1, of ascending values, as NumPy's default defines
// it; of none it is 0.
func Linear(ascending []float64, q float64) float64 {
	o := Sorted{sorted: ascending, n: int64(len(ascending))}
	return o.Quantile(q)
}

// at is the value that i others precede. In a bucket, values are taken as spread evenly.
func (o *Sorted) at(i int64) float64 {
	switch {
	case o.sorted != nil:
		return o.sorted[i]
	case i == 0:
		return o.min
	case i == o.n-1:
		return o.max
	}
	bucket, in := uint(0), o.sketch.counts[0]
	for i >= in {
		i -= in
		bucket++
		in = o.sketch.counts[bucket]
	}
	low := lowerEdge(bucket)
	share := (float64(i) + 0.5) / float64(in)
	return min(max(low+float64(share*(lowerEdge(bucket+1)-low)), o.min), o.max)
}

// CDF calls yield with ascending values and the exact share of all values that are at or below each, for at
// most points of them; the last share is 1. In between, the share stays what it was, to 1/points.
func (o *Sorted) CDF(points int, yield func(value, share float64)) {
	due := int64(1)
	o.steps(func(value float64, below int64) {
		if n := below * int64(points); n >= due*o.n {
			yield(value, float64(below)/float64(o.n))
			due = n/o.n + 1
		}
	})
}

// steps calls yield with ascending values, different from each other, and how many are at or below each.
func (o *Sorted) steps(yield func(value float64, below int64)) {
	for i, x := range o.sorted {
		if i+1 == len(o.sorted) || o.sorted[i+1] != x {
			yield(x, int64(i+1))
		}
	}
	if o.sorted != nil {
		return
	}
	below := int64(0)
	for i, n := range o.sketch.counts {
		if n > 0 {
			below += n
			yield(min(math.Nextafter(lowerEdge(uint(i)+1), 0), o.max), below)
		}
	}
}
