package metrics

import "math"

// A Sketch counts non-negative values in buckets of a fixed relative width. A bucket is a binary octave's 256th part: its
// number is the leading bits of the value's floating-point form, so that adding takes no logarithm.
type Sketch struct {
	counts [bucketCount]int64
}

const (
	mantissaBits = 8
	dropBits     = 52 - mantissaBits // of a float64's mantissa
	octaves      = 64                // values up to 2^64; 0 and fractions share the first bucket
	bucketCount  = octaves<<mantissaBits + 1
	// firstBucket is the leading bits of 1.0, less the one that makes room for the bucket of smaller values.
	firstBucket = 1023<<mantissaBits - 1
)

// RelativeError bounds how far a quantile of a Sketch lies from that of the values themselves: one bucket's width.
const RelativeError = 1.0 / (1 << mantissaBits)

// NewSketch is an empty sketch.
func NewSketch() *Sketch { return &Sketch{} }

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
	s.counts[bucketOf(x)] += n
}

// AddProgression counts each of the k ≥ 1 values first, first+step, … n times; step is not negative.
func (s *Sketch) AddProgression(first, step, k, n int64) {
	if i := bucketOf(float64(first)); i == bucketOf(float64(first+(k-1)*step)) {
		s.counts[i] += k * n
		return
	}
	for k > 0 {
		i := bucketOf(float64(first))
		in := k
		if last := first + (k-1)*step; step > 0 && i+1 < bucketCount && float64(last) >= lowerEdge(i+1) {
			gap := int64(math.Ceil(lowerEdge(i+1))) - first
			in = (gap + step - 1) / step
		}
		s.counts[i] += in * n
		first += in * step
		k -= in
	}
}

// Merge adds the counts of o.
func (s *Sketch) Merge(o *Sketch) {
	for i, n := range &o.counts {
		s.counts[i] += n
	}
}

// Count is the number of values.
func (s *Sketch) Count() (total int64) {
	for _, n := range &s.counts {
		total += n
	}
	return total
}

// Quantile estimates the linearly interpolated q-quantile (NumPy's default, as vLLM's benchmark reports) of the values,
// taking them as spread evenly over their bucket. The caller knows the exact extremes and clamps to them.
func (s *Sketch) Quantile(q float64) float64 {
	total := s.Count()
	if total == 0 {
		return 0
	}
	rank := q * float64(total-1)
	var below int64
	for i, n := range &s.counts {
		if n > 0 && rank < float64(below+n) {
			share := (rank - float64(below) + 0.5) / float64(n)
			low := lowerEdge(uint(i))
			return low + min(share, 1)*(lowerEdge(uint(i)+1)-low)
		}
		below += n
	}
	return lowerEdge(bucketCount - 1)
}

// CDF calls yield with ascending values and the share of observations below each, for at most points of them.
func (s *Sketch) CDF(points int, yield func(value, share float64)) {
	total := s.Count()
	var below int64
	due := 1
	for i, n := range &s.counts {
		if n == 0 {
			continue
		}
		below += n
		if below*int64(points) < int64(due)*total {
			continue
		}
		yield(lowerEdge(uint(i)+1), float64(below)/float64(total))
		due = int(below*int64(points)/total) + 1
	}
}
