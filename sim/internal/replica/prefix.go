package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Prefix caching: a prompt's full blocks are known by their content, under vLLM as soon as they are
// scheduled, else as sched.Caching says. Blocks of generated tokens, and of prompts without content ids, are
// their sequence's own: it may find them again after it was preempted. Where content ids go on into the
// answer, its full blocks become known when it is complete or given up; engines know each as soon as it is
// full, but nobody asks for it earlier. What windowed layers and recurrent states keep under vLLM is in
// sides.go; other engines' windows are taken to be recovered with the blocks of the others.

// found is the cached beginning of the waiting head, remembered for as long as neither the cache changes nor
// what is known of the request: one that comes back has an answer, and more of it may be cached.
type found struct {
	index   int // of the request, less one
	known   int
	changes int
	beginning
}

// beginning is what the cache holds of a sequence: blocks whose content others may share, and after all of
// those that a prompt has, blocks of its own that it left when it was preempted.
type beginning struct {
	shared []kv.Stretch
	sides  []side // what windowed layers see of it
	own    int
	part   int // tokens of the block after them
}

func (b *beginning) blocks() int { return reach(b.shared) + b.own }

// reach is the number of blocks of stretches that follow each other from the first block on.
func reach(list []kv.Stretch) int {
	if len(list) == 0 {
		return 0
	}
	return int(list[len(list)-1].To)
}

// shorten cuts such stretches to so many blocks.
func shorten(list []kv.Stretch, blocks int) []kv.Stretch {
	for len(list) > 0 && int(list[len(list)-1].From) >= blocks {
		list = list[:len(list)-1]
	}
	if n := len(list); n > 0 {
		list[n-1].To = min(list[n-1].To, int32(blocks))
	}
	return list
}

// mayBeCached tells whether the cache could hold something of a waiting request: where no content ids tell
// what others have in common with it, only what it has computed itself.
func (r *rank) mayBeCached(w *waiter) bool {
	return r.keys != nil && (w.Content != NoContent || w.seq != decode.Nobody)
}

// newBlock is the content of the first full block of a request's prompt that is not in the cache.
func (r *rank) newBlock(q *Request) (content uint64, ok bool) {
	if r.keys == nil {
		return 0, false
	}
	for _, x := range r.keys.portions(q, 0, r.keys.named(q)) {
		for at := x.From; at < x.To; {
			s, to := r.pool.Next(x.Strand, at, x.To)
			if !s.Any() {
				return uint64(x.Strand)<<32 + uint64(at), true
			}
			at = to
		}
	}
	return 0, false
}

// cached is the cached blocks that a waiting request, which may be cached, begins with. At least one token
// is left to compute.
func (r *rank) cached(w *waiter) *beginning {
	known := int(w.Input)
	if w.seq != decode.Nobody {
		known = r.roster.all[w.seq].known()
	}
	if f := &r.found; f.index == int(w.Index)+1 && f.known == known && f.changes == r.pool.Changes() {
		return &f.beginning
	}
	named, most := r.keys.named(&w.Request), (known-1)/r.keys.block
	b := beginning{shared: r.found.shared[:0], sides: r.found.sides[:0]}
	for _, x := range r.keys.portions(&w.Request, 0, min(most, named)) {
		if b.shared = r.pool.Look(b.shared, x.Strand, x.From, x.To); reach(b.shared) < x.To {
			break
		}
	}
	n := reach(b.shared)
	if w.seq != decode.Nobody && n == named {
		b.own = r.pool.Kept(r.roster.all[w.seq].kept, uint64(w.Index))
	}
	if r.sided && b.own == 0 {
		n = r.lasting(&w.Request, n)
		b.shared = shorten(b.shared, n)
		b.sides = r.seen(b.sides, &w.Request, n)
	}
	if r.findsParts() && b.own == 0 {
		b.part = r.copied(w, n, known)
	}
	r.found = found{int(w.Index) + 1, known, r.pool.Changes(), b}
	return &r.found.beginning
}

// has tells whether the cache has one of a request's blocks of a group.
func (r *rank) has(q *Request, block, group int) bool {
	s := r.pool.Find(r.keys.strand(q, block), block, group)
	return s.Any()
}

// claim makes a sequence hold the cached blocks that it begins with, and returns their number.
func (r *rank) claim(id sched.Seq, b *beginning) int {
	for _, s := range b.shared {
		r.roster.chains[id] = append(r.roster.chains[id], r.pool.Claim(s))
	}
	if r.sided {
		r.claimSides(id, b)
	}
	if b.own > 0 {
		s := &r.roster.all[id]
		r.pool.Return(s.kept, uint64(s.Index))
	}
	return b.blocks()
}

// name makes known the content of a sequence's full prompt blocks, when that many tokens are scheduled.
func (r *rank) name(id sched.Seq, tokens int) {
	s := &r.roster.all[id]
	if r.keys == nil || s.Content == NoContent || r.caching.AfterPass {
		return
	}
	chain := &r.roster.chains[id]
	to := min(tokens/r.keys.block, r.keys.named(&s.Request))
	for _, x := range r.keys.portions(&s.Request, reach(*chain), to) {
		*chain = r.lengthen(*chain, x)
		if r.sliding {
			r.nameSides(id, x)
		}
	}
}

// lengthen makes known the content of blocks that follow those of a chain, and that its sequence holds.
func (r *rank) lengthen(chain []kv.Stretch, x Portion) []kv.Stretch {
	if n := len(chain); n > 0 && r.pool.Extend(&chain[n-1], x.Strand, x.From, x.To) {
		return chain
	}
	return append(chain, r.pool.Name(x.Strand, x.From, x.To, 0))
}

