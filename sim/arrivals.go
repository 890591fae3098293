package sim

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
)

// arrivals are a workload's requests, one of them read ahead.
type arrivals struct {
	source workloads.Source
	front  frontend
	closed bool
	sends  []units.Picoseconds // of a closed loop: when users whose last request was answered send the next, ascending
	first  int                 // of sends
	taken  int
	ahead  workloads.Request
	more   bool // ahead is valid
	latest units.Picoseconds
	due    units.Picoseconds // when a scheduler sees the next request, or Forever
	keys   *keyring          // nil without prefix caching
}

func newArrivals(c *Config, keys *keyring) (*arrivals, error) {
	a := &arrivals{source: c.Workload, front: newFrontend(c), keys: keys}
	if closed, ok := c.Workload.(workloads.Closed); ok {
		users := closed.Concurrency()
		if users < 1 {
			return nil, fmt.Errorf("a closed-loop workload of %d users; at least 1", users)
		}
		a.closed = true
		a.sends = make([]units.Picoseconds, users)
	}
	err := a.read()
	a.due = a.seen()
	return a, err
}

// read looks one request ahead.
func (a *arrivals) read() error {
	a.more = a.source.Next(&a.ahead)
	if !a.more {
		return a.source.Err()
	}
	after := a.latest
	if a.closed {
		after = a.ahead.Arrival
	}
	a.latest = a.ahead.Arrival
	return valid(&a.ahead, a.taken, after)
}

// valid refuses a request that no engine could take, or that arrives before an instant.
func valid(r *workloads.Request, index int, after units.Picoseconds) error {
	switch {
	case r.Input < 1 || r.Output < 1:
		return fmt.Errorf("request %d: %d prompt and %d output tokens; at least 1 of each", index, r.Input, r.Output)
	case r.Input > math.MaxInt32 || r.Output > math.MaxInt32 || r.MaxOutput > math.MaxInt32:
		return fmt.Errorf("request %d: %d prompt and %d output tokens; too many", index, r.Input, r.Output)
	case r.Arrival < after:
		return fmt.Errorf("request %d arrives at %d ps, before the one before it", index, r.Arrival)
	}
	return nil
}

// seen computes due.
func (a *arrivals) seen() units.Picoseconds {
	switch {
	case !a.more:
		return units.Forever
	case !a.closed:
		return a.front.ready(a.ahead.Arrival)
	case a.first == len(a.sends):
		return units.Forever
	default:
		return a.front.ready(a.sends[a.first])
	}
}

// take makes q the next request.
func (a *arrivals) take(q *request) error {
	*q = request{
		arrival: a.ahead.Arrival,
		index:   uint32(a.taken),
		input:   int32(a.ahead.Input),
		output:  int32(a.ahead.Output),
		content: noContent,
	}
	if a.keys != nil {
		q.content = a.keys.keep(a.ahead.Blocks)
	}
	q.maxOutput = max(q.output, int32(a.ahead.MaxOutput))
	if a.closed {
		q.arrival = a.sends[a.first]
		a.first++
	}
	a.front.pass(q.arrival)
	a.taken++
	err := a.read()
	a.due = a.seen()
	return err
}

// answered lets users of a closed loop see answers at some instants.
func (a *arrivals) answered(at []units.Picoseconds) {
	if !a.closed {
		return
	}
	for _, t := range at {
		if len(a.sends) == cap(a.sends) && a.first > 0 {
			a.sends = append(a.sends[:0], a.sends[a.first:]...)
			a.first = 0
		}
		a.sends = append(a.sends, t)
		for i := len(a.sends) - 1; i > a.first && a.sends[i-1] > t; i-- { // answers of one round may lag differently
			a.sends[i-1], a.sends[i] = t, a.sends[i-1]
		}
	}
	a.due = a.seen()
}
