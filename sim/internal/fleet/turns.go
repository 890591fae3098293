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
