package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// A policy may swap a sequence out instead of having it computed again: its blocks go to the host's memory,
// which is taken to have room, and come back before it decodes on. Blocks that go or come make the step that
// they go with longer, on the rank where most do.

func (r *rank) Swapped() int { return len(r.swapped) }

func (r *rank) SwapBlocks() int {
	s := &r.roster.all[r.swapped[0]]
	return r.Footprint(s.known() - 1 + r.BlockTokens())
}

func (r *rank) Swap(id sched.Seq) {
	s := &r.roster.all[id]
	known := r.decoders.Known(&s.Entry)
	blocks := r.Footprint(known - 1)
	r.pool.Give(blocks)
	r.pause(id, s)
	s.Preemptions++
	r.roster.stop(s)
	r.swapped = slices.Insert(r.swapped, 0, id) // in order of admission: the last one that runs goes first
	r.moved += blocks
	r.account.Preempted(r.now)
	r.account.wait(r.now, 1)
}

func (r *rank) SwapIn() {
	id := r.swapped[0]
	r.swapped = slices.Delete(r.swapped, 0, 1)
	s := &r.roster.all[id]
	blocks := r.Footprint(s.known() - 1)
	r.pool.Take(blocks)
	r.roster.run(id, s)
	s.sat = r.gaps.latest
	r.goOn(id, s)
	if r.account.measures(s.Arrival) {
		r.gaps.reopen(s.last)
	}
	r.decoders.Join(id, &s.Entry, s.known(), int(s.Output-s.generated), s.overruns)
	r.moved += blocks
	r.account.wait(r.now, -1)
}

// swapTime is how long the blocks take that go to the host or come from it before a step, and forgets them.
func (p *Replica) swapTime() units.Picoseconds {
	if p.config.SwapBlock == 0 {
		return 0
	}
	most := 0
	for _, r := range p.ranks {
		most, r.moved = max(most, r.moved), 0
	}
	return units.Picoseconds(most) * p.config.SwapBlock
}
