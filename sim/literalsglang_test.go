package sim

import (
	"math"
	"slices"
	"sort"
)

// sglangWalk is what SGLang's scheduler remembers from one step to the next: its running batch and its last
// one as lists of requests, where the policy keeps counts.
type sglangWalk struct {
	batch   []*job // running_batch.reqs
	full    bool   // running_batch.batch_is_full
	last    []*job // last_batch.reqs, where that computed prompts
	ran     bool   // there is a last batch
	started bool   // whether there is a ratio yet
	ratio   float64
}

// walkSGLang schedules a step as SGLang does (sglang/srt/managers/scheduler.py, get_next_batch_to_run, of
// release 0.5.9): prompts if any can run, else decodes, for which those with the least output are retracted.
//
// In four things the policy, and these rules with it, are simpler than SGLang. A retracted request keeps the
// token that is on its way, which SGLang throws away under the overlap schedule. A request that has ended,
// which SGLang does not know yet, may be retracted without being computed again. Where the pool cannot hold
// the next piece of a prompt, or the next token of the last sequence beside it, decodes give way; SGLang ends
// with an error. And of equal sequences, one of which joined in a mixed step, the one that was admitted last
// is retracted; SGLang lists such a step's prompts before its decodes.
func walkSGLang(r *oracleRank) {
	s := &r.sglang
	if !s.started {
		s.started, s.ratio = true, r.pool.firstShare()
	}
	s.merge(r)
	switch {
	case r.sglangPrompts():
		s.ran = true
	case r.sglangDecodes():
		s.last, s.ran = nil, true
	default:
		// self_check_during_idle: at once, or when the loop has found nothing twice
		if !r.pool.c.PlansAhead() || !s.ran || len(r.waiting) == 0 {
			s.ratio = r.pool.firstShare()
		}
		s.last, s.ran = nil, false
	}
}

// merge lets the last batch's sequences join the running batch, all but those that are known to have ended
// and the one whose prompt goes on.
func (s *sglangWalk) merge(r *oracleRank) {
	if s.last == nil {
		return
	}
	var kept []*job
	for _, j := range s.last {
		if slices.Contains(r.running, j) && j.decoding {
			kept = append(kept, j)
		}
	}
	if len(kept) < len(s.last) {
		s.full = false
	}
	if len(s.batch) == 0 && len(kept) > 0 {
		s.full = false // running_batch = last_batch
	}
	s.batch = append(s.batch, kept...)
	s.last = nil
}

// filter takes out of the running batch who is known to have ended.
func (s *sglangWalk) filter(r *oracleRank) {
	s.batch = slices.DeleteFunc(s.batch, func(j *job) bool { return !slices.Contains(r.running, j) })
}

// firstShare is SGLang's init_new_token_ratio of 0.7, in which schedule_conservativeness counts.
func (o *oraclePool) firstShare() float64 {
	if f := o.c.Limits.ScheduleConservativeness; f > 0 {
		return math.Min(1, 0.7*f)
	}
	return 0.7
}

// output is how many output tokens of a job SGLang has seen: under the overlap schedule it does not know the
// one that the step has just given.
func (r *oracleRank) output(j *job) int {
	if r.pool.c.PlansAhead() && j.last == r.pool.now {
		return j.generated - max(1, j.guess.last)
	}
	return j.generated
}

// sglangDecodes is update_running_batch: where the pool is short some are retracted, and what the others
// have generated so far and in 20 steps more, of all that they declared, is the share expected from then
// on; else it falls by a step, down to 0.14 of the first in 600.
func (r *oracleRank) sglangDecodes() bool {
	s := &r.sglang
	before := len(s.batch)
	s.filter(r)
	if len(s.batch) == 0 {
		if before > 0 {
			s.full = false
		}
		return false
	}
	if r.DecodeBlocks() > r.Free() {
		r.sglangRetract()
	} else {
		first := r.pool.firstShare()
		s.ratio = math.Max(s.ratio-(first-first*0.14)/600, first*0.14)
	}
	if len(s.batch) < before {
		s.full = false
	}
	r.Decode()
	return len(s.batch) > 0
}

