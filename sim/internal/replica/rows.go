package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// A step that has too few tokens for all drafts of a sequence may verify some of them. Such a sequence sits
// out the step as far as the decoders go: its rows are computed as a piece of a prompt would be, and what
// they give is known when the step is over. It decodes again from the next plan on, unless it has its output.

// RowBlocks counts blocks beyond those held for rows and drafts to come. Who has joined and not decoded yet
// computes all of its rows or none, and so does who has ended and is computed once more.
func (r *rank) RowBlocks(id sched.Seq, rows int) (blocks int, ok bool) {
	s := &r.roster.all[id]
	fresh := func(m *Remote) bool { return m.place == id }
	if s.left || r.lot != nil && slices.ContainsFunc(r.lot.fresh, fresh) {
		return 0, false
	}
	known, held := 0, 0
	if s.sits {
		known, held = s.known(), r.decoders.KeptBlocks(id)
	} else {
		known, held = r.decoders.Known(&s.Entry), r.decoders.HeldBlocks(&s.Entry, false)
	}
	return max(0, r.Footprint(known-1+rows+r.shape.Verify.Lookahead)-held), true
}

func (r *rank) ComputeRows(id sched.Seq, rows int) {
	blocks, _ := r.RowBlocks(id, rows)
	r.pool.Take(blocks)
	r.decoders.Hold(id, blocks)
	r.plan.chunks = append(r.plan.chunks, chunk{seq: id, rows: true, n: rows})
}

// verified takes note of what some rows have given a sequence.
func (r *rank) verified(c *chunk, s *Sequence, end units.Picoseconds) {
	given := min(r.decoders.Draw(c.seq, c.n-1), int(s.Output-s.generated))
	measured := r.account.measures(s.Arrival)
	if measured {
		r.account.ITL.Add(float64(end-s.last), 1)
	}
	if r.tails != nil {
		r.tails.computed(c.seq, s, end)
	}
	s.generated += int32(given)
	s.last = end
	r.account.Decoded(int64(given))
	if s.generated < s.Output {
		return
	}
	r.rise(c.seq, s)
	if measured {
		r.gaps.open(end, 1)
	}
	r.done = append(r.done, c.seq)
	r.decoders.Keep(c.seq)
	r.decoders.Join(c.seq, &s.Entry, s.known(), 0, s.overruns)
	if !s.overruns {
		r.decoders.Drop(&s.Entry)
	}
}
