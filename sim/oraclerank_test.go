package sim

import (
	"slices"

	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/sched"
)

func (r *oracleRank) Running() int { return len(r.running) }

func (r *oracleRank) count(decoding bool) (n int) {
	for _, j := range r.running {
		if j.decoding == decoding && r.counts(j) && !j.sits {
			n++
		}
	}
	return n
}

func (r *oracleRank) Decoding() int { return r.count(true) }

func (r *oracleRank) id(j *job) sched.Seq { return sched.Seq(slices.Index(r.jobs, j)) }

func (r *oracleRank) Partial() (list []sched.Seq) {
	for _, j := range r.running {
		if !j.decoding {
			list = append(list, r.id(j))
		}
	}
	return list
}

func (r *oracleRank) Computed(s sched.Seq) int { return r.jobs[s].computed }

func (r *oracleRank) Remaining(s sched.Seq) int { return r.jobs[s].known() - r.jobs[s].computed }

func (r *oracleRank) Arrival(s sched.Seq) int { return r.jobs[s].Index }

func (r *oracleRank) Last() sched.Seq { return r.id(r.running[len(r.running)-1]) }

func (r *oracleRank) AppendDecoding(list []sched.Decoding) []sched.Decoding {
	for _, j := range r.running {
		if j.decoding && r.counts(j) {
			list = append(list, sched.Decoding{Seq: r.id(j), Input: j.Input, Generated: r.output(j),
				MaxOutput: j.maxOutput})
		}
	}
	return list
}

func (r *oracleRank) AppendRunning(list []sched.Running) []sched.Running {
	for _, j := range r.running {
		standing := sched.Computes
		switch {
		case !r.counts(j):
			standing = sched.Ended
		case j.decoding:
			standing = sched.Decodes
		}
		list = append(list, sched.Running{Seq: r.id(j), Standing: standing, Key: int64(r.standing(j)),
			Arrival: j.Index})
	}
	return list
}

func (r *oracleRank) Blocks() int { return r.pool.c.Blocks }

func (r *oracleRank) held() (n int) {
	if r.cache != nil {
		return r.Blocks() - len(r.cache.free)
	}
	n = r.besides()
	for _, j := range r.running {
		if !j.decoding && j.chunk > 0 && slides(&r.pool.c) {
			n += chunked(&r.pool.c, j.computed, j.chunk)
		} else if tokens := r.heldTokens(j); tokens > 0 || j.decoding {
			n += r.Footprint(tokens)
		}
	}
	return n
}

// takesWhole tells whether an engine takes the blocks of a whole prompt with its first piece.
func takesWhole(policy string) bool { return policy == "trtllm" || policy == "sarathi" }

// heldTokens is for how many tokens a running job holds blocks.
func (r *oracleRank) heldTokens(j *job) int {
	if takesWhole(r.pool.c.Policy) && !j.decoding {
		return j.known()
	}
	if j.decoding && r.verifies() {
		return j.holds
	}
	return j.computed + j.chunk
}

func (r *oracleRank) Free() int { return r.Blocks() - r.held() }

func (r *oracleRank) DecodeBlocks() (n int) {
	for _, j := range r.running {
		if j.decoding && r.counts(j) && !j.sits {
			n += r.Footprint(r.ahead(j)) - r.Footprint(r.heldTokens(j))
		}
	}
	return n
}

func (r *oracleRank) TokenBlocks(s sched.Seq) int { return r.more(r.jobs[s], 1) }

func (r *oracleRank) ExtendBlocks(s sched.Seq, n int) int {
	if takesWhole(r.pool.c.Policy) {
		return 0
	}
	return r.more(r.jobs[s], n)
}

// more is the number of further blocks that n more tokens of a job take.
func (r *oracleRank) more(j *job, n int) int {
	if j.decoding && r.verifies() {
		return r.Footprint(r.ahead(j)) - r.Footprint(r.heldTokens(j))
	}
	if j.decoding {
		return r.Footprint(j.computed+n) - r.Footprint(j.computed)
	}
	return chunked(&r.pool.c, j.computed, n) - r.Footprint(j.computed)
}