// sglangRetract is retract_decode.
func (r *oracleRank) sglangRetract() {
	s := &r.sglang
	short := func() bool {
		if r.pool.c.Limits.Rules.RetractToNextStep {
			return r.DecodeBlocks() > r.Free()
		}
		tokens := float64(20 * len(s.batch) * r.pool.c.Layout.Full)
		return r.DecodeBlocks() > r.Free() ||
			float64(r.Free()) < math.Ceil(tokens/float64(r.pool.c.Layout.BlockTokens))
	}
	for first := true; len(s.batch) > 1 && (first || short()); first = false {
		r.retractOne()
	}
	for r.DecodeBlocks() > r.Free() {
		r.retractOne()
	}
	generated, declared := 0, 0
	for _, j := range s.batch {
		generated += r.output(j)
		declared += j.maxOutput
	}
	s.ratio = math.Min(1, float64(generated+20*len(s.batch))/float64(declared+1))
	s.full = false
}

// retractOne sends back the last of the sequences when those with more output come first, and of equal ones
// those with shorter prompts.
func (r *oracleRank) retractOne() {
	sorted := slices.Clone(r.sglang.batch)
	slices.SortFunc(sorted, func(a, b *job) int { // in order of admission
		return slices.Index(r.running, a) - slices.Index(r.running, b)
	})
	sort.SliceStable(sorted, func(i, k int) bool {
		a, b := sorted[i], sorted[k]
		if r.output(a) != r.output(b) {
			return r.output(a) > r.output(b)
		}
		return a.Input < b.Input
	})
	worst := sorted[len(sorted)-1]
	r.sglang.batch = slices.DeleteFunc(r.sglang.batch, func(j *job) bool { return j == worst })
	r.Preempt(r.id(worst), true)
	tokens := float64(20 * len(r.sglang.batch) * r.pool.c.Layout.Full)
	r.Vacate(int(math.Ceil(tokens / float64(r.pool.c.Layout.BlockTokens))))
}

// sglangAdder is PrefillAdder, with memory in parts of which a block has as many as tokens.
type sglangAdder struct {
	r                   *oracleRank
	available           int // available and evictable
	total, current      int // rem_total_token_offset and cur_rem_token_offset, but for the share of outputs
	outputs             float64
	input, chunk        int // rem_input_tokens and rem_chunk_tokens
	canRun              []*job
	overhead, decodes   int
	page, each, running int
}

// sglangPrompts is get_new_batch_prefill. It tells whether the step computes prompts.
func (r *oracleRank) sglangPrompts() bool {
	s, limits := &r.sglang, &r.pool.c.Limits
	var chunked *job
	for _, j := range r.running {
		if !j.decoding && !j.ended {
			chunked = j
			break // one prompt at a time is in progress
		}
	}
	if chunked == nil && (s.full || len(r.waiting) == 0) {
		return false
	}
	if limits.LongestPrefix {
		r.sglangSort()
	}
	a := r.newSGLangAdder()
	if chunked != nil && a.chunk > 0 {
		a.addChunked(chunked)
	}
	for len(r.waiting) > 0 {
		if len(a.canRun) >= limits.MaxNumSeqs-len(s.batch) {
			s.full = true
			if !limits.Rules.FullAdmitsNone {
				break
			}
		}
		if s.full && limits.Rules.FullAdmitsNone {
			break
		}
		result := a.addOne(r.waiting[0])
		if result == "no token" {
			s.full = true
		}
		if result != "continue" {
			break
		}
	}
	if len(a.canRun) == 0 {
		return false
	}
	s.last = a.canRun
	if limits.MixedChunk {
		s.filter(r)
		r.Decode()
		s.last = append(s.last, s.batch...)
		s.batch = nil // and keeps its mark
	}
	return true
}

// sglangSort is calc_priority with lpm: the waiting queue sorted by matched prefixes, with those last that
// match 32 tokens of a tree of those before them that matched no more than 32.
func (r *oracleRank) sglangSort() {
	if len(r.waiting) > 128 || !r.Deep() {
		return
	}
	tree, last := []*job{}, map[*job]bool{}
	for _, j := range r.waiting {
		if r.cachedOf(j) > 32 {
			continue
		}
		matched := 0
		for _, other := range tree {
			matched = max(matched, r.alike(j, other))
		}
		if matched >= 32 {
			last[j] = true
		} else {
			tree = append(tree, j)
		}
	}
	key := func(j *job) float64 {
		if last[j] {
			return math.Inf(1)
		}
		return -float64(r.cachedOf(j))
	}
	sort.SliceStable(r.waiting, func(a, b int) bool { return key(r.waiting[a]) < key(r.waiting[b]) })
}