// file makes known the content of a sequence's full prompt blocks, when the pass of that many tokens has
// been seen to.
func (r *rank) file(id sched.Seq, s *Sequence, tokens int) {
	s.filed = int32(tokens)
	if s.Content == NoContent {
		return
	}
	last := min((tokens-r.caching.Spare)/r.keys.block, r.keys.named(&s.Request))
	r.roster.chains[id] = r.settle(&s.Request, r.roster.chains[id], last)
}

// known is what the cache has of a strand's blocks from one on, where the engine looks before it makes
// blocks known, and up to where it has that or nothing.
func (r *rank) known(x Portion, from int) (s kv.Stretch, to int) {
	if !r.caching.Merged {
		return kv.Nothing, x.To
	}
	return r.pool.Next(x.Strand, from, x.To)
}

// passed takes note of what a pass has computed of a prompt, where the prefix cache is to know it then.
// Under asynchronous scheduling the results of its last piece are seen after the next plan.
func (r *rank) passed(id sched.Seq, s *Sequence) {
	complete := int(s.computed) == s.known()
	switch {
	case complete && r.late:
		s.unfiled = true
		r.filing = append(r.filing, id)
	case complete, r.caching.Pieces:
		r.file(id, s, int(s.computed))
	}
}

// fileLate makes known the prompts whose results have been seen since the last plan, unless their
// sequences have been driven out or have ended meanwhile.
func (r *rank) fileLate() {
	for _, id := range r.filing {
		if s := &r.roster.all[id]; s.unfiled && !s.left {
			r.file(id, s, int(s.computed))
		}
	}
	r.filing = r.filing[:0]
}

// settle makes known those of a request's blocks, which its sequence holds, that follow a chain. Of what is
// known already it gives up the sequence's own.
func (r *rank) settle(q *Request, chain []kv.Stretch, end int) []kv.Stretch {
	for _, x := range r.keys.portions(q, reach(chain), end) {
		for at := x.From; at < x.To; {
			known, to := r.known(x, at)
			if known.Any() {
				chain = append(chain, r.pool.Claim(known)) // as it has been asked for
				r.pool.Spoil(r.shape.Layout.Full * (to - at))
			} else {
				chain = r.lengthen(chain, Portion{x.Strand, at, to})
			}
			at = to
		}
	}
	return chain
}

// release lets a sequence go of stretches that follow each other, the deepest first.
func (r *rank) release(list []kv.Stretch) {
	for i := len(list) - 1; i >= 0; i-- {
		r.pool.Release(list[i])
	}
}

// unseen tells that the last block of a sequence which has computed so many tokens became full in the step
// under way. What decodes makes it known with the tokens that it is given next (async_scheduler.py,
// _update_request_with_output); a prompt's is known when its last token is scheduled, also of one whose cache
// has come from elsewhere but for that.
func (r *rank) unseen(s *Sequence, computed int) bool {
	return r.late && r.keys != nil && !r.caching.AfterPass && !r.verifies && !s.partial &&
		computed%r.keys.block == 0 && computed > int(s.Input+max(0, s.generated-1)) && r.latest(s) == r.now
}

// free frees the blocks of a sequence that has computed that many tokens. One that is preempted may come
// back for all of them.
func (r *rank) free(id sched.Seq, s *Sequence, computed int, preempted bool) {
	total := r.Footprint(computed)
	if s.partial {
		total = r.Footprint(r.held(s, 0))
	}
	if preempted && r.keys != nil && r.caching.AfterPass && !r.caching.Forgets {
		r.file(id, s, computed+r.caching.Spare) // as of one that ends
	}
	answer, part := 0, 0 // blocks of it that become known, and tokens of the next one
	if r.keys != nil && !preempted && s.Content != NoContent {
		told := min(computed, r.extent(s)) // of what a prefill pool computes for others, the prompt
		if s.unseen {
			told = min(told, computed-r.keys.block)
		}
		answer = max(0, r.keys.known(&s.Request, told)-reach(r.roster.chains[id]))
		part = r.tail(s, told)
	}
	if r.keys == nil || !preempted && !r.pool.Ordered() && answer+part == 0 { // no block has a content to keep
		r.pool.Give(total)
		return
	}
	weight, full, chain := r.shape.Layout.Full, computed/r.keys.block, r.roster.chains[id]
	known := reach(chain)
	switch {
	case preempted && r.caching.Forgets:
		full = max(known, int(s.filed)/r.keys.block)
	case s.unseen:
		full--
	}
	s.unseen = false
	if r.sliding {
		total = r.shape.Layout.Constant + weight*units.CeilDiv(computed, r.keys.block)
	}
	own, blank := full-known-answer, total-weight*full
	if part > 0 && own > 0 { // the block that is kept as far as it is filled is one of its own
		own--
	} else if part > 0 {
		blank -= weight
	}
	r.pool.Spoil(blank)
	if r.sliding {
		r.freeWindows(id, s, computed, known, known+answer)
	}
	if r.snapshots && answer > 0 {
		r.snapshot(&s.Request, known+answer, known+answer)
	}
	if preempted && !r.snapshots {
		s.kept = r.pool.Keep(uint64(s.Index), own)
	} else {
		r.pool.Give(weight * own)
	}
	if answer > 0 {
		chain = r.settle(&s.Request, chain, known+answer)
	}
	if part > 0 {
		r.keepPart(&s.Request, known+answer, part)
	}
	r.release(chain)
	r.roster.chains[id] = chain[:0]
}
