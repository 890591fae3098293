package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// rank is one data-parallel rank: a scheduler with its queue, its running sequences and its pool of blocks.
// It is the sched.Rank of its policy.
type rank struct {
	number   int // among its replica's
	policy   sched.Policy
	counter  sched.Counter // the policy, if it counts
	watcher  sched.Watcher // the policy, if it wants to know who has ended
	clips    bool          // the policy is a sched.Clipper
	overseer *overseer     // between the two; nil where plans are taken as they are
	stages   int           // of the pipeline
	piece    int           // most tokens of a prompt in one microbatch
	shape    *decode.Shape
	account  *Account
	queue    queue
	roster   roster
	decoders decode.Decoders
	partial  []sched.Seq // running sequences whose prompt is not computed yet, in order of admission
	pool     kv.BlockPool
	keys     *Keyring // nil without prefix caching
	found    found
	// what the cache holds of the waiting request looked at last; nil where nothing can be
	hit      *beginning
	place    int  // of the waiting request looked at last
	reserves bool // the policy asks for what is reserved
	whole    bool // a prompt has all its blocks from its first piece on
	reserved int  // sum of the running sequences'
	gaps     gaps
	plan     stepPlan
	pace     pace              // of the flight under way, where it only decodes
	now      units.Picoseconds // of the plan
	done     []sched.Seq       // to be answered at the end of the flight
	caching  sched.Caching
	// windowed layers hold all of a chunk while it is computed, and the cache has groups for them
	sliding   bool
	snapshots bool        // the cache keeps recurrent states
	sided     bool        // either
	filing    []sched.Seq // prompts that the last step completed, and that the cache is to know
	verifies  bool        // steps verify drafts
	plain     bool        // the planned step drafts nothing
	room      int         // sequences for whose drafts a step has tokens left
	late      bool        // steps are planned ahead, so that ends are seen late: see leaving.go
	leaving   []sched.Seq // answered, and yet to be seen to have ended
	overruns  int         // how many of those the next step computes all the same
	ghosts    []sched.Seq // which have left, and the step under way computes
	sitting   []sched.Seq // which sit out the step under way
	lot       *lot        // of a decode pool
	exports   *exports    // of a prefill pool
	swapped   []sched.Seq // at the host, in order of admission
	moved     int         // blocks that went there or came from there since the last step began
	silent    bool        // the token of a prompt is thrown away: see pins.go
	tails     *tails      // nil unless a result says how long requests' longest gaps were
}

// stepPlan is a rank's part of the next step.
type stepPlan struct {
	decodes  bool  // every decoding sequence gets a token
	decoding int64 // sequences that do
	chunks   []chunk
	patience int  // steps for which the policy stands by it
	seen     bool // sequences have left since, which it still counted
}

// chunk is a stretch of a prompt that a step computes.
type chunk struct {
	seq  sched.Seq
	rows bool // of a sequence that decodes: see rows.go
	n    int
}

var _ sched.Rank = (*rank)(nil)

// aware tells whether the policy knows of any request that may have a part in the next step.
func (r *rank) aware() bool {
	return r.queue.n+r.roster.running-len(r.leaving)+r.overruns > 0 || r.lot.hasReady()
}

// outstanding is the number of requests that the rank has not answered.
func (r *rank) outstanding() int {
	n := r.queue.n + r.queue.late + r.roster.running - len(r.leaving) + len(r.swapped)
	if r.lot != nil {
		n += r.lot.contained
	}
	return n
}

// form plans the next step.
func (r *rank) form(now units.Picoseconds) {
	r.now = now
	r.plan.chunks = r.plan.chunks[:0]
	if len(r.sitting) > 0 {
		r.resume()
	}
	if r.settled() {
		r.pool.Take(r.DecodeBlocks())
		if r.lot != nil {
			r.nameLast()
		}
		r.plan.decoding, r.plan.patience = r.decoders.N, sched.Always
		if r.counter != nil {
			r.counter.Skip(r, 1)
		}
	} else {
		r.plan.decodes, r.plan.decoding = false, 0
		if r.overseer != nil {
			r.plan.patience = r.overseer.plan(r.policy)
		} else {
			r.plan.patience = r.policy.Plan(r)
		}
		if r.plan.decodes {
			r.plan.decoding = r.decoders.N
		}
	}
	if r.verifies {
		r.plain = r.decoders.Disable(r.roster.running)
	}
	if r.plan.decoding > 0 {
		r.decoders.TurnBlocks()
	}
	if r.late {
		r.plan.seen = r.see()
	}
}

// settled tells that all sequences decode, and nothing is left to a policy to decide.
func (r *rank) settled() bool {
	return r.queue.n == 0 && len(r.partial)+len(r.swapped) == 0 && r.decoders.N > 0 &&
		r.DecodeBlocks() <= r.pool.Free() && (!r.verifies || int(r.decoders.N) <= r.room)
}

