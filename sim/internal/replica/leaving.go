package replica

import (
	"slices"

	"github.com/roofserve/roofserve/sim/sched"
)

// Under asynchronous scheduling a step is planned while the one before it runs. A sequence that ends in
// that one is answered when it is over, but the plan still counts it: its slot and its blocks are free
// for the plan after. Some even take part in the planned step, whose result for them is thrown away:
// those whose end could not be foreseen, and under SGLang all (sched.Policy's Overruns).

// linger keeps an answered sequence until its end is seen.
func (r *rank) linger(id sched.Seq, s *Sequence) {
	r.leaving = append(r.leaving, id)
	s.left = true
	if s.overruns {
		r.overruns++
		return
	}
	// that it gets no more tokens is known; it still holds what it has
	r.holdOnly(s, r.extent(s))
}

// extent is the number of tokens that a sequence which has ended holds in the cache.
func (r *rank) extent(s *Sequence) int {
	return int(s.Input + s.Output - 1) // the last token is not computed
}

// finished is a sequence that has ended as a policy sees it.
func (r *rank) finished(id sched.Seq, s *Sequence) sched.Decoding {
	return sched.Decoding{Seq: id, Input: int(s.Input), Generated: int(s.Output), MaxOutput: int(s.MaxOutput)}
}

// see lets go, after a plan, of the sequences that had ended by then. It tells whether there were any. Those
// that have a part in the planned step stay among the decoders until it is over.
func (r *rank) see() bool {
	if len(r.filing) > 0 {
		r.fileLate()
	}
	if len(r.leaving) == 0 {
		return false
	}
	for _, id := range r.leaving {
		s := &r.roster.all[id]
		tokens := r.extent(s)
		switch {
		case !s.overruns:
		case r.plan.decoding > 0:
			if !r.verifies {
				tokens++
			}
			r.ghosts = append(r.ghosts, id)
		default:
			r.decoders.Drop(&s.Entry)
		}
		if r.watcher != nil {
			r.watcher.Left(r.finished(id, s), true)
		}
		if r.verifies {
			r.giveAhead(s, tokens, s.overruns && r.plan.decoding > 0)
		}
		r.leave(id, s, tokens)
	}
	r.leaving, r.overruns = r.leaving[:0], 0
	return true
}

// vanish takes those out of the decoders that took part in a step after their last.
func (r *rank) vanish() {
	for _, id := range r.ghosts {
		r.decoders.Drop(&r.roster.all[id].Entry)
	}
	r.ghosts = r.ghosts[:0]
}

// oust lets go at once of a sequence that has ended, as its blocks are needed.
func (r *rank) oust(id sched.Seq, s *Sequence) {
	i := slices.Index(r.leaving, id)
	r.leaving = slices.Delete(r.leaving, i, i+1)
	if r.verifies {
		r.giveAhead(s, r.extent(s), false)
	}
	if s.overruns {
		r.overruns--
		r.decoders.Drop(&s.Entry)
	}
	s.unseen = r.unseen(s, r.extent(s))
	r.leave(id, s, r.extent(s))
}

// holdOnly reserves for a sequence no more than it holds of so many tokens.
func (r *rank) holdOnly(s *Sequence, tokens int) {
	if held := int32(r.Footprint(tokens)); s.reserved > held {
		r.reserved -= int(s.reserved - held)
		s.reserved = held
	}
}

// leave lets go of a sequence that has ended and holds some tokens in the cache.
func (r *rank) leave(id sched.Seq, s *Sequence, tokens int) {
	r.roster.stop(s)
	if r.exports == nil || !r.pin(id, s, tokens) {
		r.forget(id, s, tokens)
	}
}

// forget frees the blocks of a sequence that does not run any more.
func (r *rank) forget(id sched.Seq, s *Sequence, tokens int) {
	r.free(id, s, tokens, false)
	r.reserved -= int(s.reserved)
	r.roster.dismiss(id)
	if r.keys != nil {
		r.keys.Drop(s.Content)
	}
}

// giveAhead frees what a decoding sequence that is to leave holds for drafts beyond the tokens that it has
// computed. Whether the next step is planned decides for how many that is.
func (r *rank) giveAhead(s *Sequence, computed int, planned bool) {
	if n := r.decoders.HeldBlocks(&s.Entry, planned) - r.Footprint(computed); n > 0 {
		if r.keys != nil {
			r.pool.Spoil(n)
		} else {
			r.pool.Give(n)
		}
	}
}
