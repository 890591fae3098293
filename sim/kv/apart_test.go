package kv_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

// divided are figures of an engine that divides its cache beforehand, by SGLang's shares.
func divided(pool units.Bytes) kv.Settings {
	f := keeping(0.9, 0)
	f.Windows = "apart"
	f.Apart = kv.Apart{Source: "test", WindowShare: 0.8, StateShare: 0.9, CachedStates: 3,
		Shares: []kv.MixerShare{{Kind: "compressed", WindowShare: 0.1}}}
	return kv.Settings{Engine: f, BlockTokens: 1, PoolBytes: pool}
}

// What SGLang logged of divided caches: bytes that a token of context takes in all pools together.
func TestDividedCachesAsLogged(t *testing.T) {
	fp8 := tensor(8)
	fp8.Precision.KV = units.FP8
	for _, c := range []struct {
		model string
		plan  arch.Plan
		ratio float64 // swa_full_tokens_ratio; 0: the engine's own
		bytes float64
	}{
		// sgl-project/sglang#24523: bytes_per_full_token=23749.84, with the draft's layer, whose window is 58.4.
		{"deepseek-v4-pro", fp8, 0, 23749.84 - 58.4},
		// #15464: SWAKVPool of 77.63 GB for 1,496,958 tokens of both kinds.
		{"mimo-v2-flash", tensor(4), 1, 77.63 * (1 << 30) / 1496958},
		// #18039: 300,288 tokens of 39 layers with a window are 8.38 + 5.59 GB; nine others have a head of
		// 192 and 128 values on each rank.
		{"mimo-v2-flash", tensor(4), 0, 5760 + 0.8*(8.38+5.59)*(1<<30)/300288},
	} {
		s := divided(units.GiB)
		s.WindowShare = c.ratio
		m := fit(t, c.model, c.plan, s)
		if got := float64(m.BlockBytesPerGPU) * float64(m.Layout.Full); math.Abs(got/c.bytes-1) > 0.001 {
			t.Errorf("%s: a token takes %.2f bytes, logged %.2f", c.model, got, c.bytes)
		}
		if want := int(float64(units.GiB) / c.bytes); math.Abs(float64(m.Tokens())/float64(want)-1) > 0.001 {
			t.Errorf("%s: %d tokens in a GiB, by the log %d", c.model, m.Tokens(), want)
		}
	}
}

// Where windows have room for 4 of 5 tokens, four blocks are a token of context and five one of a window.
func TestDividedWindows(t *testing.T) {
	m := fit(t, "gpt-oss-120b", tensor(1), divided(units.GiB))
	want := kv.Layout{BlockTokens: 1, Full: 4, Windows: []kv.WindowGroup{{Tokens: 128, Blocks: 1}}}
	if d := cmp.Diff(want, m.Layout); d != "" {
		t.Errorf("by hand (-) and computed (+):\n%s", d)
	}
	if got, want := m.BlockBytesPerGPU, units.Bytes(18*2048*1.8/4); got != want {
		t.Errorf("a block takes %v bytes, by hand %v", got, want)
	}
	for context, want := range map[int]int{1: 5, 128: 640, 1000: 4000 + 129} {
		if got := m.Layout.Blocks(context); got != want {
			t.Errorf("%d tokens take %d blocks, by hand %d", context, got, want)
		}
	}
}

// Engines that know no windows keep as much for each layer.
func TestWholeWindows(t *testing.T) {
	s := kv.Settings{Engine: keeping(0.9, 0), BlockTokens: 32, PoolBytes: units.GiB}
	s.Engine.Windows = "whole"
	m := fit(t, "gpt-oss-120b", tensor(1), s)
	if d := cmp.Diff(kv.Layout{BlockTokens: 32, Full: 1}, m.Layout); d != "" {
		t.Errorf("by hand (-) and computed (+):\n%s", d)
	}
	if want := units.Bytes(36 * 2048 * 32); m.BlockBytesPerGPU != want || m.Tokens() != m.Blocks*32 {
		t.Errorf("a block takes %v bytes, by hand %v; %d tokens in %d", m.BlockBytesPerGPU, want, m.Tokens(), m.Blocks)
	}
}

// Of 19 GB, nine are for recurrent states and ten for what grows.
func TestDividedStates(t *testing.T) {
	state := 77266944.0 // of qwen3-next-80b-a3b, by hand in TestLayoutsByHand
	tokens := func(bytes float64) int { return int(bytes / (12 * 2048)) }
	s := divided(19e9)
	m := fit(t, "qwen3-next-80b-a3b", tensor(1), s)
	if want := int(9e9 / state); m.States != want || m.MostSequences() != want/3 || m.Layout.Constant != 0 {
		t.Errorf("%d states for %d sequences, by hand %d and a third; %+v", m.States, m.MostSequences(), want, m.Layout)
	}
	if want := tokens(10e9); m.Blocks != want {
		t.Errorf("%d tokens, by hand %d", m.Blocks, want)
	}
	s.Uncached = true
	if m := fit(t, "qwen3-next-80b-a3b", tensor(1), s); m.MostSequences() != int(9e9/state) {
		t.Errorf("%d sequences without a prefix cache, by hand %d", m.MostSequences(), int(9e9/state))
	}
	s.MaxSequences = 50
	if m := fit(t, "qwen3-next-80b-a3b", tensor(1), s); m.States != 50 || m.Blocks != tokens(19e9-50*state) {
		t.Errorf("%d states and %d tokens for 50 sequences", m.States, m.Blocks)
	}
	s.PoolBytes = units.Bytes(2 * state)
	if m := fit(t, "qwen3-next-80b-a3b", tensor(1), s); m.Fits() {
		t.Error("50 states fit into two")
	}
}

// Scales that stay as they were loaded: DeepSeek-V4-Pro's experts on eight H200
// (sim/engines/profiles/sglang.toml).
func TestLoadedScales(t *testing.T) {
	plan := tensor(8)
	plain := fit(t, "deepseek-v4-pro", plan, divided(units.GiB))
	s := divided(units.GiB)
	s.Engine.MXFP4 = kv.MXFP4{LoadedScale: 4, Generation: "hopper"}
	values := 61.0 * 384 * 3 * 7168 * 3072 / 8
	near(t, "scales", fit(t, "deepseek-v4-pro", plan, s).WeightBytesPerGPU-plain.WeightBytesPerGPU, values/32*4)
	s.Engine.MXFP4.Generation = "blackwell"
	if m := fit(t, "deepseek-v4-pro", plan, s); m.WeightBytesPerGPU != plain.WeightBytesPerGPU {
		t.Error("they stay on every GPU")
	}
}
