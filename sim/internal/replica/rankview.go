package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/sched"
)

// What a policy sees of a rank, and does to it: see sched.Rank.

func (r *rank) Running() int { return r.roster.running }

func (r *rank) Decoding() int { return int(r.decoders.N) }

func (r *rank) Partial() []sched.Seq { return r.partial }

func (r *rank) Computed(id sched.Seq) int { return int(r.roster.all[id].computed) }

func (r *rank) Remaining(id sched.Seq) int {
	s := &r.roster.all[id]
	return s.known() - int(s.computed)
}

func (r *rank) Declared(id sched.Seq) int { return int(r.roster.all[id].MaxOutput) }

func (r *rank) Arrival(id sched.Seq) int { return int(r.roster.all[id].Index) }

func (r *rank) Last() sched.Seq { return r.roster.latest() }

func (r *rank) AppendDecoding(list []sched.Decoding) []sched.Decoding {
	for _, a := range r.roster.eldest() {
		s := &r.roster.all[a.seq]
		if s.partial || s.left && !s.overruns {
			continue
		}
		list = append(list, r.decoding(a.seq, s))
	}
	return list
}

// decoding is a decoding sequence as a policy sees it.
func (r *rank) decoding(id sched.Seq, s *Sequence) sched.Decoding {
	generated := r.decoders.Known(&s.Entry) - int(s.Input)
	if r.late && r.latest(s) == r.now { // the token of the step that ends now
		generated -= r.decoders.Latest(&s.Entry)
	}
	return sched.Decoding{Seq: id, Input: int(s.Input), Generated: generated, MaxOutput: int(s.MaxOutput)}
}

func (r *rank) AppendRunning(list []sched.Running) []sched.Running {
	for _, a := range r.roster.eldest() {
		s := &r.roster.all[a.seq]
		standing := sched.Decodes
		switch {
		case s.partial:
			standing = sched.Computes
		case s.left && !s.overruns:
			standing = sched.Ended
		}
		running := sched.Running{Seq: a.seq, Standing: standing, Arrival: int(s.Index)}
		if r.queue.order != nil {
			running.Key = r.queue.key(&s.Request)
		}
		list = append(list, running)
	}
	return list
}

func (r *rank) Blocks() int { return r.pool.Size() }

func (r *rank) Free() int { return r.pool.Free() }

func (r *rank) DecodeBlocks() int { return r.decoders.DueBlocks() }

func (r *rank) TokenBlocks(id sched.Seq) int {
	if r.verifies {
		return r.decoders.NextBlocks(&r.roster.all[id].Entry)
	}
	known := r.decoders.Known(&r.roster.all[id].Entry)
	return r.Footprint(known) - r.Footprint(known-1)
}

func (r *rank) ExtendBlocks(id sched.Seq, n int) int {
	s := &r.roster.all[id]
	return r.chunkBlocks(s, n) - r.Footprint(r.held(s, 0))
}

// chunkBlocks is the number of blocks that a partial sequence holds while n more tokens are computed.
func (r *rank) chunkBlocks(s *Sequence, n int) int {
	if r.sliding {
		return r.shape.Layout.Chunk(int(s.computed), n)
	}
	return r.Footprint(r.held(s, n))
}

// held is for how many tokens a partial sequence holds blocks when n more are computed.
func (r *rank) held(s *Sequence, n int) int {
	if r.whole {
		return s.known()
	}
	return int(s.computed) + n
}

func (r *rank) Footprint(tokens int) int { return r.shape.Layout.Blocks(tokens) }

func (r *rank) BlockTokens() int { return r.shape.Layout.BlockTokens }

func (r *rank) Extent(tokens int) int {
	l := &r.shape.Layout
	unfilled := units.CeilDiv(tokens, l.BlockTokens)*l.BlockTokens - tokens
	return r.Footprint(tokens)*l.BlockTokens - unfilled*l.Full
}

func (r *rank) Growth(tokens int) int { return tokens * r.shape.Layout.Full }

func (r *rank) Late() bool { return r.late }

func (r *rank) Reserved() int { return r.reserved }

func (r *rank) Waiting() int { return r.queue.n }

func (r *rank) Came(place int) int { return int(r.queue.at(place).Index) }

func (r *rank) Doubled() int { return r.pool.Doubled() }

func (r *rank) NewBlock(id sched.Seq) (uint64, bool) {
	return r.newBlock(&r.roster.all[id].Request)
}

func (r *rank) Head() sched.Request { return r.Look(0) }

func (r *rank) Deep() bool { return r.queue.order == nil }

func (r *rank) Common(a, b int) int {
	if r.keys == nil {
		return 0
	}
	return r.keys.common(&r.queue.at(a).Request, &r.queue.at(b).Request)
}

func (r *rank) Arrange(places []int) { r.queue.arrange(places) }

func (r *rank) Look(place int) sched.Request {
	r.place = place
	w := r.queue.at(place)
	if w.seq != decode.Nobody || r.mayBeCached(w) {
		return r.met(w)
	}
	if r.hit != nil {
		r.hit = nil
	}
	return sched.Request{Known: int(w.Input), MaxOutput: int(w.MaxOutput)}
}

