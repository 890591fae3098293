package metrics

import (
	"math"
	"math/bits"
	"slices"
)

// Sorted is the values of a Sketch in ascending order: the values themselves where the sketch has kept them,
// and otherwise each as well as its bucket tells. They are put in order as far as is asked for, which is
// quickest where the smaller are asked for first.
type Sorted struct {
	values   []float64 // nil where only the buckets are known
	settled  int       // from here on no value is smaller than one before, and the one before is in its place
	rough    bool      // whether others before that are not
	sketch   *Sketch
	bucket   uint  // of a sketch's buckets, the one that was asked for last
	below    int64 // and how many values are in those before it
	n        int64
	min, max float64
}

// Sorted puts the values in order. Moments of the same values tell their number and exact extremes. The
// sketch is not to be added to while the order is in use.
func (s *Sketch) Sorted(m *Moments) Sorted {
	return Sorted{values: s.values, sketch: s, bucket: bucketOf(m.Min), n: m.Count, min: m.Min, max: m.Max}
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
	o := Sorted{values: ascending, settled: len(ascending), n: int64(len(ascending))}
	return o.Quantile(q)
}

// at is the value that i others precede. In a bucket, values are taken as spread evenly.
func (o *Sorted) at(i int64) float64 {
	switch {
	case o.values != nil:
		o.settle(int(i))
		return o.values[i]
	case i == 0:
		return o.min
	case i == o.n-1:
		return o.max
	}
	if i < o.below {
		o.bucket, o.below = bucketOf(o.min), 0
	}
	in := o.sketch.counts[o.bucket]
	for i >= o.below+in {
		o.below += in
		o.bucket++
		in = o.sketch.counts[o.bucket]
	}
	low := lowerEdge(o.bucket)
	share := (float64(i-o.below) + 0.5) / float64(in)
	return min(max(low+float64(share*(lowerEdge(o.bucket+1)-low)), o.min), o.max)
}

// settle puts the value that i others precede into its place.
func (o *Sorted) settle(i int) {
	switch {
	case i >= o.settled:
		place(o.values[o.settled:], i-o.settled)
		o.rough = o.rough || i > o.settled
		o.settled = i + 1
	case i < o.settled-1 && o.rough:
		slices.Sort(o.values[:o.settled])
		o.rough = false
	}
}

// fewest is the number of values that are put in order rather than divided further.
const fewest = 12

// place puts the value that k others precede into its place, smaller ones before it and larger ones after it
// (C. A. R. Hoare, "Algorithm 65: FIND", Communications of the ACM 4(7), 1961), in as much time as sorting
// takes at most.
func place(values []float64, k int) {
	if k == 0 {
		least := 0
		for i, x := range values {
			if x < values[least] {
				least = i
			}
		}
		values[0], values[least] = values[least], values[0]
		return
	}
	for left := 2 * bits.Len(uint(len(values))); len(values) > fewest && left > 0; left-- {
		pivot := middle(values[0], values[len(values)/2], values[len(values)-1])
		i, j := 0, len(values)-1
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			values = values[:j+1]
		case k >= i:
			values, k = values[i:], k-i
		default: // between them, where all are the pivot
			return
		}
	}
	slices.Sort(values)
}

// middle is the one of three values that is neither the least nor the largest.
func middle(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

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
	if o.values == nil {
		below := int64(0)
		for i := bucketOf(o.min); below < o.n; i++ {
			if n := o.sketch.counts[i]; n > 0 {
				below += n
				yield(min(math.Nextafter(lowerEdge(i+1), 0), o.max), below)
			}
		}
		return
	}
	slices.Sort(o.values)
	o.settled, o.rough = len(o.values), false
	for i, x := range o.values {
		if i+1 == len(o.values) || o.values[i+1] != x {
			yield(x, int64(i+1))
		}
	}
}
