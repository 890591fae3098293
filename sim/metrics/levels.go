package metrics

import (
	"math/bits"

	"github.com/roofserve/roofserve/hw/units"
)

// levelBuckets bounds the memory of Levels: levels up to it are told apart exactly, higher ones in ranges of a power of two.
const levelBuckets = 4096

// Levels is the distribution over time of a whole number that changes now and then. Time is kept in whole nanoseconds, so
// that sums of replicas are the same in any order.
type Levels struct {
	shift    uint
	weights  []uint64 // nanoseconds at each level >> shift
	top      int
	total    uint64
	integral [2]uint64 // sum of areas, in 128 bits: low, high
}

// NewLevels is for levels from 0 to highest.
func NewLevels(highest int) *Levels {
	l := &Levels{}
	for highest>>l.shift >= levelBuckets {
		l.shift++
	}
	l.weights = make([]uint64, highest>>l.shift+1)
	return l
}

// Nanoseconds is a length of time in whole nanoseconds.
type Nanoseconds uint64

// Between is the time between two instants, such that adjoining spans add up.
func Between(from, to units.Picoseconds) Nanoseconds {
	return Nanoseconds(uint64(to)/1000 - uint64(from)/1000)
}

// Add records that the level held for a time, and returns its product with that time.
func (l *Levels) Add(level int, time Nanoseconds) Area {
	l.weights[level>>l.shift] += uint64(time)
	l.total += uint64(time)
	area := Area(uint64(level) * uint64(time))
	var carry uint64
	l.integral[0], carry = bits.Add64(l.integral[0], uint64(area), 0)
	l.integral[1] += carry
	l.top = max(l.top, level)
	return area
}

// Area is a level's integral over time, in nanoseconds.
type Area uint64

// Merge adds the time of o, which has the same highest level.
func (l *Levels) Merge(o *Levels) {
	for i, w := range o.weights {
		l.weights[i] += w
	}
	l.total += o.total
	var carry uint64
	l.integral[0], carry = bits.Add64(l.integral[0], o.integral[0], 0)
	l.integral[1] += o.integral[1] + carry
	l.top = max(l.top, o.top)
}

// Mean is the average over time; 0 where no time was recorded.
func (l *Levels) Mean() float64 {
	if l.total == 0 {
		return 0
	}
	return (float64(l.integral[1])*(1<<64) + float64(l.integral[0])) / float64(l.total)
}

// Max is the highest level, however short it held.
func (l *Levels) Max() float64 { return float64(l.top) }

// Quantile is the level that was not exceeded in a share q of the time, to the resolution of the buckets.
func (l *Levels) Quantile(q float64) float64 {
	var below uint64
	for i, w := range l.weights {
		below += w
		if w > 0 && float64(below) >= q*float64(l.total) {
			return min(float64((i+1)<<l.shift-1), l.Max())
		}
	}
	return 0
}
