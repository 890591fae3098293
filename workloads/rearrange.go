package workloads

import "github.com/roofserve/roofserve/hw/units"

// Rearrange lets the requests of a source arrive by a process instead of when they did. Under the closed
// process its users send them in turn.
func Rearrange(from Source, spec Arrival, seed uint64, open Opener) (Source, error) {
	process, err := newArrivals(spec, newStream(seed, "arrival"), open)
	if err != nil {
		return nil, err
	}
	t := traitsOf(from)
	t.isClosed, t.users = spec.Process == closed, users(spec.Concurrency)
	return t.give(&rearranged{derived: derived{from: from}, instants: instants{arrivals: process}}), nil
}

type rearranged struct {
	derived
	instants instants
	latest   units.Picoseconds // arrival
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
	at, ok, err := a.instants.next()
	if !ok {
		a.err = err
		return false
	}
	r.Arrival, a.latest = at, at
	return true
}
