package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// crowds is how many scenarios of each kind every policy is tried on.
const crowds = 150

// walks are the rules of every policy's engine, followed request by request from descriptions of their
// schedulers that know nothing of the policies' shortcuts and share no state with them.
var walks = map[string]func(*oracleRank){
	"orca":    walkOrca,
	"sarathi": walkSarathi,
	"sglang":  walkSGLang,
	"static":  walkFasterTransformer,
	"trtllm":  walkTRTLLM,
	"vllm":    walkVLLM,
	"vllm0":   walkVLLM0,
}

// walkVLLM schedules a step as vLLM v1 does, in the order of its lists (vllm/v1/core/sched/scheduler.py).
func walkVLLM(r *oracleRank) {
	limits := &r.pool.c.Limits
	// of all microbatches
	budget, threshold := r.pool.c.Stages*limits.MaxNumBatchedTokens, r.pool.c.Stages*limits.LongPrefillThreshold
	preempted, crowded := false, false
	served := map[*job]int{}
running:
	for i := 0; i < len(r.running) && budget > 0; i++ {
		j := r.running[i]
		if !r.counts(j) {
			continue
		}
		n := j.known() - j.computed
		if threshold > 0 {
			n = min(n, threshold)
		}
		n = min(n, budget, limits.MaxModelLen-1-j.computed)
		cut := false
		if j.decoding && r.verifies() {
			if n, cut = min(r.queries(), budget), r.queries() > budget; cut {
				crowded = true
				if _, ok := r.RowBlocks(r.id(j), n); !ok { // which has to have all
					r.SitOut(r.id(j))
					continue
				}
			}
		}
		if !j.decoding {
			n = r.toBlocks(j, j.computed, n)
		}
		if n == 0 {
			continue
		}
		for r.asks(j, n, cut) > r.Free() {
			victim := r.running[len(r.running)-1]
			if order.Yields(r.pool.c.Order) {
				victim = slices.MaxFunc(r.running, r.pool.order())
			}
			if given, ok := served[victim]; ok {
				delete(served, victim)
				budget += given
				i--
			}
			r.Preempt(r.id(victim), false)
			preempted = true
			if victim == j {
				break running
			}
		}
		served[j] = n
		if budget -= n; cut {
			r.SitOut(r.id(j))
			r.ComputeRows(r.id(j), n)
			continue
		}
		if j.chunk = n; j.decoding && r.verifies() {
			j.chunk, j.holds, r.decodes = 1, r.ahead(j), true
		}
		r.cache.grow(j)
	}
	r.othersSitOut()
	if !preempted && !crowded {
		r.vllmWaiting(budget)
	}
}

// asks is how many blocks a job asks for, of which n tokens are computed, or so many of its rows.
func (r *oracleRank) asks(j *job, n int, cut bool) int {
	if cut {
		blocks, _ := r.RowBlocks(r.id(j), n)
		return blocks
	}
	return r.more(j, n)
}

// othersSitOut lets those that verify drafts and were not come to sit out the step.
func (r *oracleRank) othersSitOut() {
	for _, j := range r.running {
		if r.verifies() && j.decoding && r.counts(j) && j.chunk == 0 && !j.sits {
			r.SitOut(r.id(j))
		}
	}
}

// vllmWaiting admits waiting requests into what the running ones leave of the budget.
func (r *oracleRank) vllmWaiting(budget int) {
	limits := &r.pool.c.Limits
	threshold := r.pool.c.Stages * limits.LongPrefillThreshold
	for len(r.waiting) > 0 && budget > 0 && len(r.running) < limits.MaxNumSeqs {
		j := r.waiting[0]
		n := j.known() - r.cachedOf(j)
		if threshold > 0 {
			n = min(n, threshold)
		}
		if n > budget && !limits.ChunkedPrefill {
			return
		}
		if n = r.toBlocks(j, r.cachedOf(j), min(n, budget)); n == 0 {
			return
		}
		watermark := 0
		if len(r.running) > 0 {
			watermark = int(limits.Watermark * float64(r.pool.c.Blocks+1)) // the null block counts
		}
		tokens, step := r.cachedOf(j)+n, n
		if limits.ReserveFullInput {
			tokens, step = j.known(), min(j.known()-r.cachedOf(j), most(&r.pool.c))
		}
		if r.AdmitBlocks(tokens, step)+watermark > r.Free() {
			return
		}
		r.Admit(n)
		budget -= n
	}
}

