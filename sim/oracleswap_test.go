package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// parking is the jobs of a rank at the host, and blocks that have gone there or come back since the last step
// began.
type parking struct {
	swapped []*job
	moved   int
}

func (r *oracleRank) Swapped() int { return len(r.swapped) }

func (r *oracleRank) SwapBlocks() int {
	return r.Footprint(r.swapped[0].known() - 1 + r.pool.c.Layout.BlockTokens)
}

func (r *oracleRank) Swap(s sched.Seq) {
	j := r.jobs[s]
	r.running = slices.DeleteFunc(r.running, func(k *job) bool { return k == j })
	if r.drop(j) {
		r.interrupted(j)
	}
	j.running, j.decoding, j.chunk = false, false, 0
	j.Preemptions++
	r.swapped = append([]*job{j}, r.swapped...)
	r.moved += r.Footprint(j.computed)
	r.pool.account.Preempted(r.pool.now)
	r.pool.journal.Wait(r.pool.now, 1)
}

func (r *oracleRank) SwapIn() {
	j := r.swapped[0]
	r.swapped = r.swapped[1:]
	j.running, j.decoding = true, true
	r.running = append(r.running, j)
	r.moved += r.Footprint(j.computed)
	r.pool.journal.Wait(r.pool.now, -1)
}

// swaps is how long what has gone and come takes.
func (p *oracleReplica) swaps() units.Picoseconds {
	most := 0
	for _, r := range p.ranks {
		most, r.moved = max(most, r.moved), 0
	}
	return units.Picoseconds(most) * p.pool.c.SwapBlock
}

// swapInAll is the end of Scheduler._schedule: those at the host come back as long as can_swap_in says, and
// get a slot each.
func (r *oracleRank) swapInAll() {
	limits := &r.pool.c.Limits
	for len(r.swapped) > 0 {
		j := r.swapped[0]
		required := r.Footprint(j.computed + r.pool.c.Layout.BlockTokens) // a block more than it had
		watermark := int(limits.Watermark * float64(r.pool.c.Blocks))
		full := len(r.running) >= r.pool.c.Stages*limits.MaxNumSeqs
		if len(r.running) > 0 && (full || r.Free()-required < watermark) {
			return
		}
		r.SwapIn()
		j.chunk = 1
	}
}

// swapping makes all pools of a configuration swap.
func swapping(t *rapid.T, c *Config) {
	for _, p := range poolsOf(c) {
		p.Policy, p.PrefixCaching, p.AsyncScheduling, p.Verify = "vllm0", false, false, nil
		p.Limits.Swap = true
		p.SwapBlock = units.Picoseconds(rapid.SampledFrom([]int{0, 1, 30, 2000}).Draw(t, "a block swapped"))
		if !p.Limits.ChunkedPrefill {
			p.Limits.MaxNumBatchedTokens = max(p.Limits.MaxNumBatchedTokens, p.Limits.MaxModelLen)
		}
		p.Limits.SnapshotTokens = 0
	}
}

// TestSwapsEqualOracle holds the engine against the policy step by step, and against its source.
func TestSwapsEqualOracle(t *testing.T) {
	swapped := 0
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		if rapid.Bool().Draw(t, "crowded") {
			d := crowded.Draw(t, "crowd")
			c, fresh = d.c, d.fresh
		}
		swapping(t, &c)
		want, wantFinished := outcome(t, c, fresh(), simulate)
		literal := func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() }
		for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "rules": literal} {
			got, gotFinished := outcome(t, c, fresh(), run)
			if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
				t.Fatalf("oracle (-) and %s (+) differ:\n%s", name, d)
			}
		}
		if want.Preemptions > 0 {
			swapped++
		}
	})
	if swapped < 5 {
		t.Errorf("only %d scenarios swap anybody", swapped)
	}
}

// Two prompts of 16 tokens hold two of four blocks, and from 17 tokens on all. At 33, in the step to 18, each
// would need a third: the second goes to the host, two blocks of 0.5 ms, and the step ends at 19. The first
// has its 40 tokens at 41, and the second comes back for the next step, which takes 1 ms more, and goes on
// from its 17th token: its 18th is there at 43. A third prompt is computed before the step after.
func TestMicroSwap(t *testing.T) {
	c := microConfig("vllm0", 16, sched.Limits{MaxNumBatchedTokens: 100, Swap: true}, nil)
	c.Blocks, c.SwapBlock = usable("vllm0", 4), tickTime/2
	runMicros(t, []micro{
		{name: "the last goes and comes back", c: c, requests: []asked{
			{in: 16, out: 40, first: 1, last: 41},
			{in: 16, out: 40, first: 1, last: 65, preempts: true}}},
		{name: "nobody is admitted meanwhile", c: c, requests: []asked{
			{in: 16, out: 40, first: 1, last: 41},
			{in: 16, out: 40, first: 1, last: 66, preempts: true},
			{at: 20.5, in: 1, out: 1, first: 44}}},
	})
}
