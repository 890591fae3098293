package fleet

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
)

// move is what becomes of a request that a prefill replica computes.
type move struct {
	remote       replica.Remote
	source, mate int // replicas; mate is -1 until one is chosen
	session      uint64
	asked        bool // the transfer has begun, or will at a time that is known
	begun        bool // it has begun
	flown        bool // all bytes have gone
	over         bool // it has ended
	left         bool // the request's client has left
	let, free    bool // it has been let go by its source, and by its destination
	bytes        int64
	start        units.Picoseconds
	arrived      units.Picoseconds // when the last byte had
}

// of is what becomes of a request.
func (x *exchange) of(m *replica.Remote) *move { return x.moves[m.Ticket] }

// fresh is a move that begins.
func (x *exchange) fresh() *move {
	for len(x.held) > 0 && !x.held[0].remote.IsPinned() {
		x.spare = append(x.spare, x.held[0])
		x.held = slices.Delete(x.held, 0, 1)
	}
	x.open++
	if n := len(x.spare); n > 0 {
		v := x.spare[n-1]
		x.spare = x.spare[:n-1]
		*v = move{mate: -1, remote: replica.Remote{Ticket: v.remote.Ticket}}
		return v
	}
	v := &move{mate: -1, remote: replica.Remote{Ticket: len(x.moves)}}
	x.moves = append(x.moves, v)
	return v
}

// close is the end of a move.
func (x *exchange) close(v *move) {
	x.open--
	if v.remote.IsPinned() {
		x.held = append(x.held, v)
	} else {
		x.spare = append(x.spare, v)
	}
}