// load is what the planned step asks of the model.
func (r *rank) load(l *arch.Load) {
	*l = arch.Load{}
	if r.plan.decoding > 0 {
		r.decoders.Load(l)
	}
	for i := 0; i < len(r.plan.chunks); i++ {
		c := &r.plan.chunks[i]
		s := &r.roster.all[c.seq]
		if c.rows {
			rows := c.n
			if r.plain {
				rows = 1
			}
			l.AddChunk(r.shape.Reaches, s.known()-1, rows, true)
			continue
		}
		for from, to := int(s.computed), int(s.computed)+c.n; from < to; {
			n := min(to-from, r.piece)
			l.AddChunk(r.shape.Reaches, from, n, from+n == s.known())
			from += n
		}
	}
}

// land carries out the planned steps, which are over at the end of a flight.
func (r *rank) land(f *decode.Flight, end units.Picoseconds) {
	if r.plan.decoding > 0 {
		r.decoded(f, end)
	}
	if r.lot != nil && r.plan.decoding > 0 {
		r.decodedFirst(f)
	}
	if len(r.ghosts) > 0 {
		r.vanish()
	}
	for i := 0; i < len(r.plan.chunks); i++ {
		r.compute(&r.plan.chunks[i], f, end)
	}
	if len(r.done) > 0 {
		r.answer(end)
	}
}

// decoded takes note of what a flight's steps decoded, and of the sequences that are done with it.
//
//go:noinline // so that what it calls is
func (r *rank) decoded(f *decode.Flight, end units.Picoseconds) {
	d := &r.decoders
	if f.Pure {
		r.account.cruised(f, d)
	}
	if r.counter != nil && f.Steps > 1 {
		r.counter.Skip(r, int(f.Steps-1))
	}
	if r.tails != nil {
		r.tails.decoded(f, r.gaps.latest)
	}
	r.gaps.close(f, end, &r.account.ITL)
	d.Advance(f.Steps)
	if d.Finishing() {
		r.done = d.TakeFinished(r.done)
		for _, id := range r.done {
			if s := &r.roster.all[id]; !s.overruns {
				d.Drop(&s.Entry)
			}
		}
	}
	if r.verifies {
		r.account.Decoded(d.Given(r.done))
	} else {
		r.account.Decoded(decode.Tokens(r.plan.decoding-int64(len(r.ghosts)), f.Steps))
	}
}

// answer answers the requests that are done, in the order of their admission.
func (r *rank) answer(end units.Picoseconds) {
	if len(r.done) > 1 {
		slices.SortFunc(r.done, func(a, b sched.Seq) int {
			return r.roster.all[a].serial.than(r.roster.all[b].serial)
		})
	}
	for _, s := range r.done {
		r.finish(s, end)
	}
	r.done = r.done[:0]
}

// compute takes note of a computed chunk. The last one of a prompt yields a token, after which the sequence
// decodes.
//
//go:noinline // so that what it calls is
func (r *rank) compute(c *chunk, f *decode.Flight, end units.Picoseconds) {
	s := &r.roster.all[c.seq]
	if c.rows {
		r.verified(c, s, end)
		return
	}
	if r.stages > 1 && s.generated == 0 {
		s.Lag = LagAfter(s.Lag, end-f.Start, c.n, r.piece, r.stages)
	}
	s.computed += int32(c.n)
	if r.keys != nil && r.caching.AfterPass {
		r.passed(c.seq, s)
	}
	if r.sided {
		r.rest(c.seq, s, c.n)
	}
	if int(s.computed) < s.known() {
		return
	}
	r.leavePartial(c.seq)
	s.partial = false
	measured := r.account.measures(s.Arrival)
	if s.generated == 0 {
		if s.First = end; !r.silent {
			r.account.firstToken(s, end)
		}
	} else if measured {
		r.account.ITL.Add(float64(end-s.last), 1)
	}
	if r.tails != nil {
		r.tails.computed(c.seq, s, end)
	}
	s.generated++
	s.last = end
	if !r.silent {
		r.account.Decoded(1)
	}
	if measured {
		r.gaps.open(end, 1)
	}
	if r.verifies {
		r.decoders.Introduce(c.seq, &s.Entry, s.Index, s.generated == 1)
	}
	s.overruns = r.late && r.policy.Overruns(int(s.Output), int(s.MaxOutput))
	if s.generated == s.Output {
		r.done = append(r.done, c.seq)
		if !s.overruns {
			return
		}
	}
	r.decoders.Join(c.seq, &s.Entry, s.known(), int(s.Output-s.generated), s.overruns)
}

// finish answers a request.
func (r *rank) finish(id sched.Seq, end units.Picoseconds) {
	s := &r.roster.all[id]
	if r.account.measures(s.Arrival) {
		r.gaps.leave(end)
	}
	if r.tails != nil {
		r.account.LongGaps = r.tails.longest(id)
		r.tails.tidy()
	}
	if r.exports == nil || !r.export(id, s, end) {
		r.account.Finished(s, end)
	}
	if r.late {
		r.linger(id, s)
		return
	}
	if r.watcher != nil {
		r.watcher.Left(r.finished(id, s), false)
	}
	if r.verifies {
		r.giveAhead(s, r.extent(s), false)
	}
	r.leave(id, s, r.extent(s))
}

// leavePartial takes a sequence out of those whose prompt is not computed yet.
func (r *rank) leavePartial(id sched.Seq) {
	if len(r.partial) == 1 {
		r.partial = r.partial[:0]
		return
	}
	i := slices.Index(r.partial, id)
	r.partial = slices.Delete(r.partial, i, i+1)
}
