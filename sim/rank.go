package sim

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// rank is one data-parallel rank: a scheduler with its queue, its running sequences and its pool of blocks. It is the
// sched.Rank of its policy.
type rank struct {
	number   int // among its replica's
	policy   sched.Policy
	stages   int // of the pipeline
	piece    int // most tokens of a prompt in one microbatch
	shape    *shape
	account  *account
	queue    queue
	roster   roster
	decoders decoders
	partial  []sched.Seq // running sequences whose prompt is not computed yet, in order of admission
	pool     *kv.Pool
	keys     *keyring // nil without prefix caching
	found    found
	reserved int // sum of the running sequences'
	gaps     gaps
	plan     plan
	now      units.Picoseconds // of the plan
	done     []sched.Seq       // reused
}

// plan is a rank's part of the next step.
type plan struct {
	decodes  bool // every decoding sequence gets a token
	chunks   []chunk
	patience int // steps for which the policy stands by it
}

// chunk is a stretch of a prompt that a step computes.
type chunk struct {
	seq sched.Seq
	n   int
}

var _ sched.Rank = (*rank)(nil)

// outstanding is the number of requests that the rank has not answered.
func (r *rank) outstanding() int { return r.queue.n + r.queue.late + r.roster.running }

// form lets the policy plan the next step.
func (r *rank) form(now units.Picoseconds) {
	r.now = now
	r.plan.decodes, r.plan.chunks = false, r.plan.chunks[:0]
	r.plan.patience = r.policy.Plan(r)
}

// decoding is the number of sequences that decode in the planned step.
func (r *rank) decoding() int {
	if r.plan.decodes {
		return r.decoders.n
	}
	return 0
}

// load is what the planned step asks of the model.
func (r *rank) load(l *arch.Load) {
	*l = arch.Load{Decodes: r.decoding()}
	if l.Decodes > 0 {
		l.DecodeKeys = r.decoders.keys
		l.Samples = l.Decodes
	}
	for _, c := range r.plan.chunks {
		s := &r.roster.all[c.seq]
		for done := 0; done < c.n; {
			n := min(c.n-done, r.piece)
			l.AddChunk(r.shape.reaches, int(s.computed)+done, n, int(s.computed)+done+n == s.known())
			done += n
		}
	}
}

// land carries out the planned steps, which are over at the end of a flight.
func (r *rank) land(f *flight, end units.Picoseconds) {
	r.done = r.done[:0]
	if r.decoding() > 0 {
		r.account.decoded(int64(r.decoders.n) * f.steps)
		r.gaps.close(f, end, &r.account.itl)
		r.decoders.advance(f.steps)
		r.done = r.decoders.finished(r.done)
		if f.steps > 1 {
			r.policy.Skip(int(f.steps - 1))
		}
	}
	for _, s := range r.done {
		r.decoders.drop(&r.roster.all[s].entry)
	}
	for _, c := range r.plan.chunks {
		r.compute(c, f, end)
	}
	if len(r.done) > 1 {
		slices.SortFunc(r.done, func(a, b sched.Seq) int {
			return int(r.roster.all[a].serial - r.roster.all[b].serial)
		})
	}
	for _, s := range r.done {
		r.finish(s, end)
	}
}

// compute takes note of a computed chunk. The last one of a prompt yields a token, after which the sequence decodes.
func (r *rank) compute(c chunk, f *flight, end units.Picoseconds) {
	s := &r.roster.all[c.seq]
	if r.stages > 1 && s.generated == 0 {
		s.lag = lagAfter(s.lag, end-f.start, c.n, r.piece, r.stages)
	}
	s.computed += int32(c.n)
	if int(s.computed) < s.known() {
		return
	}
	i := slices.Index(r.partial, c.seq)
	r.partial = slices.Delete(r.partial, i, i+1)
	s.partial = false
	measured := r.account.measures(s.arrival)
	if s.generated == 0 {
		s.first = end
		r.account.firstToken(s, end)
	} else if measured {
		r.account.itl.add(end-s.last, 1)
	}
	s.generated++
	s.last = end
	r.account.decoded(1)
	if measured {
		r.gaps.open(end, 1)
	}
	if s.generated == s.output {
		r.done = append(r.done, c.seq)
		return
	}
	r.decoders.join(c.seq, &s.entry, s.known(), int(s.output-s.generated))
}

// finish answers a request.
func (r *rank) finish(id sched.Seq, end units.Picoseconds) {
	s := &r.roster.all[id]
	r.release(s, int(s.input+s.output-1), false) // the last token is not computed
	r.reserved -= int(s.reserved)
	if r.account.measures(s.arrival) {
		r.gaps.leave(end)
	}
	r.account.finished(s, end)
	r.roster.stop(id)
	r.roster.dismiss(id)
	if r.keys != nil {
		r.keys.drop(s.content)
	}
}
