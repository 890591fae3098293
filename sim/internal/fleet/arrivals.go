package fleet

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// arrivals are a workload's requests, some of them read ahead: a source runs faster when it is asked for many
// at once.
type arrivals struct {
	source workloads.Source
	front  Frontend
	closed bool
	// of a closed loop: when users whose last request was answered send the next, ascending
	sends []units.Picoseconds
	first int               // of sends
	read  int               // requests read so far
	ahead []replica.Request // read and not taken yet, from next on
	// when a scheduler sees those, unless the loop is closed, and Forever behind the last
	dues [readAhead + 1]units.Picoseconds
	// of those read ahead
	sessions [readAhead]uint64
	next     int
	ended    bool              // the source has no more
	row      workloads.Request // reused
	latest   units.Picoseconds // arrival of the last one read
	due      units.Picoseconds // when a scheduler sees the next request, or Forever
	keys     *replica.Keyring  // nil without prefix caching
}

// readAhead is how many requests are read at once.
const readAhead = 64

func newArrivals(c *contract.Config, keys *replica.Keyring) (arrivals, error) {
	a := arrivals{source: c.Workload, front: NewFrontend(c), keys: keys,
		ahead: make([]replica.Request, 0, readAhead)}
	if closed, ok := c.Workload.(workloads.Closed); ok {
		users := closed.Concurrency()
		if users < 1 {
			return a, fmt.Errorf("a closed-loop workload of %d users; at least 1", users)
		}
		a.closed = true
		a.sends = make([]units.Picoseconds, users)
	}
	err := a.fill()
	a.due = a.seen()
	return a, err
}

// fill reads ahead where nothing is left to take.
//
//go:noinline // as it runs only once for many requests
func (a *arrivals) fill() error {
	a.ahead, a.next = a.ahead[:0], 0
	r := &a.row
	for len(a.ahead) < readAhead && a.source.Next(r) {
		after := a.latest
		if a.closed {
			after = r.Arrival
		}
		if err := valid(r, a.read, after); err != nil {
			return err
		}
		a.ahead = a.ahead[:len(a.ahead)+1]
		a.request(r, &a.ahead[len(a.ahead)-1])
		a.sessions[len(a.ahead)-1] = r.Session
		a.latest = r.Arrival
		a.read++
	}
	if !a.closed {
		for i := range a.ahead {
			a.dues[i] = a.front.Pass(a.ahead[i].Arrival)
		}
	}
	a.dues[len(a.ahead)] = units.Forever
	a.ended = len(a.ahead) < readAhead
	if !a.ended {
		return nil
	}
	return a.source.Err()
}

// request sets q to the next request as it was read.
func (a *arrivals) request(r *workloads.Request, q *replica.Request) {
	q.Arrival, q.Index = r.Arrival, uint32(a.read)
	q.Input, q.Output, q.MaxOutput = int32(r.Input), int32(r.Output), int32(max(r.Output, r.MaxOutput))
	q.Priority = r.Priority
	q.Content = replica.NoContent
	if len(r.Blocks) > 0 && a.keys != nil {
		q.Content = a.keys.Keep(r.Blocks)
	}
}

// valid refuses a request that no engine could take, or that arrives before an instant.
func valid(r *workloads.Request, index int, after units.Picoseconds) error {
	if countable(r.Input) && countable(r.Output) && r.MaxOutput <= math.MaxInt32 && r.Arrival >= after {
		return nil
	}
	switch {
	case r.Input < 1 || r.Output < 1:
		return fmt.Errorf("request %d: %d prompt and %d output tokens; at least 1 of each", index, r.Input, r.Output)
	case r.Arrival < after:
		return fmt.Errorf("request %d arrives at %d ps, before the one before it", index, r.Arrival)
	default:
		return fmt.Errorf("request %d: %d prompt and %d output tokens; too many", index, r.Input, r.Output)
	}
}

// countable tells that there is a token, and that they can be counted in 32 bits.
func countable(tokens int) bool { return uint(tokens-1) < math.MaxInt32 }

// seen computes due.
func (a *arrivals) seen() units.Picoseconds {
	switch {
	case !a.closed:
		return a.dues[a.next]
	case a.next == len(a.ahead) || a.first == len(a.sends):
		return units.Forever
	default:
		return a.front.Ready(a.sends[a.first])
	}
}

// head is the next request, valid until pass.
func (a *arrivals) head() *replica.Request {
	q := &a.ahead[a.next]
	if a.closed {
		q.Arrival = a.sends[a.first]
	}
	return q
}

// pass goes on to the request after the head.
func (a *arrivals) pass() error {
	if a.closed {
		a.front.Pass(a.sends[a.first])
		a.first++
	}
	a.next++
	var err error
	if a.next == len(a.ahead) && !a.ended {
		err = a.fill()
	}
	a.due = a.seen()
	return err
}

// taken is the number of requests taken so far.
func (a *arrivals) taken() int { return a.read - len(a.ahead) + a.next }

// answered lets users of a closed loop see answers at some instants.
func (a *arrivals) answered(at []units.Picoseconds) {
	if !a.closed {
		return
	}
	for _, t := range at {
		// not earlier: what moves is then paid for by what has left
		if len(a.sends) == cap(a.sends) && a.first > len(a.sends)/2 {
			a.sends = append(a.sends[:0], a.sends[a.first:]...)
			a.first = 0
		}
		a.sends = append(a.sends, t)
		// answers of one round may lag differently
		for i := len(a.sends) - 1; i > a.first && a.sends[i-1] > t; i-- {
			a.sends[i-1], a.sends[i] = t, a.sends[i-1]
		}
	}
	a.due = a.seen()
}
