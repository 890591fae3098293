package sim

import "slices"

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
	var generating, contexts []*job
	started := map[*job]bool{}
	free := r.Free()
	for _, j := range r.running { // requests in progress, and what they need to their ends
		if !r.counts(j) {
			continue // GENERATION_TO_COMPLETE
		}
		free -= r.Footprint(j.Input+j.maxOutput) - r.Footprint(r.heldTokens(j))
		if j.decoding {
			generating = append(generating, j)
		} else {
			contexts, started[j] = append(contexts, j), true
		}
	}
	contributed := map[uint64]bool{} // newlyContributedContextBlocks
	for _, j := range contexts {
		if block, ok := r.newBlockOf(j); ok {
			contributed[block] = true
		}
	}
	fetched := max(0, min(len(r.waiting), slots-len(r.running)))
	if !r.Deep() {
		fetched = 0 // the rest is of the waiting requests' own order: see below
	}
	for _, j := range slices.Clone(r.waiting[:fetched]) {
		if block, ok := r.newBlockOf(j); ok {
			if contributed[block] {
				continue // beneficialToSkip
			}
			contributed[block] = true
		}
		needed := r.Footprint(j.Input + j.maxOutput)
		if needed > free {
			break
		}
		free -= needed
		contexts = append(contexts, j)
	}
	capacity := r.microBatch(generating, contexts, started)
	if !r.Deep() {
		r.headByHead(capacity, slots, contributed)
	}
}

// mostUsed schedules a round under the capacity scheduler MAX_UTILIZATION (MaxUtilizationScheduler): of the
// active requests each asks for its next blocks, and the last of those that have started, and are not yet
// come to, is paused where there are too few.
func (r *oracleRank) mostUsed(slots int) {
	active := slices.Clone(r.running)
	if r.Deep() {
		active = append(active, r.waiting[:max(0, min(len(r.waiting), slots-len(r.running)))]...)
	}
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
	for _, j := range contexts {
		n := j.known() - j.computed
		if all > capacity && !limits.ChunkedPrefill {
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
