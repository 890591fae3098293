package fleet

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
)

// A client may leave while its request is between replicas. From then on nothing is begun for it: no decode
// replica is chosen, and no transfer begins. Both sides hear of it as of any request that is given up,
// before their next plans, and let go what they have; a prompt that is computed all the same was computed
// in vain. What holds blocks for the connector alone, a computed prompt that nobody fetches, frees them at
// once. A transfer that goes on ends as it would have, and until then both sides hold its blocks (vLLM
// frees those of a finished request that still receives when that is over).

// leave lets a request go whose client has left.
func (x *exchange) leave(m *replica.Remote, now units.Picoseconds) {
	f, v := x.fleet, x.of(m)
	v.left, m.Moving = true, v.begun
	x.waiting = slices.DeleteFunc(x.waiting, func(d due) bool { return d.begin && d.Remote == m })
	if !m.Computed {
		p := f.replicas[v.source]
		f.load(v.source, -1)
		x.desks.ended(prefillSide, m.Index)
		p.Abandon(m.Index, m.SourceRank(), now)
		f.touch(v.source, p)
		if v.flown {
			x.finish(m, v, now)
		}
	} else {
		x.unfetched(m, v, now)
	}
	if v.mate >= 0 {
		p := f.replicas[v.mate]
		f.load(v.mate, -1)
		x.desks.ended(decodeSide, m.Index)
		p.AbandonRemote(m, now)
		f.touch(v.mate, p)
	} else {
		x.drop(m)
		v.free = true
	}
	x.rearm()
	x.retire(v)
}

// inVain takes note that a prompt is computed whose client has left.
func (x *exchange) inVain(m *replica.Remote, v *move, now units.Picoseconds) {
	x.unfetched(m, v, now)
	x.retire(v)
}

// unfetched frees the blocks of a computed prompt, unless its transfer goes on.
func (x *exchange) unfetched(m *replica.Remote, v *move, now units.Picoseconds) {
	switch {
	case v.over:
		v.let = true
	case !v.begun:
		v.let = true
		x.free(m, v, now)
	}
}

// free lets the blocks of a prompt be free at its source.
func (x *exchange) free(m *replica.Remote, v *move, now units.Picoseconds) {
	f := x.fleet
	p := f.replicas[v.source]
	if p.Fetched(m, now); !p.Flying && (f.gateway != nil || !p.Idle()) {
		f.wake(v.source, p)
	}
}

// retire is the end of a move whose client has left, when nobody has anything to do with it any more.
func (x *exchange) retire(v *move) {
	if !v.left || !v.let || !v.free || v.begun && !v.over {
		return
	}
	m := &v.remote
	if m.Computed && !x.Again && m.Joined == 0 {
		x.fleet.replicas[v.source].Account.Wasted++ // the prompt's token; else it counts where it decodes
	}
	x.close(v)
}