func (r *oracleRank) Footprint(tokens int) int { return r.pool.c.Layout.Blocks(tokens) }

func (r *oracleRank) BlockTokens() int { return r.pool.c.Layout.BlockTokens }

func (r *oracleRank) Extent(tokens int) int {
	l := &r.pool.c.Layout
	over := tokens % l.BlockTokens
	if over == 0 {
		return r.Footprint(tokens) * l.BlockTokens
	}
	return r.Footprint(tokens)*l.BlockTokens - (l.BlockTokens-over)*l.Full
}

func (r *oracleRank) Growth(tokens int) int { return tokens * r.pool.c.Layout.Full }

func (r *oracleRank) Late() bool { return r.pool.c.PlansAhead() }

func (r *oracleRank) Declared(s sched.Seq) int { return r.jobs[s].maxOutput }

func (r *oracleRank) CachedFree() (n int) {
	if r.cache == nil {
		return 0
	}
	for _, b := range r.cache.find(r.waiting[r.place]) {
		if b.refs == 0 {
			n++
		}
	}
	return n
}

// left tells a policy that wants to know that it sees a job's end, after so many tokens.
func (r *oracleRank) left(j *job, tokens int, late bool) {
	if w, ok := r.policy.(sched.Watcher); ok {
		w.Left(sched.Decoding{Seq: r.id(j), Input: j.Input, Generated: tokens, MaxOutput: j.maxOutput}, late)
	}
}

func (r *oracleRank) Reserved() (n int) {
	n = r.reservedBesides()
	for _, j := range r.running {
		if r.counts(j) {
			n += r.Footprint(r.policy.Demand(j.Input, j.Output, j.maxOutput))
		} else {
			n += r.Footprint(j.computed)
		}
	}
	return n
}

func (r *oracleRank) Waiting() int { return len(r.waiting) }

func (r *oracleRank) Came(place int) int { return r.waiting[place].Index }

func (r *oracleRank) Head() sched.Request { return r.Look(0) }

func (r *oracleRank) Deep() bool { return r.pool.c.Order == "" || r.pool.c.Order == order.FCFS }

func (r *oracleRank) Common(a, b int) int { return r.alike(r.waiting[a], r.waiting[b]) }

// alike is with how many tokens two prompts begin alike, in whole blocks.
func (r *oracleRank) alike(a, b *job) (tokens int) {
	size := r.pool.c.Layout.BlockTokens
	for i := 0; r.cache != nil && (i+1)*size <= min(a.Input, b.Input); i++ {
		if key := r.cache.key(a, i); key.private || key != r.cache.key(b, i) {
			break
		}
		tokens += size
	}
	return tokens
}

func (r *oracleRank) Arrange(places []int) {
	list := slices.Clone(r.waiting)
	for i, place := range places {
		r.waiting[i] = list[place]
	}
}

func (r *oracleRank) Look(place int) sched.Request {
	r.place = place
	j := r.waiting[place]
	h := sched.Request{Known: j.known(), Cached: r.cachedOf(j), Generated: j.generated, MaxOutput: j.maxOutput}
	h.NewBlock, h.New = r.newBlockOf(j)
	return h
}

func (r *oracleRank) NewBlock(s sched.Seq) (uint64, bool) { return r.newBlockOf(r.jobs[s]) }

// newBlockOf is the content of the first full block of a job's prompt that the cache does not have.
func (r *oracleRank) newBlockOf(j *job) (uint64, bool) {
	if r.cache == nil {
		return 0, false
	}
	for i := range j.Input / r.pool.c.Layout.BlockTokens {
		key := r.cache.key(j, i)
		if key.private {
			break
		}
		if len(r.cache.named[key]) == 0 {
			return key.content<<20 + uint64(i), true
		}
	}
	return 0, false
}

// Doubled counts the holds of blocks that others hold.
func (r *oracleRank) Doubled() (n int) {
	if r.cache == nil {
		return 0
	}
	held := map[*block]bool{}
	for _, j := range append(r.holders(), r.running...) {
		for _, b := range j.blocks {
			if held[b] {
				n++
			}
			held[b] = true
		}
	}
	return n
}

