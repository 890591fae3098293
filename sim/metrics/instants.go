package metrics

import (
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
)

// Instants are levels of a whole system, a sum over its replicas, at instants that are a power of two of
// nanoseconds apart. Each replica says when it held which level, in any order, so that the sums are exact
// there whatever is simulated first. They double their distance where there would be more than mostInstants.
type Instants struct {
	shift uint
	// change is by how much each level differs from the one an instant before; of Waiting, nothing is kept.
	change [Held + 1][]int64
}

const (
	// mostInstants bounds the memory: half a megabyte. Of as many or half as many, drawn as evenly as they lie,
	// the share that is below a p99 is off by 0.1% of the time.
	mostInstants = 1 << 15
	// firstApart is the distance to begin with, as a power of two of nanoseconds: a microsecond.
	firstApart = 10
)

// NewInstants are of levels that are 0 everywhere.
func NewInstants() *Instants { return &Instants{shift: firstApart} }

// Hold adds to a level from one time until another.
func (s *Instants) Hold(kind Level, level int, from, to Nanoseconds) {
	for to>>s.shift >= mostInstants-1 {
		s.double()
	}
	first, next := s.after(from), s.after(to)
	if first == next {
		return // between two instants
	}
	list := s.change[kind]
	if next >= len(list) {
		list = append(list, make([]int64, next+1-len(list))...)
		s.change[kind] = list
	}
	list[first] += int64(level)
	list[next] -= int64(level)
}

// after is the number of the first instant that is not before a time.
func (s *Instants) after(at Nanoseconds) int { return int((at + 1<<s.shift - 1) >> s.shift) }

// double leaves every other instant out.
func (s *Instants) double() {
	for kind, list := range s.change {
		for i := range list {
			if half := (i + 1) / 2; half != i {
				list[half] += list[i]
				list[i] = 0
			}
		}
		s.change[kind] = list[:len(list)/2+min(len(list), 1)]
	}
	s.shift++
}

// Merge adds the levels of o.
func (s *Instants) Merge(o *Instants) {
	for s.shift < o.shift {
		s.double()
	}
	for o.shift < s.shift {
		o.double()
	}
	for kind, list := range o.change {
		for len(s.change[kind]) < len(list) {
			s.change[kind] = append(s.change[kind], 0)
		}
		for i, by := range list {
			s.change[kind][i] += by
		}
	}
}

// Quantiles are the least levels that were not exceeded at some shares of the instants before an end, and the
// highest at any of them.
func (s *Instants) Quantiles(kind Level, end units.Picoseconds, shares ...float64) (list []float64,
	highest float64) {
	levels := make([]int64, max(1, s.after(At(end))))
	level := int64(0)
	for i := range levels {
		if i < len(s.change[kind]) {
			level += s.change[kind][i]
		}
		levels[i] = level
	}
	slices.Sort(levels)
	for _, q := range shares {
		i := int(math.Ceil(q * float64(len(levels))))
		list = append(list, float64(levels[max(0, i-1)]))
	}
	return list, float64(levels[len(levels)-1])
}
