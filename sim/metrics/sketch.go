package metrics

import (
	"math"
	"sync"
)

// A Sketch counts non-negative values in buckets of a fixed relative width, and keeps the values themselves
// as long as they are few. A bucket is a binary octave's 256th part: its number is the leading bits of the
// value's floating-point form, so that adding takes no logarithm.
type Sketch struct {
	values []float64           // all of them while there are at most Exact; nil from then on
	counts *[bucketCount]int64 // of more values, by bucket; nil until then
}

const (
	mantissaBits = 8
	dropBits     = 52 - mantissaBits // of a float64's mantissa
	octaves      = 64                // values up to 2^64; 0 and fractions share the first bucket
	bucketCount  = octaves<<mantissaBits + 1
	// firstBucket is the leading bits of 1.0, less the one that makes room for the bucket of smaller values.
	firstBucket = 1023<<mantissaBits - 1
	// wholeFloats is the number up to which a float64 holds every whole number.
	wholeFloats = 1 << 53
)

// RelativeError bounds how far a quantile of more than Exact values lies from the true one, as a share of
// the true one: a bucket's width. It holds for values of 1 and more; smaller ones are known to an absolute
// error of 1.
const RelativeError = 1.0 / (1 << mantissaBits)

// Exact is up to how many values a Sketch keeps, so that their quantiles are exact. Only the number of
// values decides, not how they are shared out among sketches that are merged.
const Exact = 8192

// NewSketch is an empty sketch.
func NewSketch() *Sketch { return &Sketch{values: make([]float64, 0, 512)} }

// What a sketch needs when its values become many, it leaves to the next one: simulations of a few requests,
// a thousand of a sweep, would spend a tenth of their time on getting it anew.
var (
	fullValues   = sync.Pool{New: func() any { return new([Exact]float64) }}
	blankBuckets = sync.Pool{New: func() any { return new([bucketCount]int64) }}
)

// Reset forgets all values.
func (s *Sketch) Reset() {
	if s.counts != nil {
		clear(s.counts[:])
		blankBuckets.Put(s.counts)
		s.counts = nil
	}
	if s.values = s.values[:0]; s.values == nil {
		s.values = fullValues.Get().(*[Exact]float64)[:0]
	}
}

func bucketOf(x float64) uint {
	i := uint(math.Float64bits(x)>>dropBits) - firstBucket
	switch {
	case i < bucketCount:
		return i
	case x < 1: // whose bits, less those of 1, wrapped around
		return 0
	default:
		return bucketCount - 1
	}
}

// lowerEdge is the smallest value of bucket i.
func lowerEdge(i uint) float64 {
	if i == 0 {
		return 0
	}
	return math.Float64frombits(uint64(i+firstBucket) << dropBits)
}

// Add counts x n times.
func (s *Sketch) Add(x float64, n int64) {
	if s.counts == nil && s.keep(x, n) {
		return
	}
	s.counts[bucketOf(x)] += n
}

// keep remembers x n times; where values become too many, it counts those before it instead and leaves x.
//
//go:noinline // so that Add is, which rarely needs it
func (s *Sketch) keep(x float64, n int64) bool {
	if n > int64(Exact-len(s.values)) {
		s.count()
		return false
	}
	before, all := len(s.values), len(s.values)+int(n)
	if all > cap(s.values) {
		// By fours, since of gaps between tokens there are soon too many, and what is grown out of is thrown away.
		s.values = append(roomFor(max(all, 4*cap(s.values))), s.values...)
	}
	s.values = s.values[:all]
	for i := range s.values[before:] {
		s.values[before+i] = x
	}
	return true
}

// roomFor is where so many values can be kept, of which there are none.
func roomFor(values int) []float64 {
	if values < Exact {
		return make([]float64, 0, values)
	}
	return fullValues.Get().(*[Exact]float64)[:0]
}

// count turns the values that the sketch keeps into counts.
func (s *Sketch) count() {
	s.counts = blankBuckets.Get().(*[bucketCount]int64)
	for _, x := range s.values {
		s.counts[bucketOf(x)]++
	}
	if cap(s.values) == Exact {
		fullValues.Put((*[Exact]float64)(s.values[:Exact]))
	}
	s.values = nil
}

// AddProgression counts each of the k ≥ 1 values first, first+step, … n times; step is not negative.
func (s *Sketch) AddProgression(first, step, k, n int64) {
	last := first + (k-1)*step
	for s.counts == nil || last > wholeFloats { // beyond which a float64 may be rounded up to a bucket's edge
		s.Add(float64(first), n)
		if k--; k == 0 {
			return
		}
		first += step
	}
	if i := bucketOf(float64(first)); i == bucketOf(float64(last)) {
		s.counts[i] += k * n
		return
	}
	for k > 0 {
		i := bucketOf(float64(first))
		in := k
		if step > 0 && i+1 < bucketCount && float64(last) >= lowerEdge(i+1) {
			gap := int64(math.Ceil(lowerEdge(i+1))) - first
			in = (gap + step - 1) / step
		}
		s.counts[i] += in * n
		first += in * step
		k -= in
	}
}

// Merge adds the values of o.
func (s *Sketch) Merge(o *Sketch) {
	if s.counts == nil && o.counts == nil && len(s.values)+len(o.values) <= Exact {
		s.values = append(s.values, o.values...)
		return
	}
	if s.counts == nil {
		s.count()
	}
	for _, x := range o.values {
		s.counts[bucketOf(x)]++
	}
	if o.counts == nil {
		return
	}
	for i, n := range o.counts {
		s.counts[i] += n
	}
}
