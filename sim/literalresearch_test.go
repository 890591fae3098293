package sim

import "slices"

// walkSarathi schedules a step as Sarathi-Serve does (sarathi_scheduler.py, _schedule): of the running
// sequences in order of arrival those that decode, for which the last of those not yet come to give way; then
// prompts in progress, then new ones. Before a token it asks for a free block only where the sequence's last
// one is full, and the hundredth of the blocks stays free only while something runs: see the policy.
func walkSarathi(r *oracleRank) {
	limits := &r.pool.c.Limits
	chunk := r.pool.c.Stages * limits.MaxNumBatchedTokens // of all microbatches
	left, tokens := slices.Clone(r.running), 0
	var prefills []*job
	for len(left) > 0 {
		j := left[0]
		left = left[1:]
		switch {
		case !r.counts(j):
			continue
		case !j.decoding:
			prefills = append(prefills, j)
			continue
		}
		appended := true
		for r.more(j, 1) > r.Free() {
			victim := j
			if n := len(left); n > 0 {
				victim, left = left[n-1], left[:n-1]
			}
			r.Preempt(r.id(victim), false)
			if victim == j {
				appended = false
				break
			}
		}
		if appended {
			j.chunk = 1
			r.cache.grow(j)
			tokens++
		}
	}
	for _, j := range prefills {
		if n := min(j.known()-j.computed, chunk-tokens); n > 0 {
			r.Extend(r.id(j), n)
			tokens += n
		}
	}
	for len(r.waiting) > 0 {
		j := r.waiting[0]
		n := min(j.known()-r.cachedOf(j), chunk-tokens)
		watermark := 0
		if len(r.running) > 0 {
			watermark = r.pool.c.Blocks / 100
		}
		r.place = 0
		if r.Free()-r.AdmitBlocks(j.known(), n) < watermark || len(r.running) >= limits.MaxNumSeqs || n <= 0 {
			return
		}
		r.Admit(n)
		tokens += n
	}
}

// walkOrca schedules an iteration as Orca does (orca_scheduler.py, _schedule): all that run, and whole
// prompts as long as there is room for the longest that each may become.
func walkOrca(r *oracleRank) {
	for _, j := range r.running {
		if r.counts(j) {
			j.chunk = 1
			r.cache.grow(j)
		}
	}
	r.wholePrompts()
}

// walkFasterTransformer schedules an iteration as FasterTransformer does (faster_transformer_scheduler.py,
// _schedule): a batch until all of it have ended, then the next.
func walkFasterTransformer(r *oracleRank) {
	scheduled := false
	for _, j := range r.running {
		if r.counts(j) {
			j.chunk = 1
			r.cache.grow(j)
			scheduled = true
		}
	}
	if !scheduled {
		r.wholePrompts()
	}
}

// wholePrompts admits new ones as long as there are slots, and blocks that nobody has set aside.
func (r *oracleRank) wholePrompts() {
	for len(r.waiting) > 0 && len(r.running) < r.pool.c.Limits.MaxNumSeqs {
		free := r.Blocks()
		for _, j := range r.running {
			if r.counts(j) {
				free -= r.Footprint(r.setAside(j))
			} else {
				free -= r.Footprint(j.computed)
			}
		}
		j := r.waiting[0]
		if r.Footprint(r.setAside(j)) > free {
			return
		}
		r.place = 0
		r.Admit(j.known() - r.cachedOf(j))
	}
}

// setAside is for how many tokens a request has memory set aside.
func (r *oracleRank) setAside(j *job) int {
	longest := r.pool.c.Limits.MaxModelLen
	switch r.pool.c.Limits.Reservation {
	case "oracle":
		return j.Input + j.Output
	case "pow2":
		for n := 1; ; n *= 2 {
			if n >= j.Output {
				return min(j.Input+n, longest)
			}
		}
	}
	return longest
}
