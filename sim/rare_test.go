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

// times are those of a key or a pair, by reach.
func times(each ...units.Picoseconds) (all [arch.MaxReaches]units.Picoseconds) {
	copy(all[:], each)
	return all
}

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

// sized fills in what a pool with blocks of some tokens is, and a longest request, that takes so long a step.
func sized(p Pool, longest, blockTokens int, step units.Picoseconds) Pool {
	limits := p.Limits
	p = pooled(p)
	p.Layout.BlockTokens, p.Step.(*fixture.Affine).Shared = blockTokens, step
	p.Limits = limits
	p.Limits.MaxNumSeqs = max(1, limits.MaxNumSeqs)
	p.Limits.MaxModelLen, p.Limits.ChunkedPrefill = longest, limits.MaxNumBatchedTokens > 0
	if limits.MaxNumBatchedTokens == 0 {
		p.Limits.MaxNumBatchedTokens = longest
	}
	return p
}

// rare are scenarios that told engine and oracle apart once in 400,000 random ones, in their smallest form.
var rare = map[string]struct {
	config   Config
	requests []workloads.Request
}{
	"a retracted prompt that a step alone computed is looked up anew when its answer is known": {
		Config{Pool: Pool{
			Replicas: 1, DP: 1, Stages: 1, Policy: "sglang", Blocks: 13, PrefixCaching: true,
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
			Replicas: 1, DP: 1, Stages: 1, Policy: "trtllm", Blocks: 31, PrefixCaching: true,
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
			Replicas: 1, DP: 1, Stages: 1, Policy: "vllm", Blocks: 20, PrefixCaching: true,
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
			Pool:     pooled(Pool{Role: Prefill, Blocks: 9, PrefixCaching: true}),
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
	"a policy that found nothing looks again when the last that waited has left meanwhile": {
		Config{
			Pool: Pool{
				Replicas: 1, DP: 1, Stages: 1, Policy: "sglang", Blocks: 76, AsyncScheduling: true,
				Step: &fixture.Affine{
					Shared: 102, PerRankSeq: 21, PerKey: times(5), PerChunkToken: 16, PerPair: times(2, 1),
					Reach: []arch.Reach{{}, {Kind: arch.Window, Size: 32}},
				},
				Layout: kv.Layout{BlockTokens: 4, Full: 1},
				Limits: sched.Limits{MaxNumSeqs: 3, MaxNumBatchedTokens: 12, MaxModelLen: 200, ChunkedPrefill: true},
			},
			Admission: &Admission{Policy: "always", RequestTimeout: 100000, Retries: 1, Backoff: 2000},
		},
		[]workloads.Request{
			{Input: 7, Output: 85}, {Input: 40, Output: 85}, {Input: 1, Output: 1},
			{Arrival: 32, Input: 38, Output: 72},
		},
	},
	"SGLang finds nothing to run once all that ran are retracted, and twice as it looks again": {
		Config{
			Pool: sized(Pool{Role: Prefill, Blocks: 50, Link: 3e11}, 50, 1, 8),
			Others: []Pool{sized(Pool{
				Role: Decode, Blocks: 9, Policy: "sglang", AsyncScheduling: true,
				Limits: sched.Limits{MaxNumSeqs: 2, MaxPrefillTokens: 1, Rules: sched.Rules{PageOverhead: true}},
			}, 46, 4, 2)},
			Exchange: &Exchange{
				Payload: kv.Payload{Layers: 1, Tokens: []kv.Moving{{Bytes: 16}}}, Latency: 300, Again: true, Local: Never,
			},
			RequestDelay: 5000,
		},
		[]workloads.Request{
			{Arrival: 23051, Input: 1, Output: 1}, {Arrival: 23850, Input: 4, Output: 8, Follows: true},
			{Arrival: 28885, Input: 25, Output: 1}, {Arrival: 28887, Input: 4, Output: 17},
		},
	},
	"a prompt in progress, for which decodes left no tokens of a mixed step, goes on when some have ended": {
		Config{
			Pool: sized(Pool{Role: Prefill, Blocks: 9}, 5, 1, 63),
			Others: []Pool{sized(Pool{
				Role: Decode, Blocks: 11, Policy: "sglang",
				Limits: sched.Limits{MaxNumSeqs: 4, MaxNumBatchedTokens: 2, MaxPrefillTokens: 1, MixedChunk: true},
			}, 5, 1, 3001)},
			Exchange:     &Exchange{Payload: kv.Payload{Layers: 1}, Local: Never},
			TokenService: 40,
		},
		[]workloads.Request{
			{Input: 1, Output: 4}, {Input: 1, Output: 2}, {Input: 1, Output: 3}, {Input: 1, Output: 3},
			{Input: 1, Output: 2}, {Input: 1, Output: 2}, {Input: 1, Output: 4}, {Input: 1, Output: 2},
		},
	},
	"a decode replica that is asked what it has cached, while it decodes, has taken the blocks of its steps": {
		Config{
			Pool: sized(Pool{Role: Prefill, Blocks: 50}, 25, 1, 894),
			Others: []Pool{sized(Pool{
				Role: Decode, Blocks: 9, Policy: "trtllm", PrefixCaching: true,
				Limits: sched.Limits{MaxNumSeqs: 2, MaxNumBatchedTokens: 4},
			}, 22, 4, 3000)},
			Exchange: &Exchange{Payload: kv.Payload{Layers: 1}, Again: true, Local: 1},
		},
		[]workloads.Request{
			{Input: 12, Output: 1, Blocks: numbered(12)}, {Input: 2, Output: 19}, {Input: 1, Output: 8},
			{Arrival: 60050, Input: 13, Output: 1, Blocks: numbered(13)},
		},
	},
}

func TestRareScenarios(t *testing.T) {
	for name, s := range rare {
		c := s.config
		c.Check, c.Router, c.StatsInterval = true, router.RoundRobin, 5000
		fresh := func() workloads.Source { return &fixture.List{Requests: s.requests, Chunk: 1} }
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Errorf("%s: oracle (-) and engine (+) differ:\n%s", name, d)
		}
	}
}
