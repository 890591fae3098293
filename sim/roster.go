package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// sequence is a request that has been admitted.
type sequence struct {
	request
	entry                 // while it decodes
	serial      int64     // order of admission
	older       sched.Seq // neighbours among the running sequences
	newer       sched.Seq
	generated   int32 // output tokens so far; while it decodes, when it joined
	computed    int32 // tokens in the cache, while its prompt is partial
	cached      int32 // prompt tokens found in the prefix cache
	preemptions int32
	reserved    int32             // blocks at its declared longest
	partial     bool              // prompt not computed yet
	chain       []kv.Node         // of blocks with a known content, from the first one on
	kept        kv.Node           // run of its own blocks that it left when it was preempted
	first       units.Picoseconds // end of the step of its first token
	lag         units.Picoseconds // by which its tokens leave the pipeline later than their rounds end
	last        units.Picoseconds // end of the step of its latest token, when it joined the decoders or left them
}

// known is the number of tokens that a sequence must have computed before it decodes.
func (s *sequence) known() int { return int(s.input + s.generated) }

// roster is a rank's admitted sequences, the running ones in order of admission.
type roster struct {
	all     []sequence // by Seq
	vacant  []sched.Seq
	latest  sched.Seq
	eldest  sched.Seq
	running int
	serial  int64
}

func newRoster() roster { return roster{latest: nobody, eldest: nobody} }

// enrol gives a request that has not run yet a Seq.
func (r *roster) enrol(q *request) sched.Seq {
	var id sched.Seq
	if n := len(r.vacant); n > 0 {
		id, r.vacant = r.vacant[n-1], r.vacant[:n-1]
	} else {
		id = sched.Seq(len(r.all))
		r.all = append(r.all, sequence{})
	}
	// Field by field: the whole struct would be built aside and copied, which shows in the hot loop.
	s := &r.all[id]
	s.request = *q
	s.generated, s.computed, s.cached, s.preemptions = 0, 0, 0, 0
	s.chain, s.kept, s.lag = s.chain[:0], kv.Missing, 0
	return id
}

// run puts a sequence at the end of the running ones.
func (r *roster) run(id sched.Seq) {
	s := &r.all[id]
	r.serial++
	s.serial = r.serial
	s.older, s.newer = r.latest, nobody
	if r.latest != nobody {
		r.all[r.latest].newer = id
	} else {
		r.eldest = id
	}
	r.latest = id
	r.running++
}

// stop takes a sequence out of the running ones.
func (r *roster) stop(id sched.Seq) {
	s := &r.all[id]
	if s.older != nobody {
		r.all[s.older].newer = s.newer
	} else {
		r.eldest = s.newer
	}
	if s.newer != nobody {
		r.all[s.newer].older = s.older
	} else {
		r.latest = s.older
	}
	r.running--
}

// dismiss forgets a sequence.
func (r *roster) dismiss(id sched.Seq) { r.vacant = append(r.vacant, id) }
