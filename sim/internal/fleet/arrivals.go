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
	share  *share // the source, if it is a worker's part of a workload, whose requests have passed the front end
	front  Frontend
	closed bool
	turns  *turns // nil where the workload has none
	outbox outbox // turns whose time is known, and requests that are sent anew
	coming *turn  // the next request, if it is of the outbox; else nil
	anew   int    // of those in the outbox
	// answers let requests arrive: the loop is closed, there are turns, or clients try again
	listen bool
	// of a closed loop: when users whose last request was answered send the next, ascending
	sends []units.Picoseconds
	first int               // of sends
	read  int               // requests read so far
	ahead []replica.Request // read and not taken yet, from next on
	// when a scheduler sees those, unless answers let requests arrive, and Forever behind the last
	dues [readAhead + 1]units.Picoseconds
	// of those read ahead
	sessions [readAhead]uint64
	next     int
	ended    bool              // the source has no more
	row      workloads.Request // reused
	latest   units.Picoseconds // arrival of the last one read
	due      units.Picoseconds // when a scheduler sees the next request, or Forever
	known    *replica.Contents // nil without prefix caching
}

// readAhead is how many requests are read at once.
const readAhead = 64

func newArrivals(c *contract.Config, known *replica.Contents) (arrivals, error) {
	a := arrivals{source: c.Workload, front: NewFrontend(c), known: known,
		ahead: make([]replica.Request, 0, readAhead)}
	a.share, _ = c.Workload.(*share)
	if closed, ok := c.Workload.(workloads.Closed); ok {
		users := closed.Concurrency()
		if users < 1 {
			return a, fmt.Errorf("a closed-loop workload of %d users; at least 1", users)
		}
		a.closed = true
		a.sends = make([]units.Picoseconds, users)
	}
	if workloads.HasTurns(c.Workload) {
		a.turns = &turns{sessions: newSessions(c.Warmup)}
	}
	a.listen = a.closed || a.turns != nil || c.Admission != nil && c.Admission.Retries > 0
	err := a.fill()
	a.due = a.seen()
	return a, err
}

// fill reads ahead where nothing is left to take.
//
//go:noinline // as it runs only once for many requests
func (a *arrivals) fill() error {
	ahead, n := a.ahead[:readAhead], 0
	r := &a.row
	for n < readAhead && a.source.Next(r) {
		after := a.latest
		if a.closed {
			after = r.Arrival
		}
		if err := valid(r, a.read, after); err != nil {
			return err
		}
		a.latest = r.Arrival
		// A turn that waits for an answer leaves its place to the next request.
		q := &ahead[n]
		a.request(r, q)
		a.read++
		if r.Follows && a.turns != nil {
			a.turns.park(r, q)
			continue
		}
		a.sessions[n] = r.Session
		if a.share != nil {
			a.dues[n] = a.share.due
		}
		n++
	}
	a.ahead, a.next = ahead[:n], 0
	if !a.listen && a.share == nil {
		for i := range a.ahead {
			a.dues[i] = a.front.Pass(a.ahead[i].Arrival, a.ahead[i].Input)
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
	if len(r.Blocks) > 0 && a.known != nil {
		q.Content = a.known.Remember(r)
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

// seen computes due, and what is coming.
func (a *arrivals) seen() units.Picoseconds {
	if !a.listen {
		return a.dues[a.next]
	}
	if a.coming = a.turn(); a.coming != nil {
		return a.front.Ready(a.coming.at, a.coming.request.Input)
	}
	sent := a.fresh()
	if sent == units.Forever {
		return sent
	}
	return a.front.Ready(sent, a.ahead[a.next].Input)
}

// fresh is when the next of the requests that follow no answer is sent, where answers let others arrive;
// Forever where there is none.
func (a *arrivals) fresh() units.Picoseconds {
	switch {
	case a.next == len(a.ahead) || a.closed && a.first == len(a.sends):
		return units.Forever
	case a.closed:
		return a.sends[a.first]
	}
	return a.ahead[a.next].Arrival
}

// turn is the next request if it follows an answer, or is sent anew; else nil.
func (a *arrivals) turn() *turn {
	if a.outbox.len() == 0 {
		return nil
	}
	if at := a.fresh(); at < units.Forever {
		other := sending{at: at, index: a.ahead[a.next].Index}
		if !a.outbox.heap[0].before(&other) {
			return nil
		}
	}
	return a.outbox.first()
}

// head is the next request and its session, valid until pass.
func (a *arrivals) head() (q *replica.Request, session uint64) {
	if t := a.coming; t != nil {
		return &t.request, t.session
	}
	q = &a.ahead[a.next]
	if a.closed {
		q.Arrival = a.sends[a.first]
	}
	return q, a.sessions[a.next]
}

// tries is how often the next request was sent before.
func (a *arrivals) tries() int {
	if t := a.coming; t != nil {
		return t.tries
	}
	return 0
}

// again lets a client send a request anew at an instant.
func (a *arrivals) again(q *replica.Request, session uint64, at units.Picoseconds, tries int) {
	a.outbox.push(&turn{request: *q, session: session, at: at, tries: tries})
	a.anew++
	a.due = a.seen()
}

// pass goes on to the request after the head.
func (a *arrivals) pass() error {
	if a.listen {
		if t := a.coming; t != nil {
			a.front.Pass(t.at, t.request.Input)
			if t.tries > 0 {
				a.anew--
			}
			a.outbox.pop()
			a.due = a.seen()
			return nil
		}
		a.front.Pass(a.fresh(), a.ahead[a.next].Input)
		if a.closed {
			a.first++
		}
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
func (a *arrivals) taken() int {
	n := a.read - len(a.ahead) + a.next - (a.outbox.len() - a.anew)
	if a.turns != nil {
		n -= a.turns.parked.Len()
	}
	return n
}

// answered lets clients see answers: turns follow them, and users of a closed loop send the next request
// where none does.
func (a *arrivals) answered(answers []replica.Answer) {
	if !a.listen {
		return
	}
	for _, answer := range answers {
		if a.turns != nil {
			if t, found := a.turns.answered(answer); found {
				a.outbox.push(&t)
				continue
			}
		}
		if !a.closed {
			continue
		}
		t := answer.At
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