func (r *oracleRank) HeadDemand() int {
	j := r.waiting[r.place]
	return r.Footprint(r.policy.Demand(j.Input, j.Output, j.maxOutput))
}

func (r *oracleRank) AdmitBlocks(tokens, step int) int {
	j, n := r.waiting[r.place], r.Footprint(tokens)
	if c := &r.pool.c; slides(c) {
		cached := r.cachedOf(j)
		n = max(c.Layout.Admission(tokens, step), chunked(c, cached, min(step, tokens-cached)))
	}
	if r.cache == nil {
		return n
	}
	held := func(b *block) {
		if b.refs > 0 {
			n--
		}
	}
	found := r.cache.find(j)
	for _, b := range found {
		held(b)
	}
	for g := range r.cache.groups() {
		for _, p := range r.cache.seen(j, len(found), g) {
			held(p.block)
		}
	}
	return n
}

func (r *oracleRank) Vacate(blocks int) { r.cache.vacate(blocks) }

func (r *oracleRank) SitOut(s sched.Seq) {
	j := r.jobs[s]
	if j.sits = true; r.drop(j) && !j.ended {
		r.interrupted(j)
	}
}

func (r *oracleRank) Decode() {
	r.decodes = true
	for _, j := range r.running {
		if j.decoding && r.counts(j) && !j.sits {
			j.chunk, j.holds = 1, r.ahead(j)
			r.cache.grow(j)
		}
	}
}

func (r *oracleRank) Extend(s sched.Seq, n int) {
	r.jobs[s].chunk = n
	r.cache.grow(r.jobs[s])
}

func (r *oracleRank) Admit(n int) {
	j := r.waiting[r.place]
	r.waiting = slices.Delete(slices.Clone(r.waiting), r.place, r.place+1)
	r.pool.journal.Wait(r.pool.now, -1)
	j.running = true
	r.cache.admit(j, &r.pool.account)
	j.chunk = n
	r.cache.grow(j)
	r.running = append(r.running, j)
	if !slices.Contains(r.jobs, j) {
		r.jobs = append(r.jobs, j)
	}
}

func (r *oracleRank) Preempt(s sched.Seq, where sched.End) {
	j := r.jobs[s]
	r.running = slices.DeleteFunc(r.running, func(k *job) bool { return k == j })
	if r.cache != nil && r.unseen(j) {
		r.cache.forget(j.blocks[j.computed/r.pool.c.Layout.BlockTokens-1])
	}
	r.letGo(j)
	j.unfiled = false
	if j.ended {
		r.drop(j)
		return
	}
	r.unjoin(j)
	if r.drop(j) {
		r.interrupted(j)
	}
	j.running, j.decoding, j.computed, j.chunk, j.sits, j.rows = false, false, 0, 0, false, 0
	if j.generated == 0 {
		j.lag = 0
	}
	j.Preemptions++
	if r.pool.c.Role == Prefill && j.Preemptions > 1000 { // which a run gives up at, as at a deadlock
		r.pool.livelock = true
	}
	if where == sched.Head {
		r.waiting = slices.Insert(r.waiting, 0, j)
	} else {
		r.waiting = append(r.waiting, j)
	}
	r.stand()
	r.pool.account.Preempted(r.pool.now)
	r.pool.journal.Wait(r.pool.now, 1)
}

// unseen tells that the last block of a job that decodes became full in the step under way, which vLLM sees
// to with the job's next allocation.
func (r *oracleRank) unseen(j *job) bool {
	c := &r.pool.c
	return c.PlansAhead() && c.Policy != "sglang" && c.Policy != "trtllm" && !r.verifies() &&
		j.decoded > 0 && j.computed > j.Input && j.computed%c.Layout.BlockTokens == 0 && j.last == r.pool.now
}

// steps

func (r *oracleRank) plan() {
	r.decodes = false
	for _, j := range r.running {
		if j.sits && r.verifies() {
			r.starts(j)
		}
		j.sits = false
	}
	if r.pool.literal {
		walks[r.pool.c.Policy](r)
	} else {
		r.policy.Plan(r)
	}
	if v := r.pool.c.Verify; v != nil {
		r.plain = v.DisableAt > 0 && len(r.running) >= v.DisableAt
	}
}
