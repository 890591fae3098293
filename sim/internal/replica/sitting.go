package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// A policy may let decoding sequences sit out a step. Decoders are followed as a whole, so that such a
// sequence leaves them, and joins them again before the next plan.

func (r *rank) SitOut(id sched.Seq) {
	s := &r.roster.all[id]
	if s.left { // the step would have computed it once more than it needs
		s.overruns = false
		r.overruns--
		r.decoders.Drop(&s.Entry)
		return
	}
	r.pause(id, s)
	s.sits = true
	r.sitting = append(r.sitting, id)
}

// pause takes a sequence out of the decoders.
func (r *rank) pause(id sched.Seq, s *Sequence) {
	known := r.decoders.Known(&s.Entry)
	r.decoders.Leave(id, &s.Entry)
	if r.verifies {
		if given := r.decoders.Given(nil); given != 0 { // else there may have been no step yet
			r.account.Decoded(given)
		}
	}
	s.generated = int32(known) - s.Input
	s.last = r.latest(s)
	if r.tails != nil {
		r.tails.pause(id)
	}
	if s.generated > 0 && r.account.measures(s.Arrival) { // else it has no token yet: see lot.go
		r.gaps.leave(s.last)
	}
}

// resume lets those decode again that sat out the last step.
func (r *rank) resume() {
	for _, id := range r.sitting {
		s := &r.roster.all[id]
		s.sits, s.sat = false, r.gaps.latest
		r.goOn(id, s)
		if s.generated > 0 && r.account.measures(s.Arrival) {
			r.gaps.reopen(s.last)
		}
		if r.verifies {
			r.decoders.Keep(id)
		}
		r.decoders.Join(id, &s.Entry, s.known(), int(s.Output-s.generated), s.overruns)
	}
	r.sitting = r.sitting[:0]
}

// goOn lets a sequence's gaps be followed again that had some of its answer.
func (r *rank) goOn(id sched.Seq, s *Sequence) {
	switch {
	case r.tails == nil:
	case s.generated > 0:
		r.tails.begin(id, s.last, false)
	default:
		r.tails.begin(id, none, true)
	}
}

// latest is the end of the step of a decoding sequence's latest token. Since it joined it has had one in
// every decode step, and none where there was none since it last came back.
func (r *rank) latest(s *Sequence) units.Picoseconds {
	if s.sat == r.gaps.latest {
		return s.last
	}
	return max(s.last, r.gaps.latest)
}

// sittingBlocks is how many blocks a sequence holds that sits out a step.
func (r *rank) sittingBlocks(id sched.Seq, s *Sequence) int {
	if r.verifies {
		return r.decoders.KeptBlocks(id)
	}
	return r.Footprint(s.known() - 1)
}

// rise makes a sequence one that does not sit out the step any more, but is gone from it.
func (r *rank) rise(id sched.Seq, s *Sequence) {
	s.sits = false
	r.sitting = slices.DeleteFunc(r.sitting, func(x sched.Seq) bool { return x == id })
}
