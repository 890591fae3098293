package metrics

import (
	"math/bits"

	"github.com/roofserve/roofserve/hw/units"
)

// levelBuckets bounds the memory of Levels: where the highest is below it, all are told apart, and
// otherwise ranges of a power of two.
const levelBuckets = 4096

// LevelError bounds by how much a quantile of Levels exceeds the true one, as a share of the highest
// possible level. Where that is below 4096, quantiles are exact; and so is a quantile of 0 anywhere.
const LevelError = 2.0 / levelBuckets

// Levels is the distribution over time of a whole number that changes now and then. Time is kept in whole
// nanoseconds, so that sums of replicas are the same in any order. The mean is not kept: a Series holds the
// level's area.
type Levels struct {
	shift   uint
	short   int // of 2^shift by 1
	top     int
	weights [levelBuckets]Nanoseconds // at each level ÷ 2^shift, rounded up, so that 0 stands alone
}

// NewLevels is for levels from 0 to highest.
func NewLevels(highest int) Levels {
	var l Levels
	l.fit(highest)
	return l
}

// Reset forgets what was recorded. What is recorded from then on are levels from 0 to highest.
func (l *Levels) Reset(highest int) {
	clear(l.reached())
	l.top = 0
	l.fit(highest)
}

// fit chooses the ranges that are told apart.
func (l *Levels) fit(highest int) {
	l.shift, l.short = 0, 0
	for (highest+l.short)>>l.shift >= levelBuckets {
		l.shift++
		l.short = 1<<l.shift - 1
	}
}

// Nanoseconds is a length of time in whole nanoseconds.
type Nanoseconds uint64

// At is the time from the beginning to an instant. Differences of it are lengths of spans that add up.
func At(instant units.Picoseconds) Nanoseconds { return Nanoseconds(uint64(instant) / 1000) }

// Between is the time between two instants.
func Between(from, to units.Picoseconds) Nanoseconds { return At(to) - At(from) }

// Add records that the level held for a time.
func (l *Levels) Add(level int, time Nanoseconds) {
	bucket := (level + l.short) >> (l.shift & 63) // masked, as in the next line, to spare a look at its range
	l.weights[bucket&(levelBuckets-1)] += time
	if level > l.top {
		l.top = level
	}
}

// Area is a level's integral over time, in nanoseconds: 128 bits, which no fleet fills.
type Area struct{ high, low uint64 }

// AreaOf is the area of a level that held for a time.
func AreaOf(level int, time Nanoseconds) Area {
	high, low := bits.Mul64(uint64(level), uint64(time))
	return Area{high, low}
}

// Add adds another area.
func (a *Area) Add(b Area) {
	low, carry := bits.Add64(a.low, b.low, 0)
	a.high, _ = bits.Add64(a.high, b.high, carry)
	a.low = low
}

// Over is the mean of a level with the area over some time.
func (a Area) Over(time Nanoseconds) float64 { return a.float64() / float64(time) }

func (a Area) float64() float64 { return float64(float64(a.high)*(1<<64)) + float64(a.low) }

// Merge adds the time of o, which has the same highest level.
func (l *Levels) Merge(o *Levels) {
	for i, w := range o.reached() {
		l.weights[i] += w
	}
	l.top = max(l.top, o.top)
}

// reached are the weights up to that of the highest level, beyond which all are 0.
func (l *Levels) reached() []Nanoseconds { return l.weights[:(l.top+l.short)>>l.shift+1] }

// Time is how long any level was recorded for.
func (l *Levels) Time() (sum Nanoseconds) {
	for _, w := range l.reached() {
		sum += w
	}
	return sum
}

// Mean is the average over time of a level whose total area is given; 0 where no time was recorded.
func (l *Levels) Mean(total Area) float64 {
	time := l.Time()
	if time == 0 {
		return 0
	}
	return total.Over(time)
}

// Busy is the share of the time in which the level was above 0.
func (l *Levels) Busy() float64 {
	time := l.Time()
	if time == 0 {
		return 0
	}
	return 1 - float64(l.weights[0])/float64(time)
}

// Max is the highest level, however short it held.
func (l *Levels) Max() float64 { return float64(l.top) }

// Quantile is the least level that was not exceeded in a share q of the time, to LevelError.
func (l *Levels) Quantile(q float64) float64 {
	total := l.Time()
	var below Nanoseconds
	for i, w := range l.reached() {
		below += w
		if w > 0 && float64(below) >= q*float64(total) {
			return min(float64(i<<l.shift), l.Max())
		}
	}
	return 0
}
