package decode

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
)

// Flight is a run of steps that was decided at its start and is under way: one step of any kind, or several
// in which every sequence decodes. Each takes growth longer than the one before. A flight may be cut short at
// a step's end for as long as it has not landed.
type Flight struct {
	Start         units.Picoseconds
	First, Growth units.Picoseconds // duration of the first step, and by how much each next one is longer
	Steps         int64
	Over          units.Picoseconds // end of the last step
	Pure          bool              // the steps only decode
}

// Single makes a flight of one step that does not only decode. It and Cruise set field by field, as a whole
// flight would be built aside and copied.
func (f *Flight) Single(start, duration units.Picoseconds) {
	f.Start, f.First, f.Growth, f.Steps, f.Pure = start, duration, 0, 1, false
	f.Over = start + duration
}

// Cruise makes a flight of steps that only decode.
func (f *Flight) Cruise(start, first, growth units.Picoseconds, steps int64) {
	f.Start, f.First, f.Growth, f.Steps, f.Pure = start, first, growth, steps, true
	f.Over = f.End(steps)
}

// Cut makes a flight of so many steps at most.
func (f *Flight) Cut(steps int64) {
	if steps < f.Steps {
		f.Steps, f.Over = steps, f.End(steps)
	}
}

// span is the time that the first k steps take.
func (f *Flight) span(k int64) units.Picoseconds {
	return units.Picoseconds(k)*f.First + f.Growth*units.Picoseconds(k*(k-1)>>1)
}

// End is the instant at which the first k steps are over.
func (f *Flight) End(k int64) units.Picoseconds { return f.Start + f.span(k) }

// few is how many steps are counted out one by one.
const few = 4

// Within is the number of whole steps, of all the flight's, that fit into a time.
func (f *Flight) Within(t units.Picoseconds) int64 {
	if f.First > t {
		return 0
	}
	if f.Steps == 1 || f.span(f.Steps) <= t {
		return f.Steps
	}
	if f.span(few) > t {
		k, end := int64(1), f.First
		for step := f.First + f.Growth; end+step <= t; step += f.Growth {
			end += step
			k++
		}
		return k
	}
	// k·d + g·k(k−1)/2 = t, solved for k without cancellation; rounding is put right below.
	d, g, total := float64(f.First), float64(f.Growth), float64(t)
	b := d - float64(g/2)
	k := int64(2 * total / (b + math.Sqrt(float64(b*b)+float64(2*g*total))))
	k = min(max(k, 1), f.Steps)
	for k < f.Steps && f.span(k+1) <= t {
		k++
	}
	for f.span(k) > t {
		k--
	}
	return k
}

// Until is the number of steps whose last is the first to end at or after an instant past the start, before
// the flight's end.
func (f *Flight) Until(t units.Picoseconds) int64 {
	k := f.Within(t - f.Start)
	if k > 0 && f.End(k) == t {
		return k
	}
	return min(k+1, f.Steps)
}
