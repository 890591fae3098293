package fleet

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/register"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// turns are the requests of a workload that follow the answers to others.
type turns struct {
	parked register.Register[turn] // by the number of the request that each follows
	*sessions
}

// turn is a request that follows an answer, or one that its client sends anew.
type turn struct {
	request replica.Request
	session uint64
	gap     units.Picoseconds // after the answer
	at      units.Picoseconds // when it is sent
	tries   int               // how often it was sent before
}

// before tells whether a turn arrives earlier than another, of two at the same instant the one that was read
// earlier.
func (t *turn) before(at units.Picoseconds, index uint32) bool {
	return t.at < at || t.at == at && t.request.Index < index
}

// park keeps a request until the one before it in the workload is answered.
func (t *turns) park(r *workloads.Request, q *replica.Request) {
	*t.parked.Put(int(q.Index) - 1) = turn{request: *q, session: r.Session, gap: r.Gap}
}

// answered takes out the turn that follows a request, with the time when it is sent. It reports false where
// there is none.
func (t *turns) answered(a replica.Answer) (follower turn, found bool) {
	parked := t.parked.At(int(a.Index))
	found = parked != nil
	t.heard(a, found)
	if found {
		follower = *parked
		t.parked.Drop(int(a.Index))
		follower.at = a.At + follower.gap
		follower.request.Arrival = follower.at
	}
	return follower, found
}

// outbox is turns whose time is known, as a heap with the earliest first.
type outbox []turn

// push puts a turn into its place.
func (o *outbox) push(t turn) {
	*o = append(*o, t)
	list, hole := *o, len(*o)-1
	for hole > 0 {
		up := (hole - 1) / 2
		if above := &list[up]; !t.before(above.at, above.request.Index) {
			break
		}
		list[hole] = list[up]
		hole = up
	}
	list[hole] = t
}

// pop takes out the earliest turn.
func (o *outbox) pop() {
	list := *o
	n := len(list) - 1
	last := &list[n]
	hole := 0
	for {
		down := 2*hole + 1
		if down >= n {
			break
		}
		if other := &list[down]; down+1 < n && list[down+1].before(other.at, other.request.Index) {
			down++
		}
		if next := &list[down]; !next.before(last.at, last.request.Index) {
			break
		}
		list[hole] = list[down]
		hole = down
	}
	list[hole] = *last
	*o = list[:n]
}
