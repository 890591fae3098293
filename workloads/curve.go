package workloads

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// classArrivals are the arrivals of a class: its process, at the rates of the hours of a day, in trains.
func classArrivals(spec *Class, random stream, open Opener) (arrivals, error) {
	list, err := newArrivals(spec.Arrival, random, open)
	if err != nil {
		return nil, err
	}
	if len(spec.Hours) > 0 {
		if list, err = newCurve(list, spec.Hours); err != nil {
			return nil, err
		}
	}
	if t := spec.Train; t != (Train{}) {
		if t.Size < 1 || t.Size > maxTrain || !(t.Within >= 0 && t.Within <= MaxSpan) {
			return nil, &fault.Error{Key: "train", Wrong: fmt.Sprintf("%d sessions within %v s", t.Size, t.Within),
				Right: fmt.Sprintf("use up to %d sessions, and a time from 0", maxTrain)}
		}
		list = &trains{from: list, spec: t}
	}
	return list, nil
}

// curve lets time pass faster in busy hours than in others: a process of one mean rate becomes one whose rate
// follows the hours of a day. Time 0 is midnight.
type curve struct {
	from   arrivals
	speeds [dayHours]float64 // how much of the process's time passes in a second
	hour   int               // since the start
	begin  float64           // of that hour in the process's time, in s
}

func newCurve(from arrivals, hours []float64) (arrivals, error) {
	if len(hours) != dayHours {
		return nil, &fault.Error{Key: "hours", Wrong: fmt.Sprintf("%d hours in a day", len(hours)), Right: "give 24 numbers"}
	}
	sum := 0.0
	for _, h := range hours {
		if !(h >= 0) {
			return nil, &fault.Error{Key: "hours", Wrong: fmt.Sprintf("%v is no rate", h), Right: "use numbers from 0"}
		}
		sum += h
	}
	if !(sum > 0) || math.IsInf(sum, 1) {
		return nil, &fault.Error{Key: "hours", Wrong: "a day without arrivals", Right: "use a number above 0 for some hour"}
	}
	c := &curve{from: from}
	for i, h := range hours {
		c.speeds[i] = h / sum * dayHours
	}
	return c, nil
}

func (c *curve) fill(times []units.Picoseconds) (int, error) {
	n, err := c.from.fill(times)
	for i := range times[:n] {
		times[i] = c.at(times[i])
	}
	return n, err
}

// at is when a time of the process has come.
func (c *curve) at(t units.Picoseconds) units.Picoseconds {
	if t > units.Forever/2 {
		return t
	}
	own := float64(t.Seconds())
	for c.hour <= MaxSpan/hourSeconds {
		speed := c.speeds[c.hour%dayHours]
		passed := float64(hourSeconds * speed)
		if own < c.begin+passed {
			within := (own - c.begin) / speed
			return units.Picoseconds(c.hour)*units.Seconds(hourSeconds).Picoseconds() +
				units.Seconds(within).Picoseconds()
		}
		c.begin += passed
		c.hour++
	}
	return units.Forever
}

// maxTrain is how many sessions one train may have.
const maxTrain = 1_000_000

// trains makes of each arrival several, evenly within a time.
type trains struct {
	from  arrivals
	spec  Train
	next  units.Picoseconds // of the arrivals that trains begin with
	begun bool
	ahead []units.Picoseconds // of trains that have begun, ascending
	err   error
}

func (t *trains) fill(times []units.Picoseconds) (int, error) {
	for i := range times {
		for !t.begun || len(t.ahead) == 0 || t.ahead[0] > t.next {
			if !t.pull() {
				return i, t.err
			}
		}
		times[i] = t.ahead[0]
		t.ahead = t.ahead[1:]
	}
	return len(times), nil
}

// pull lets the next train begin, and looks when the one after it does.
func (t *trains) pull() bool {
	var one [1]units.Picoseconds
	if !t.begun {
		if n, err := t.from.fill(one[:]); n == 0 {
			t.err = err
			return false
		}
		t.next, t.begun = one[0], true
	}
	if t.err != nil {
		return false
	}
	for i := range t.spec.Size {
		after := 0.0
		if t.spec.Size > 1 {
			after = t.spec.Within * float64(i) / float64(t.spec.Size-1)
		}
		at := t.next
		if at <= units.Forever/2 {
			at += units.Seconds(after).Picoseconds()
		}
		t.ahead = append(t.ahead, at)
	}
	slices.Sort(t.ahead)
	n, err := t.from.fill(one[:])
	if t.next = one[0]; n == 0 {
		t.next, t.err = units.Forever, err
	}
	return true
}