func (r *oracleRank) newSGLangAdder() *sglangAdder {
	limits, l := &r.pool.c.Limits, &r.pool.c.Layout
	a := &sglangAdder{r: r, available: r.Free() * l.BlockTokens, page: l.BlockTokens, each: l.Full,
		input: 16384, chunk: math.MaxInt, running: len(r.sglang.batch)}
	if limits.MaxPrefillTokens > 0 {
		a.input = limits.MaxPrefillTokens
	}
	a.input *= r.pool.c.Stages
	if limits.ChunkedPrefill {
		a.chunk = r.pool.c.Stages * limits.MaxNumBatchedTokens
	}
	if limits.Rules.PageOverhead {
		a.overhead = a.page
	}
	outputs := 0
	for _, j := range r.sglang.batch {
		outputs += min(j.maxOutput-r.output(j), 4096)
	}
	a.outputs = float64(outputs) * r.sglang.ratio
	if limits.MixedChunk {
		a.total, a.current, a.decodes = a.running*a.each, a.running*a.each, r.DecodeBlocks()
		a.input -= a.running
		if limits.ChunkedPrefill {
			a.chunk -= a.running
		}
	}
	return a
}

// rest is rem_total_tokens, in parts; they are whole ones but for the share of outputs.
func (a *sglangAdder) rest() float64 {
	return float64(a.available-a.total) - math.Floor(a.outputs)*float64(a.each)
}

func (a *sglangAdder) ceil(tokens int) int {
	return int(math.Ceil(float64(tokens)/float64(a.page))) * a.page
}

func (a *sglangAdder) update(tokens, output int) {
	tokens = a.ceil(tokens)
	a.total += (tokens + output + a.overhead) * a.each
	a.current += tokens * a.each
	a.input -= tokens
	if a.r.pool.c.Limits.ChunkedPrefill {
		a.chunk -= tokens
	}
}

func (a *sglangAdder) addChunked(j *job) {
	r := a.r
	most := a.chunk
	if a.each > 0 {
		rest := float64(a.available-a.total) - math.Ceil(a.outputs)*float64(a.each)
		if n := int(math.Floor(rest / float64(a.each))); n < most && n > 0 {
			most = n
		}
	}
	n := min(j.known()-j.computed, most)
	for r.ExtendBlocks(r.id(j), n)+a.decodes > r.Free() {
		r.retractOne()
		if r.pool.c.Limits.MixedChunk {
			a.decodes = r.DecodeBlocks()
		}
	}
	output := 0
	if j.computed+n == j.known() {
		output = min(j.maxOutput, 4096)
	}
	r.Extend(r.id(j), n)
	a.canRun = append(a.canRun, j)
	a.update(n, output)
}

func (a *sglangAdder) addOne(j *job) string {
	r, limits := a.r, &a.r.pool.c.Limits
	if most := r.pool.c.Stages * limits.PrefillMaxRequests; most > 0 && len(a.canRun) >= most {
		return "other"
	}
	cached := r.cachedOf(j)
	extend := j.known() - cached
	total := float64(r.Extent(j.known()+min(max(j.maxOutput-j.generated, 0), 4096)+a.overhead) - cached*a.each)
	alone := len(r.running) == 0 && len(a.canRun) == 0 // what it declares is cut to the pool
	if total >= a.rest() && !alone {
		return "no token"
	}
	if a.ceil(extend) >= a.input && len(a.canRun) > 0 &&
		!(limits.Rules.ChunksPassPrefillLimit && limits.ChunkedPrefill) {
		return "other"
	}
	locked := r.CachedFree() * a.page
	if total+float64(locked) >= a.rest() && !alone {
		return "no token"
	}
	n, output := extend, min(j.maxOutput, 4096)
	if a.ceil(extend) > a.chunk {
		n, output = int(math.Floor(float64(a.chunk)/float64(a.page)))*a.page, 0
	}
	if n <= 0 {
		return "other"
	}
	if r.AdmitBlocks(cached+n, n)+a.decodes > r.Free() {
		return "no token"
	}
	a.available -= locked
	r.Admit(n)
	a.canRun = append(a.canRun, j)
	a.update(n, output)
	switch {
	case a.rest() <= 0 || a.available-a.current <= 0:
		return "no token"
	case a.input <= 0 || a.chunk <= 0:
		return "other"
	}
	return "continue"
}