// met is a waiting head that has run before, or begins with what the cache may hold.
func (r *rank) met(w *waiter) sched.Request {
	h := sched.Request{Known: int(w.Input), MaxOutput: int(w.MaxOutput)}
	if w.seq != decode.Nobody {
		h.Generated = int(r.roster.all[w.seq].generated)
		h.Known += h.Generated
	}
	if r.hit = nil; r.keys != nil {
		r.hit = r.cached(w)
		h.Cached = r.hit.blocks()*r.shape.Layout.BlockTokens + r.hit.part
		if r.reserves {
			h.NewBlock, h.New = r.newBlock(&w.Request)
		}
	}
	return h
}

func (r *rank) HeadDemand() int {
	w := r.queue.at(r.place)
	return r.Footprint(r.policy.Demand(int(w.Input), int(w.Output), int(w.MaxOutput)))
}

func (r *rank) AdmitBlocks(tokens, step int) int {
	n := 0
	if r.sliding {
		cached := 0
		if r.hit != nil {
			cached = r.hit.blocks() * r.shape.Layout.BlockTokens
		}
		n = max(r.shape.Layout.Admission(tokens, step), r.shape.Layout.Chunk(cached, min(step, tokens-cached)))
	} else {
		n = r.Footprint(tokens)
	}
	if r.hit != nil {
		n -= r.claimed()
	}
	return n
}

func (r *rank) CachedFree() int {
	if r.hit == nil {
		return 0
	}
	return r.hit.blocks()*r.shape.Layout.Full - r.claimed()
}

// claimed is the number of blocks that others hold of what the cache holds of the head.
func (r *rank) claimed() (n int) {
	for _, s := range r.hit.shared {
		if r.pool.Shared(s) {
			n += r.shape.Layout.Full * s.Blocks()
		}
	}
	for _, x := range r.hit.sides {
		if r.pool.Shared(x.held) {
			n += r.shape.Layout.Windows[x.group].Blocks
		}
	}
	return n
}

func (r *rank) Decode() {
	r.plan.decodes = true
	r.pool.Take(r.DecodeBlocks())
	if r.lot != nil {
		r.nameLast()
	}
}

func (r *rank) Extend(id sched.Seq, n int) {
	s := &r.roster.all[id]
	r.pool.Take(r.ExtendBlocks(id, n))
	r.name(id, int(s.computed)+n)
	r.plan.chunks = append(r.plan.chunks, chunk{seq: id, n: n})
}

func (r *rank) Admit(n int) {
	w := r.queue.pick(r.place)
	r.account.wait(r.now, -1)
	id, s := w.seq, (*Sequence)(nil)
	if id == decode.Nobody {
		id, s = r.roster.enrol(&w.Request)
	} else {
		s = &r.roster.all[id]
	}
	r.roster.run(id, s)
	if r.exports != nil {
		r.exports.begins(s.Index, r.now)
	}
	hit, part := 0, 0
	if r.hit != nil {
		hit, part = r.claim(id, r.hit), r.hit.part
	}
	s.partial, s.computed = true, int32(hit*r.shape.Layout.BlockTokens+part)
	s.filed = s.computed
	if r.reserves {
		s.reserved = int32(r.Footprint(r.policy.Demand(int(s.Input), int(s.Output), int(s.MaxOutput))))
		r.reserved += int(s.reserved)
	}
	if r.sided {
		r.pool.Take(r.chunkBlocks(s, n) - hit*r.shape.Layout.Full - r.sideBlocks(id))
	} else {
		r.pool.Take(r.Footprint(r.held(s, n)) - hit*r.shape.Layout.Full)
	}
	if r.hit != nil {
		r.name(id, int(s.computed)+n)
	}
	r.partial = append(r.partial, id)
	if s.Preemptions == 0 {
		r.account.looked(s, hit)
	}
	r.plan.chunks = append(r.plan.chunks, chunk{seq: id, n: n})
}

func (r *rank) Vacate(blocks int) {
	if r.pool.Ordered() {
		r.pool.Vacate(blocks)
	}
}

func (r *rank) Preempt(id sched.Seq, where sched.End) {
	s := &r.roster.all[id]
	if s.left {
		r.oust(id, s)
		return
	}
	if s.partial {
		r.leavePartial(id)
		r.free(id, s, int(s.computed), true)
		s.partial = false
		if s.generated == 0 {
			s.Lag = 0
		}
	} else {
		known := r.decoders.Known(&s.Entry)
		if r.verifies {
			r.giveAhead(s, known-1, false)
		}
		s.unseen = r.unseen(s, known-1)
		r.free(id, s, known-1, true)
		if s.sits {
			r.rise(id, s)
		} else {
			r.pause(id, s)
		}
		if r.lot != nil {
			r.lot.drop(id)
		}
	}
	s.computed = 0
	s.unfiled = false
	s.Preemptions++
	r.reserved -= int(s.reserved)
	r.roster.stop(s)
	r.queue.push(&s.Request, id, where)
	r.account.Preempted(r.now)
	r.account.wait(r.now, 1)
	if r.exports != nil && s.Preemptions > mostDrivenOut {
		r.exports.port.stuck = true
	}
}