// toBlocks cuts n tokens of a prompt at the ends of blocks (Scheduler._mamba_block_aligned_split).
func (r *oracleRank) toBlocks(j *job, computed, n int) int {
	size := r.pool.c.Limits.SnapshotTokens
	if size == 0 {
		return n
	}
	last := j.known() - j.known()%size
	if computed+n < last {
		if n >= size || most(&r.pool.c) >= size {
			return n - n%size
		}
	} else if computed < last {
		return last - computed
	}
	return n
}

// cachedOf is how many of a waiting request's tokens the prefix cache holds.
func (r *oracleRank) cachedOf(j *job) int {
	if r.cache == nil {
		return 0
	}
	return r.cache.cached(j)
}

// walkVLLM0 schedules a step as vLLM v0 does: whole prompts alone as long as any fits, else a token of each
// sequence in the order of admission, for which the latest give way.
func walkVLLM0(r *oracleRank) {
	limits := &r.pool.c.Limits
	budget, prompts := r.pool.c.Stages*limits.MaxNumBatchedTokens, 0
	for len(r.swapped) == 0 && len(r.waiting) > 0 && len(r.running) < r.pool.c.Stages*limits.MaxNumSeqs {
		n := r.waiting[0].known() - r.cachedOf(r.waiting[0])
		spare := 0
		if len(r.running) > 0 {
			spare = int(limits.Watermark * float64(r.pool.c.Blocks))
		}
		if n > budget && prompts > 0 || r.AdmitBlocks(r.waiting[0].known(), n)+spare > r.Free() {
			break
		}
		r.Admit(n)
		budget -= n
		prompts++
	}
	preempted := false
	for i := 0; i < len(r.running) && prompts == 0; i++ {
		j := r.running[i]
		if !r.counts(j) {
			continue
		}
		for r.Footprint(j.computed+1)-r.Footprint(j.computed) > r.Free() {
			last := r.running[len(r.running)-1]
			preempted = true
			if limits.Swap {
				r.Swap(r.id(last))
			} else {
				r.Preempt(r.id(last), false)
			}
			if last == j {
				return
			}
		}
		j.chunk = 1
		r.cache.grow(j)
	}
	if prompts == 0 && !preempted {
		r.swapInAll()
	}
}

// crowded is a scenario in which requests contend for a pool of narrow blocks, so that what a policy
// decides shows: prompts that begin alike, whole or in chunks, and answers that are declared longer than
// they are. The lengths are a few, since draws from a range are mostly short.
var crowded = rapid.Custom(func(t *rapid.T) drawn {
	c, _ := scenario(t)
	c.DP, c.Replicas = 1, 1
	c.Layout = kv.Layout{BlockTokens: rapid.SampledFrom([]int{1, 4}).Draw(t, "narrow"), Full: 1}
	c.Limits.MaxNumSeqs = rapid.SampledFrom([]int{3, 6, 12}).Draw(t, "some")
	c.Limits.MaxModelLen = 400
	if !c.Limits.ChunkedPrefill {
		c.Limits.MaxNumBatchedTokens = c.Limits.MaxModelLen
	}
	c.Limits.ScheduleConservativeness = rapid.SampledFrom([]float64{0, 0.05, 0.2, 0.5}).Draw(t, "expected")
	halves := rapid.SampledFrom([]int{2, 3, 5, 10}).Draw(t, "pool") // of the longest sequence's blocks
	c.Blocks = halves * c.Layout.Blocks(c.Limits.MaxModelLen) / 2
	var crowd []workloads.Request
	at := units.Picoseconds(0)
	for range rapid.SampledFrom([]int{10, 20, 40}).Draw(t, "crowd") {
		at += units.Picoseconds(rapid.SampledFrom([]int{0, 0, 1000, 300_000, 3_000_000}).Draw(t, "after"))
		q := workloads.Request{
			Arrival: at, Input: rapid.SampledFrom([]int{1, 7, 40, 90, 150, 200}).Draw(t, "in"),
			Output: rapid.SampledFrom([]int{1, 7, 40, 90, 150}).Draw(t, "out"),
		}
		q.MaxOutput = q.Output + rapid.SampledFrom([]int{0, 3, 50}).Draw(t, "more")
		q.Priority = int32(len(crowd) * len(crowd) % 5)
		crowd = append(crowd, q)
	}
	shareContent(t, crowd, c.Layout.BlockTokens)
	return drawn{c, func() workloads.Source {
		return &fixture.List{Requests: crowd, Chunk: c.Layout.BlockTokens}
	}}
})

