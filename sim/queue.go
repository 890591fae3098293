package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// request is a request on its way through a rank. Overload makes many wait, so that it is kept small.
type request struct {
	arrival   units.Picoseconds
	index     uint32 // in order of arrival
	input     int32
	output    int32
	maxOutput int32 // at least output
	content   int32 // row of its content ids
}

// waiter is a place in the waiting queue.
type waiter struct {
	request
	seq sched.Seq // of a preempted sequence; nobody for a request that has not run
}

// queue is the waiting line, first come first served, as a ring that grows.
type queue struct {
	ring  []waiter
	first int
	n     int
}

func (q *queue) at(i int) *waiter { return &q.ring[(q.first+i)&(len(q.ring)-1)] }

func (q *queue) head() *waiter { return &q.ring[q.first] }

func (q *queue) pop() waiter {
	w := q.ring[q.first]
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.n--
	return w
}

func (q *queue) push(w waiter, where sched.End) {
	if q.n == len(q.ring) {
		q.grow()
	}
	if where == sched.Head {
		q.first = (q.first - 1) & (len(q.ring) - 1)
		q.ring[q.first] = w
	} else {
		q.ring[(q.first+q.n)&(len(q.ring)-1)] = w
	}
	q.n++
}

func (q *queue) grow() {
	ring := make([]waiter, max(64, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = *q.at(i)
	}
	q.ring, q.first = ring, 0
}
