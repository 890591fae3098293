package sim

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

var one = [arch.MaxReaches]units.Picoseconds{1}

// guessing verifies one draft a step.
var guessing = func() *drafts.Verification {
	law, err := drafts.New([]float64{1}, 0)
	if err != nil {
		panic(err)
	}
	return &drafts.Verification{Law: law}
}()

// numbered are the content ids 1 to n.
func numbered(n int) (list []uint64) {
	for i := range n {
		list = append(list, uint64(i)+1)
	}
	return list
}

// pooled fills in what a pool with blocks of a token is that takes 1 ps a step.
func pooled(p Pool) Pool {
	p.Replicas, p.DP, p.Stages, p.Layout = 1, 1, 1, kv.Layout{BlockTokens: 1, Full: 1}
	if p.Policy == "" {
		p.Policy = "vllm"
	}
	p.Step = &fixture.Affine{Shared: 1, Reach: []arch.Reach{{}}}
	p.Limits = sched.Limits{MaxNumSeqs: 1, MaxNumBatchedTokens: 4, MaxModelLen: 4, ChunkedPrefill: true}
	return p
}

// rare are scenarios that told engine and oracle apart once in 400,000 random ones, in their smallest form.
var rare = map[string]struct {
	config   Config
	requests []workloads.Request
}{
	"a retracted prompt that a step alone computed is looked up anew when its answer is known": {
		Config{Pool: Pool{
			Replicas: 1, DP: 1, Stages: 1, Policy: "sglang", Blocks: 13,
			Step: &fixture.Affine{Shared: 1, PerPair: one, Reach: []arch.Reach{{}}},
			Layout: kv.Layout{
				BlockTokens: 1, Full: 1, Windows: []kv.WindowGroup{{Tokens: 1, Blocks: 1}, {Tokens: 1, Blocks: 1}},
			},
			Limits: sched.Limits{
				MaxNumSeqs: 12, MaxNumBatchedTokens: 40, MaxModelLen: 40, ScheduleConservativeness: 0.05,
				Rules: rulesOf(481),
			},
		}},
		[]workloads.Request{{Input: 1, Output: 6, Blocks: []uint64{1}}, {Input: 1, Output: 4, Blocks: []uint64{1}}},
	},
	"of equal blocks that become known in one step, those of a prompt come first": {
		Config{Pool: Pool{
			Replicas: 1, DP: 1, Stages: 1, Policy: "trtllm", Blocks: 31,
			Step:   &fixture.Affine{Shared: 1, PerKey: one, Reach: []arch.Reach{{}}},
			Layout: kv.Layout{BlockTokens: 3, Full: 1},
			Limits: sched.Limits{MaxNumSeqs: 2, MaxNumBatchedTokens: 40, MaxModelLen: 40},
		}},
		[]workloads.Request{
			{Input: 3, Output: 2, Blocks: []uint64{1, 2, 3}},
			{Input: 1, Output: 1, Blocks: []uint64{9}},
			{Input: 6, Output: 7, Blocks: []uint64{1, 2, 3, 4, 5, 6}},
			{Input: 4, Output: 7, Blocks: []uint64{1, 2, 3, 7}},
		},
	},
	"a window takes a block of context that an answered request has just given up": {
		Config{Pool: Pool{
			Replicas: 1, DP: 1, Stages: 1, Policy: "vllm", Blocks: 20,
			Step:   &fixture.Affine{Shared: 1, Reach: []arch.Reach{{}}},
			Layout: kv.Layout{BlockTokens: 3, Full: 1, Windows: []kv.WindowGroup{{Tokens: 4, Blocks: 1}}},
			Limits: sched.Limits{MaxNumSeqs: 1, MaxNumBatchedTokens: 1, MaxModelLen: 22, ChunkedPrefill: true},
		}},
		[]workloads.Request{
			{Input: 8, Output: 9, Blocks: numbered(16), Beyond: true},
			{Input: 16, Output: 1, Blocks: numbered(16)},
		},
	},
	"the last token of a prompt, which is computed anew where drafts are verified, fills a block": {
		Config{
			Pool:     pooled(Pool{Role: Prefill, Blocks: 9}),
			Others:   []Pool{pooled(Pool{Role: Decode, Blocks: 5, PrefixCaching: true, Verify: guessing})},
			Exchange: &Exchange{Payload: kv.Payload{Layers: 1}, Latency: 50, Again: true, Local: Never},
		},
		[]workloads.Request{
			{Input: 2, Output: 1, Blocks: numbered(2)}, {Input: 3, Output: 1, Blocks: numbered(3)},
		},
	},
	"a pool that computes prompts for others knows nothing of their answers": {
		Config{
			Pool:     pooled(Pool{Role: Prefill, Blocks: 9, Policy: "sglang", AsyncScheduling: true, PrefixCaching: true}),
			Others:   []Pool{pooled(Pool{Role: Decode, Blocks: 9})},
			Exchange: &Exchange{Payload: kv.Payload{Layers: 1}, Local: Never},
		},
		[]workloads.Request{
			{Input: 1, Output: 2, Blocks: numbered(2), Beyond: true}, {Input: 3, Output: 1, Blocks: numbered(3)},
		},
	},
}

func TestRareScenarios(t *testing.T) {
	for name, s := range rare {
		c := s.config
		c.PrefixCaching, c.Check, c.Router, c.StatsInterval = true, true, router.RoundRobin, 5000
		fresh := func() workloads.Source { return &fixture.List{Requests: s.requests, Chunk: 1} }
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Errorf("%s: oracle (-) and engine (+) differ:\n%s", name, d)
		}
	}
}