// TestPoliciesFollowTheRules holds every policy, its shortcuts and all that it remembers from step to step,
// against its engine's rules as they are written down here a second time.
func TestPoliciesFollowTheRules(t *testing.T) {
	failed := map[string]bool{} // more tell no more
	for seed := range 2 * crowds {
		d := scenarios.Example(seed)
		if seed >= crowds {
			d = crowded.Example(seed)
		}
		for _, policy := range sched.Names() {
			if failed[policy] {
				continue
			}
			c := d.c
			c.Policy, c.Others = policy, nil
			wholePages(&c.Pool)
			if policy != "vllm" {
				c.Verify = nil
			}
			if c.Verify != nil { // what decodes is served before a prompt in progress, and rows may be too many
				c.Limits.LongPrefillThreshold = 0
			}
			c.Limits.SnapshotTokens = 0 // prompts that are cut at blocks are served after those that decode
			literal := func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() }
			want, wantFinished := outcome(t, c, d.fresh(), literal)
			if c.PrefixCaching && want.Preemptions > 0 && policy != "sglang" {
				c.PrefixCaching = false // they preempt before they allocate: another cached block may live
				want, wantFinished = outcome(t, c, d.fresh(), literal)
			}
			got, gotFinished := outcome(t, c, d.fresh(), engine)
			if diff := sameRun(want, got, wantFinished, gotFinished); diff != "" {
				t.Errorf("%s, seed %d: rules (-) and engine (+) differ:\n%s", policy, seed, diff)
				failed[policy] = true
			}
		}
	}
}

// TestUrgencyFollowsTheRules is the same where requests stand in an order by which they drive each other out.
func TestUrgencyFollowsTheRules(t *testing.T) {
	for seed := range crowds {
		d := crowded.Example(seed)
		d.c.Policy, d.c.Others, d.c.PrefixCaching = "vllm", nil, false
		d.c.Order = []string{order.Priority, order.ShortestJob, order.Deadline}[seed%3]
		d.c.Basis.Token, d.c.Basis.Patience = 20_000, func(request int) units.Picoseconds {
			return units.Picoseconds(request * request % 5 * 200_000)
		}
		d.c.Limits.ReserveFullInput, d.c.Limits.Watermark, d.c.Limits.SnapshotTokens = false, 0, 0
		if d.c.Verify != nil { // as in TestPoliciesFollowTheRules
			d.c.Limits.LongPrefillThreshold = 0
		}
		got, gotFinished := outcome(t, d.c, d.fresh(), engine)
		for name, run := range map[string]func(Config) (*Result, error){
			"oracle": simulate, "rules": func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() },
		} {
			want, wantFinished := outcome(t, d.c, d.fresh(), run)
			if diff := sameRun(want, got, wantFinished, slices.Clone(gotFinished)); diff != "" {
				t.Fatalf("seed %d: %s (-) and engine (+) differ:\n%s", seed, name, diff)
			}
		}
	}
}
