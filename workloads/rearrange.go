package workloads

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Rearrange lets the requests of a source arrive by a process instead of when they did. Under the closed
// process its users send them in turn.
func Rearrange(from Source, spec Arrival, seed uint64, open Opener) (Source, error) {
	process, err := newArrivals(spec, newStream(seed, "arrival"), open)
	if err != nil {
		return nil, err
	}
	t := traitsOf(from)
	t.isClosed, t.users = spec.Process == closed, users(spec.Concurrency)
	return t.give(&rearranged{derived: derived{from: from}, arrivals: process}), nil
}

type rearranged struct {
	derived
	arrivals    arrivals
	times       [drawAhead]units.Picoseconds
	next, drawn int
	latest      units.Picoseconds // arrival
}

// Next implements Source.
func (a *rearranged) Next(r *Request) bool {
	if a.err != nil || !a.from.Next(r) {
		return false
	}
	if r.Follows {
		r.Arrival = a.latest
		return true
	}
	if a.next == a.drawn {
		a.next = 0
		if a.drawn, a.err = a.arrivals.fill(a.times[:]); a.drawn == 0 {
			return false
		}
		a.err = nil // of the arrivals after those
	}
	if r.Arrival = a.times[a.next]; r.Arrival > units.Forever/2 {
		a.err = &fault.Error{Key: "arrival", Wrong: "the requests arrive over more than 50 days", Right: "use a higher rate or fewer requests"}
		return false
	}
	a.next++
	a.latest = r.Arrival
	return true
}
