package replica

import "github.com/roofserve/roofserve/sim/order"

// Where there is an order, the requests of a queue that a policy sees are a binary heap: each stands before
// the two at twice its place and one, and at twice its place and two. So a long queue costs its logarithm.

// key is a request's place in the order; of equal ones the first to arrive is first.
func (q *queue) key(r *Request) int64 {
	return q.order(&order.Request{Number: int(r.Index), Arrival: r.Arrival, Input: int(r.Input),
		MaxOutput: int(r.MaxOutput), Priority: int(r.Priority)}, q.basis)
}

// before tells whether one request stands before another.
func (q *queue) before(a, b *Request) bool {
	x, y := q.key(a), q.key(b)
	return x < y || x == y && a.Index < b.Index
}

// overtakes tells whether a request would be the head if a policy saw it.
func (q *queue) overtakes(r *Request) bool { return q.n == 0 || q.order != nil && q.precedes(r) }

//go:noinline // so that overtakes is
func (q *queue) precedes(r *Request) bool { return q.before(r, &q.head().Request) }

// rise puts right that what has come to a place may stand before what is above it.
//
//go:noinline // so that what calls it is
func (q *queue) rise(place int) {
	for place > 0 {
		above := (place - 1) / 2
		w, x := q.at(place), q.at(above)
		if !q.before(&w.Request, &x.Request) {
			return
		}
		*w, *x = *x, *w
		place = above
	}
}

// sink puts right that what has come to a place may stand behind what is below it.
func (q *queue) sink(place int) {
	for {
		below := 2*place + 1
		if below >= q.n {
			return
		}
		if right := below + 1; right < q.n && q.before(&q.at(right).Request, &q.at(below).Request) {
			below = right
		}
		w, x := q.at(place), q.at(below)
		if !q.before(&x.Request, &w.Request) {
			return
		}
		*w, *x = *x, *w
		place = below
	}
}

// popRanked is pop where there is an order. The last one that the policy sees takes the head's place, the
// late ones move up, and the head goes to the place behind them.
//
//go:noinline // so that pop is
func (q *queue) popRanked() *waiter {
	head := *q.head()
	q.n--
	*q.head() = *q.at(q.n)
	for i := q.n; i < q.n+q.late; i++ {
		*q.at(i) = *q.at(i + 1)
	}
	q.sink(0)
	behind := q.at(q.n + q.late)
	*behind = head
	return behind
}
