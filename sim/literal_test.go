package sim

import (
	"testing"

	"pgregory.net/rapid"
)

// walk schedules a step as vLLM v1 does, request by request in the order of its lists, from a description of
// vllm/v1/core/sched/scheduler.py that knows nothing of the policy's shortcuts.
func (r *oracleRank) walk() {
	limits := &r.o.c.Limits
	budget, threshold := r.o.c.Stages*limits.MaxNumBatchedTokens, r.o.c.Stages*limits.LongPrefillThreshold // of all microbatches
	preempted := false
running:
	for i := 0; i < len(r.running) && budget > 0; i++ {
		j := r.running[i]
		n := j.known() - j.computed
		if threshold > 0 {
			n = min(n, threshold)
		}
		n = min(n, budget, limits.MaxModelLen-1-j.computed)
		if n == 0 {
			continue
		}
		for r.Footprint(j.computed+n)-r.Footprint(j.computed) > r.Free() {
			victim := r.running[len(r.running)-1]
			r.Preempt(r.id(victim), false)
			preempted = true
			if victim == j {
				break running
			}
		}
		j.chunk = n
		budget -= n
	}
	if preempted {
		return
	}
	for len(r.waiting) > 0 && budget > 0 && len(r.running) < limits.MaxNumSeqs {
		j := r.waiting[0]
		n := j.known()
		if threshold > 0 {
			n = min(n, threshold)
		}
		if n > budget && !limits.ChunkedPrefill {
			return
		}
		n = min(n, budget)
		watermark := 0
		if len(r.running) > 0 {
			watermark = int(limits.Watermark * float64(r.o.c.Blocks))
		}
		tokens := n
		if limits.ReserveFullInput {
			tokens = j.known()
		}
		if r.AdmitBlocks(tokens)+watermark > r.Free() {
			return
		}
		r.Admit(n)
		budget -= n
	}
}

func TestVLLMPolicyFollowsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		c.Policy = "vllm"
		c.PrefixCaching = false // the policy preempts before it allocates, which may save another cached block
		want, wantFinished := outcome(t, c, fresh(), func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() })
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Fatalf("rules (-) and engine (+) differ:\n%s", d)
		}
	})
}
