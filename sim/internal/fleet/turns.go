package fleet

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// turns are the requests of a workload that follow the answers to others.
type turns struct {
	parked map[uint32]turn // by the index of the request that each follows
	due    []turn          // a heap of those whose time is known, the earliest first
	*sessions
}

// turn is a request that follows an answer.
type turn struct {
	request replica.Request
	session uint64
	gap     units.Picoseconds // after the answer
}

// before tells whether a turn arrives earlier than another, of two at the same instant the one that was read
// earlier.
func (t *turn) before(at units.Picoseconds, index uint32) bool {
	return t.request.Arrival < at || t.request.Arrival == at && t.request.Index < index
}

// park keeps a request until the one before it in the workload is answered.
func (t *turns) park(r *workloads.Request, q *replica.Request) {
	t.parked[q.Index-1] = turn{request: *q, session: r.Session, gap: r.Gap}
}

// next is when the earliest turn arrives; Forever where none is due.
func (t *turns) next() units.Picoseconds {
	if len(t.due) == 0 {
		return units.Forever
	}
	return t.due[0].request.Arrival
}

// answered lets the turn that follows a request arrive. It reports false where there is none.
func (t *turns) answered(a replica.Answer) bool {
	follower, found := t.parked[a.Index]
	t.heard(a, found)
	if !found {
		return false
	}
	delete(t.parked, a.Index)
	follower.request.Arrival = a.At + follower.gap
	t.due = append(t.due, follower)
	for i := len(t.due) - 1; i > 0; {
		up := (i - 1) / 2
		above := &t.due[up].request
		if !t.due[i].before(above.Arrival, above.Index) {
			break
		}
		t.due[i], t.due[up] = t.due[up], t.due[i]
		i = up
	}
	return true
}

// pop takes out the earliest turn.
func (t *turns) pop() {
	last := len(t.due) - 1
	t.due[0] = t.due[last]
	t.due = slices.Delete(t.due, last, last+1)
	for i := 0; ; {
		least := i
		for _, down := range [...]int{2*i + 1, 2*i + 2} {
			if down < len(t.due) && t.due[down].before(t.due[least].request.Arrival, t.due[least].request.Index) {
				least = down
			}
		}
		if least == i {
			return
		}
		t.due[i], t.due[least] = t.due[least], t.due[i]
		i = least
	}
}
