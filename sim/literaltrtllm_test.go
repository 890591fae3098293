package sim

import (
	"slices"
	"testing"
)

// walkTRTLLM schedules a round as TensorRT-LLM's executor does: requests are taken off its queue while there
// are slots (_fetch_new_requests), the capacity scheduler lets those through that fit into memory to their
// longest (GuaranteedNoEvictScheduler), and the microbatch scheduler divides the tokens
// (MicroBatchScheduler, first come, first served). Before release 1.0 there was no estimate of what the cache
// would spare of the token budget.
func walkTRTLLM(r *oracleRank) {
	limits := &r.pool.c.Limits
	slots := r.pool.c.Stages * limits.MaxNumSeqs
	if limits.MaxUtilization {
		r.mostUsed(slots)
		return
	}
	var generating, contexts, begun []*job
	started := map[*job]bool{}
	free := r.Free()
	contributed := map[uint64]bool{} // newlyContributedContextBlocks
	for _, j := range r.running {    // requests in progress, and what those that generate need to their ends
		switch block, ok := r.newBlockOf(j); {
		case !r.counts(j): // GENERATION_TO_COMPLETE
		case j.decoding:
			free -= r.Footprint(j.Input+j.maxOutput) - r.Footprint(r.heldTokens(j))
			generating = append(generating, j)
		default:
			begun, started[j] = append(begun, j), true
			contributed[block] = contributed[block] || ok
		}
	}
	fetched := max(0, min(len(r.waiting), slots-len(r.running)))
	if !r.Deep() {
		fetched = 0 // the rest is of the waiting requests' own order: see below
	}
	refused := false
	for _, j := range inLine(begun, r.waiting[:fetched]) { // pendingRequests
		if refused && !started[j] {
			continue
		}
		if block, ok := r.newBlockOf(j); ok && !started[j] {
			if contributed[block] {
				continue // beneficialToSkip
			}
			contributed[block] = true
		}
		needed := r.Footprint(j.Input + j.maxOutput)
		if started[j] {
			needed -= r.Footprint(r.heldTokens(j))
		}
		if needed > free && len(generating) > 0 {
			break
		}
		if needed > free && !started[j] { // TensorRT-LLM would stand still: here what has begun goes on
			refused = true
			continue
		}
		free -= needed
		contexts = append(contexts, j)
	}
	capacity := r.microBatch(generating, contexts, started)
	if !r.Deep() {
		r.headByHead(capacity, slots, contributed)
	}
}

// inLine lists requests that have begun, and others in their order, as they came (activeRequests).
func inLine(begun, waiting []*job) (list []*job) {
	begun = slices.Clone(begun)
	slices.SortFunc(begun, func(a, b *job) int { return a.Index - b.Index })
	for len(begun)+len(waiting) > 0 {
		if len(waiting) == 0 || len(begun) > 0 && begun[0].Index < waiting[0].Index {
			list, begun = append(list, begun[0]), begun[1:]
		} else {
			list, waiting = append(list, waiting[0]), waiting[1:]
		}
	}
	return list
}

// mostUsed schedules a round under the capacity scheduler MAX_UTILIZATION (MaxUtilizationScheduler): of the
// active requests each asks for its next blocks, and the last of those that have started, and are not yet
// come to, is paused where there are too few.
func (r *oracleRank) mostUsed(slots int) {
	fetched := 0
	if r.Deep() {
		fetched = max(0, min(len(r.waiting), slots-len(r.running)))
	}
	active := inLine(r.running, r.waiting[:fetched])
	contributed := map[uint64]bool{} // newlyContributedContextBlocks
	for _, j := range r.running {
		if block, ok := r.newBlockOf(j); ok && !j.decoding && r.counts(j) {
			contributed[block] = true
		}
	}
	var generating, contexts, paused []*job
	started := map[*job]bool{}
	free, end := r.Free(), len(active)
	for at := 0; at < end; {
		j, required := active[at], 0
		switch { // getNeededBlocksOneStep
		case j.running && !r.counts(j): // GENERATION_TO_COMPLETE
			at++
			continue
		case j.decoding:
			required = r.more(j, 1)
		case !j.running:
			if block, ok := r.newBlockOf(j); ok {
				if contributed[block] { // beneficialToSkip
					at++
					continue
				}
				contributed[block] = true
			}
			required = r.Footprint(j.known())
		}
		if required <= free {
			free -= required
			at++
			if j.decoding {
				generating = append(generating, j)
			} else {
				contexts, started[j] = append(contexts, j), j.running
			}
			continue
		}
		last := end - 1 // lastStartedReqIt
		for last >= at && !(active[last].running && r.counts(active[last])) {
			last--
		}
		if last < at {
			break
		}
		free += r.Footprint(r.heldTokens(active[last]))
		paused = append(paused, active[last])
		end = last
	}
	for _, j := range paused {
		r.Preempt(r.id(j), false)
	}
	capacity := r.microBatch(generating, contexts, started)
	if !r.Deep() && len(paused) == 0 {
		r.headByHead(capacity, slots, contributed)
	}
}

