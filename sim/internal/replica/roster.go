package replica

import (
	"sync"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Sequence is a request that has been admitted. It fills two lines of a processor's cache.
type Sequence struct {
	Request
	decode.Entry        // while it decodes
	serial       serial // 0 while it does not run
	generated    int32  // output tokens so far; while it decodes, when it joined
	computed     int32  // tokens in the cache, while its prompt is partial
	Cached       int32  // prompt tokens found in the prefix cache
	Preemptions  int32
	reserved     int32             // blocks at its declared longest
	partial      bool              // prompt not computed yet
	overruns     bool              // it takes part in the step after its last one: see leaving.go
	left         bool              // answered, and yet to be seen to have ended
	sits         bool              // it sits out the step: see sitting.go
	unfiled      bool              // its prompt is computed, which is yet to be seen
	unseen       bool              // its last block became full when it was driven out, and is not known
	filed        int32             // tokens of it that the prefix cache knows
	kept         kv.Node           // run of its own blocks that it left when it was preempted
	First        units.Picoseconds // end of the step of its first token
	Lag          units.Picoseconds // by which its tokens leave the pipeline later than their rounds end
	// end of the step of its latest token, when it joined the decoders or left them
	last units.Picoseconds
	sat  units.Picoseconds // end of the latest decode step when it came back from sitting one out
}

// known is the number of tokens that a sequence must have computed before it decodes.
func (s *Sequence) known() int { return int(s.Input + s.generated) }

// roster is a rank's admitted sequences.
type roster struct {
	all []Sequence // by Seq
	// by Seq: blocks with a known content, from the first one on; of sequences without content ids none
	chains  [][]kv.Stretch
	sides   [][]side // by Seq: what windowed layers hold of those
	vacant  []sched.Seq
	running int
	serial  serial
	order   []admission // of the running sequences, and of some that have left
}

// rosters are the memory of those that nobody reads any more, for the next simulations to fill.
var rosters = sync.Pool{New: func() any { return new(roster) }}

// newRoster is nobody's.
func newRoster() roster { return *rosters.Get().(*roster) }

// release gives a roster's memory away.
func (r *roster) release() {
	clear(r.chains)
	clear(r.sides)
	rosters.Put(&roster{all: r.all[:0], chains: r.chains[:0], sides: r.sides[:0], vacant: r.vacant[:0],
		order: r.order[:0]})
	*r = roster{}
}

// serial is the order of admission. It starts anew after four billion of them, by when those that had the
// same have long left.
type serial uint32

// than is below 0 where a was admitted before b, if both run.
func (a serial) than(b serial) int { return int(int32(a - b)) }

// admission is a sequence's under a serial number, which it has for as long as it runs.
type admission struct {
	serial serial
	seq    sched.Seq
}

// enrol makes a request that has not run yet a sequence, which stays where it is until the next one is
// enrolled.
func (r *roster) enrol(q *Request) (id sched.Seq, s *Sequence) {
	if n := len(r.vacant); n > 0 {
		id, r.vacant = r.vacant[n-1], r.vacant[:n-1]
	} else {
		id = sched.Seq(len(r.all))
		r.all = append(r.all, Sequence{})
		r.chains = append(r.chains, nil)
		r.sides = append(r.sides, nil)
	}
	// Field by field: the whole struct would be built aside and copied, which shows in the hot loop.
	s = &r.all[id]
	s.Request = *q
	s.generated, s.computed, s.Cached, s.Preemptions = 0, 0, 0, 0
	s.reserved, s.kept, s.Lag = 0, kv.Missing, 0
	s.left, s.unfiled, s.unseen = false, false, false
	return id, s
}

// run puts a sequence at the end of the running ones.
func (r *roster) run(id sched.Seq, s *Sequence) {
	if len(r.order) == cap(r.order) && r.running <= len(r.order)/2 {
		r.tidy()
	}
	if r.serial++; r.serial == 0 {
		r.serial++
	}
	r.order = append(r.order, admission{r.serial, id})
	r.running++
	s.serial = r.serial
}

// stop takes a sequence out of the running ones.
func (r *roster) stop(s *Sequence) {
	s.serial = 0
	r.running--
}

// tidy forgets admissions of sequences that have left.
func (r *roster) tidy() {
	if len(r.order) == r.running {
		return
	}
	running := r.order[:0]
	for _, a := range r.order {
		if r.all[a.seq].serial == a.serial {
			running = append(running, a)
		}
	}
	r.order = running
}

// eldest lists the running sequences in order of admission.
func (r *roster) eldest() []admission {
	r.tidy()
	return r.order
}

// latest is the running sequence that was admitted last.
func (r *roster) latest() sched.Seq {
	for {
		last := r.order[len(r.order)-1]
		if r.all[last.seq].serial == last.serial {
			return last.seq
		}
		r.order = r.order[:len(r.order)-1]
	}
}

// dismiss forgets a sequence.
func (r *roster) dismiss(id sched.Seq) { r.vacant = append(r.vacant, id) }
