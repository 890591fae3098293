package sim

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
)

// flight is a run of steps that was decided at its start and is under way: one step of any kind, or several in which every
// sequence decodes. Each takes growth longer than the one before. A flight may be cut short at a step's end for as long as it has not landed.
type flight struct {
	start         units.Picoseconds
	first, growth units.Picoseconds // duration of the first step, and by how much each next one is longer
	steps         int64
	over          units.Picoseconds // end of the last step
	pure          bool              // the steps only decode
}

// single makes a flight of one step that does not only decode. It and cruise set field by field, as a whole flight would be built
// aside and copied.
func (f *flight) single(start, duration units.Picoseconds) {
	f.start, f.first, f.growth, f.steps, f.pure = start, duration, 0, 1, false
	f.over = start + duration
}

// cruise makes a flight of steps that only decode.
func (f *flight) cruise(start, first, growth units.Picoseconds, steps int64) {
	f.start, f.first, f.growth, f.steps, f.pure = start, first, growth, steps, true
	f.over = f.end(steps)
}

// cut makes a flight of so many steps at most.
func (f *flight) cut(steps int64) {
	if steps < f.steps {
		f.steps, f.over = steps, f.end(steps)
	}
}

// span is the time that the first k steps take.
func (f *flight) span(k int64) units.Picoseconds {
	return units.Picoseconds(k)*f.first + f.growth*units.Picoseconds(k*(k-1)>>1)
}

// end is the instant at which the first k steps are over.
func (f *flight) end(k int64) units.Picoseconds { return f.start + f.span(k) }

// few is how many steps are counted out one by one.
const few = 4

// within is the number of whole steps, of all the flight's, that fit into a time.
func (f *flight) within(t units.Picoseconds) int64 {
	if f.first > t {
		return 0
	}
	if f.steps == 1 || f.span(f.steps) <= t {
		return f.steps
	}
	if f.span(few) > t {
		k, end := int64(1), f.first
		for step := f.first + f.growth; end+step <= t; step += f.growth {
			end += step
			k++
		}
		return k
	}
	// k·d + g·k(k−1)/2 = t, solved for k without cancellation; rounding is put right below.
	d, g, total := float64(f.first), float64(f.growth), float64(t)
	b := d - float64(g/2)
	k := int64(2 * total / (b + math.Sqrt(float64(b*b)+float64(2*g*total))))
	k = min(max(k, 1), f.steps)
	for k < f.steps && f.span(k+1) <= t {
		k++
	}
	for f.span(k) > t {
		k--
	}
	return k
}

// until is the number of steps whose last is the first to end at or after an instant past the start, before the flight's end.
func (f *flight) until(t units.Picoseconds) int64 {
	k := f.within(t - f.start)
	if k > 0 && f.end(k) == t {
		return k
	}
	return min(k+1, f.steps)
}
