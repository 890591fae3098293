package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/sched"
)

// Request is a request on its way through a rank. Overload makes many wait, so that it is kept small.
type Request struct {
	Arrival   units.Picoseconds
	Index     uint32 // in order of arrival
	Input     int32
	Output    int32
	MaxOutput int32 // at least output
	Content   int32 // row of its content ids
	Priority  int32
}

// waiter is a place in the waiting queue.
type waiter struct {
	Request
	seq sched.Seq // of a preempted sequence; nobody for a request that has not run
}

// queue is the waiting line, as a ring that grows. Behind the requests that a policy may see stand those that
// came too late for the step that it plans: see inbox. Those that it may see stand in the order of arrival,
// or else as a heap: see ranked.go.
type queue struct {
	ring  []waiter
	first int
	n     int          // requests that the policy sees
	late  int          // requests behind them
	order order.Order  // nil where requests stand as they came
	basis *order.Basis // of the order
	spare []waiter     // reused
}

func (q *queue) at(i int) *waiter { return &q.ring[(q.first+i)&(len(q.ring)-1)] }

func (q *queue) head() *waiter { return &q.ring[q.first] }

// pop takes out the head, which can be read until the next push.
func (q *queue) pop() *waiter {
	if q.order != nil {
		return q.popRanked()
	}
	w := &q.ring[q.first]
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.n--
	return w
}

// pick takes out the request at a place, which stays where it is until the next push.
func (q *queue) pick(place int) *waiter {
	if place > 0 {
		w := *q.at(place)
		for i := place; i > 0; i-- {
			*q.at(i) = *q.at(i - 1)
		}
		*q.head() = w
	}
	return q.pop()
}

// arrange puts the requests that the policy sees, which stand as they came, into another order.
func (q *queue) arrange(places []int) {
	q.spare = q.spare[:0]
	for _, place := range places {
		q.spare = append(q.spare, *q.at(place))
	}
	for i := range q.spare {
		*q.at(i) = q.spare[i]
	}
}

// push makes the policy see a request, at either end unless there is an order.
func (q *queue) push(r *Request, seq sched.Seq, where sched.End) {
	q.room()
	if q.order != nil {
		where = sched.Tail
	}
	place := q.n
	if where == sched.Head {
		q.first = (q.first - 1) & (len(q.ring) - 1)
		place = 0
	} else {
		for i := q.n + q.late; i > q.n; i-- {
			*q.at(i) = *q.at(i - 1)
		}
	}
	w := q.at(place)
	w.Request, w.seq = *r, seq
	if q.n++; q.order != nil {
		q.rise(place)
	}
}

// pushLate puts a new request at the very end.
func (q *queue) pushLate(r *Request) {
	q.room()
	w := q.at(q.n + q.late)
	w.Request, w.seq = *r, decode.Nobody
	q.late++
}

// deliver makes the policy see the first of the late requests.
func (q *queue) deliver() {
	q.late--
	if q.n++; q.order != nil {
		q.rise(q.n - 1)
	}
}

// room makes sure that one more request fits.
func (q *queue) room() {
	if n := q.n + q.late; n == len(q.ring) {
		ring := make([]waiter, max(64, 2*n))
		for i := range n {
			ring[i] = *q.at(i)
		}
		q.ring, q.first = ring, 0
	}
}