// headByHead admits waiting requests where they stand in an order, which TensorRT-LLM does not know: one
// after the other, until the first of them cannot run.
func (r *oracleRank) headByHead(capacity, slots int, contributed map[uint64]bool) {
	unit := r.pool.c.Layout.BlockTokens
	for len(r.waiting) > 0 && len(r.running) < slots {
		j := r.waiting[0]
		if block, ok := r.newBlockOf(j); ok {
			if contributed[block] {
				return
			}
			contributed[block] = true
		}
		fits := r.Footprint(j.Input+j.maxOutput) <= r.Blocks()-r.Reserved()+r.Doubled()
		if r.pool.c.Limits.MaxUtilization {
			fits = r.Footprint(j.known()) <= r.Free()
		}
		if !fits {
			return
		}
		n := j.known()
		if n > capacity {
			if !r.pool.c.Limits.ChunkedPrefill {
				return
			}
			if n = max(0, capacity) / unit * unit; n == 0 {
				return
			}
		}
		capacity -= n
		r.begin(j, n)
	}
}

// microBatch gives the generating requests a token each and divides what is left of the budget among the
// contexts, of which chunks that are cut end at a whole block.
func (r *oracleRank) microBatch(generating, contexts []*job, started map[*job]bool) int {
	limits, unit := &r.pool.c.Limits, r.pool.c.Layout.BlockTokens
	capacity := r.pool.c.Stages*limits.MaxNumBatchedTokens - len(generating)
	r.Decode()
	all := 0
	for _, j := range contexts {
		all += j.known() - j.computed
	}
	var equal map[*job]int
	if all > capacity && limits.ChunkedPrefill && limits.EqualProgress && r.Deep() {
		equal = equalProgress(contexts, capacity, unit)
	}
	for _, j := range contexts {
		n := j.known() - j.computed
		if equal != nil {
			n = equal[j]
		} else if all > capacity && !limits.ChunkedPrefill {
			if n > capacity {
				return capacity
			}
		} else if all > capacity {
			if chunk := max(0, min(n, capacity)); chunk < n {
				n = chunk - chunk%unit
			}
		}
		capacity -= n
		switch {
		case n == 0:
		case started[j]:
			r.Extend(r.id(j), n)
		default:
			r.begin(j, n)
		}
	}
	return capacity
}

// equalProgress is setCtxRequestsChunkSize of kEQUAL_PROGRESS: loops over all contexts in which each chunk
// grows by a unit, until a loop adds nothing.
func equalProgress(contexts []*job, capacity, unit int) map[*job]int {
	size := map[*job]int{}
	total, single := 0, 1
	for total < capacity && single > 0 {
		single = 0
		for _, j := range contexts {
			past := size[j]
			actual := min(past+unit, j.known()-j.computed)
			if total+actual-past > capacity {
				continue
			}
			size[j] = actual
			total += actual - past
			single += actual - past
		}
	}
	return size
}

// begin admits a waiting job of which the first n tokens were to be computed: those that the cache holds come
// before them, and what is left ends at a whole block unless it is the rest.
func (r *oracleRank) begin(j *job, n int) {
	cached := r.cachedOf(j)
	end := cached + n
	if end >= j.known() {
		end = j.known()
	} else {
		end -= end % r.pool.c.Layout.BlockTokens
	}
	r.Look(slices.Index(r.waiting, j))
	r.Admit(end - cached)
}

// TestPassedRequestsFollowTheRules holds the policy against the rules where prompts that begin alike are cut
// and cached, so that some that were held back stand before others that have begun.
func TestPassedRequestsFollowTheRules(t *testing.T) {
	for seed := range 60 {
		d := crowded.Example(seed)
		c := d.c
		c.Policy, c.Others, c.Order, c.Verify = "trtllm", nil, "", nil
		c.PrefixCaching, c.Limits.ChunkedPrefill, c.Limits.SnapshotTokens = true, true, 0
		c.Limits.MaxNumBatchedTokens = []int{20, 40, 80, 150}[seed%4]
		c.Limits.MaxUtilization = seed%3 == 0
		c.Limits.EqualProgress = seed%2 == 0
		literal := func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() }
		want, wantFinished := outcome(t, c, d.fresh(), literal)
		got, gotFinished := outcome(t, c, d.fresh(), engine)
		if diff := sameRun(want, got, wantFinished, gotFinished); diff != "" {
			t.Fatalf("seed %d: rules (-) and engine (+) differ:\n%s", seed, diff)
		}
	}
}
