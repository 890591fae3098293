package sim

import (
	"cmp"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
)

// sent is a request on its way: one with a number, or whichever a user of a closed loop sends next.
type sent struct {
	at      units.Picoseconds
	request int // -1: whichever comes next
}

// nextSent is when the next request is sent; Forever where none will be.
func (o *oracle) nextSent() units.Picoseconds {
	o.sort()
	// a user to whom no request is left sends none
	for len(o.sends) > 0 && o.sends[0].request < 0 && o.fresh() == len(o.requests) {
		o.sends = o.sends[1:]
	}
	if len(o.sends) == 0 {
		return units.Forever
	}
	return o.sends[0].at
}

// nextTokens is how many tokens the prompt of the next request has.
func (o *oracle) nextTokens() int32 {
	next := o.sends[0].request
	if next < 0 {
		next = o.fresh()
	}
	return int32(o.requests[next].Input)
}

// fresh is the first request that nobody has sent and that follows no answer.
func (o *oracle) fresh() int {
	for i, q := range o.requests {
		if !o.arrived[i] && !q.Follows {
			return i
		}
	}
	return len(o.requests)
}

// send lets those who see answers send what follows: the next turn, or the next request of a closed loop.
func (o *oracle) send() {
	_, closed := o.c.Workload.(workloads.Closed)
	for _, pool := range o.pools {
		o.sayings = append(o.sayings, pool.account.TakeAnswers()...)
	}
	for _, a := range o.sayings {
		next := int(a.Index) + 1
		switch {
		case next < len(o.requests) && o.requests[next].Follows:
			o.sends = append(o.sends, sent{a.At + o.requests[next].Gap, next})
		case closed:
			o.sends = append(o.sends, sent{a.At, -1})
		}
	}
	o.sayings = nil
}

// sort puts what is on its way in order: by time, then by number, that of the next request where it has none.
func (o *oracle) sort() {
	number := func(s sent) int {
		if s.request < 0 {
			return o.fresh()
		}
		return s.request
	}
	slices.SortStableFunc(o.sends, func(a, b sent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(number(a), number(b)))
	})
}

// readAll reads the workload, and sends what is sent whatever is answered.
func (o *oracle) readAll() {
	var q workloads.Request
	for i := 0; o.c.Workload.Next(&q); i++ {
		o.requests = append(o.requests, q)
	}
	o.arrived = make([]bool, len(o.requests))
	if closed, ok := o.c.Workload.(workloads.Closed); ok {
		for range closed.Concurrency() {
			o.sends = append(o.sends, sent{0, -1})
		}
		return
	}
	for i, q := range o.requests {
		if !q.Follows {
			o.sends = append(o.sends, sent{q.Arrival, i})
		}
	}
}

// simulate is the oracle's Run.
func simulate(c Config) (*Result, error) { return (&oracle{c: c}).run() }
