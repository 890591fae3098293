package kv_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

// use is one GPU of a plan of a catalogue's model on an H100 of 81,090 MiB.
func use(t *testing.T, model string, plan arch.Plan, tokens, sequences int) kv.Use {
	t.Helper()
	spec, err := arch.Lookup(model)
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	d := &hw.Device{Memory: 81090 * units.GiB / 1024, Link: hw.Link{Kind: "nvlink4"}}
	return kv.Use{Model: m, Device: d, Plan: plan, Weights: 20e9, Tokens: tokens, Sequences: sequences}
}

func near(t *testing.T, what string, got units.Bytes, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s: %.0f bytes, by hand %.0f", what, float64(got), want)
	}
}

// Llama-3.1-8B has 4,096 hidden values, gate and up of 2·14,336 beside their product of 14,336, and 128,256
// words; its experts' counterpart Qwen3-30B-A3B 2,048, and 8 choices of 2·768 or 2,048 beside 768.
func TestActivationsByHand(t *testing.T) {
	layers := &kv.Figures{Law: "vllm", Share: 0.9, HiddenTensors: 3, LivePairs: 1}
	near(t, "a layer", layers.Divide(use(t, "llama-3.1-8b", tensor(1), 8192, 256)).Activations,
		2*8192*(3*4096+3*14336))
	near(t, "a layer on two", layers.Divide(use(t, "llama-3.1-8b", tensor(2), 8192, 256)).Activations,
		2*8192*(3*4096+3*14336/2))
	near(t, "experts", layers.Divide(use(t, "qwen3-30b-a3b", tensor(1), 8192, 256)).Activations,
		2*8192*(3*2048+8*(2048+768)))
	shared := use(t, "llama-3.1-8b", tensor(1), 8192, 256)
	shared.Plan.CP = 4
	near(t, "a quarter of a chunk", layers.Divide(shared).Activations, 2*2048*(3*4096+3*14336))
	sampled := *layers
	sampled.LogitBytes = 38
	near(t, "sampling", sampled.Divide(use(t, "llama-3.1-8b", tensor(1), 8192, 1024)).Activations,
		38*1024*128256+2*8192*4096)
	near(t, "sampling a short step", sampled.Divide(use(t, "llama-3.1-8b", tensor(1), 64, 1024)).Activations,
		38*64*128256+2*64*4096)
	sampled.FusedLogitBytes = 10
	fused := use(t, "llama-3.1-8b", tensor(1), 2048, 256)
	fused.Fused = true
	near(t, "sampling without a sort", sampled.Divide(fused).Activations, 10*256*128256+2*2048*4096)
	// Of 32 layers two tensors each go through an all-reduce, and the embedding.
	kept := *layers
	kept.KeepsReduced = true
	near(t, "kept until the end", kept.Divide(use(t, "llama-3.1-8b", tensor(2), 1000, 1)).Activations,
		2*1000*(3*4096+3*14336/2)+2*1000*4096*65)
	near(t, "nothing is kept on one", kept.Divide(use(t, "llama-3.1-8b", tensor(1), 1000, 1)).Activations,
		2*1000*(3*4096+3*14336))
}

// The three laws on the same GPU: 0.9 of all less what is kept, 0.8 of what is free at the start less
// weights, 0.5 of what all leaves.
func TestLawsByHand(t *testing.T) {
	const gib = float64(units.GiB)
	memory := 81090 * gib / 1024
	u := use(t, "llama-3.1-8b", tensor(1), 8192, 256)
	layer := 2. * 8192 * (3*4096 + 3*14336)
	figures := kv.Figures{Law: "vllm", Share: 0.9, HiddenTensors: 3, LivePairs: 1, RuntimeGiB: 0.5,
		ExchangeGiB: 0.25, MulticastGiB: 2}
	near(t, "vllm", figures.Divide(u).Pool, 0.9*memory-20e9-layer-0.5*gib)
	u.Share, u.Spread = 0.5, 2
	near(t, "vllm, twice as much kept", figures.Divide(u).Pool, 0.5*memory-20e9-2*(layer+0.5*gib))
	u.Spread = 0
	figures.Law = "trtllm"
	near(t, "trtllm", figures.Divide(u).Pool, 0.5*(memory-20e9-layer-0.5*gib))
	figures.Law, u.Share = "sglang", 0.8
	near(t, "sglang", figures.Divide(u).Pool, 0.8*(memory-0.5*gib)-20e9)
	near(t, "sglang's rest", figures.Divide(u).Activations, 0.2*(memory-0.5*gib))
	u.Plan = tensor(4)
	near(t, "four over switches", figures.Divide(u).Runtime, 2.5*gib)
	u.Device.Link.Kind = "pcie5"
	near(t, "four over PCIe", figures.Divide(u).Runtime, 0.75*gib)
}

// SGLang's rule on an H100: 512 MiB, 1.5 for each of 8,192 tokens, 2 for each of 256 or 512 sequences and 128
// for each rank, at least 10 GiB; with data-parallel attention 4.5 more for each of 512 sequences and rank.
func TestStaticShareByHand(t *testing.T) {
	figures := &kv.Figures{Law: "sglang", Static: kv.Static{MetadataMiB: 512, TokenMiB: 1.5, LeastTokens: 2048,
		BatchMiB: 2, RankMiB: 128, DPBatchMiB: 3, DPWideMiB: 1.5, DPWideBatch: 300, LargeMiB: 10240,
		LargeMemoryGiB: 60,
		Batches:        []kv.CapturedBatch{{BelowGiB: 35, Narrow: 24, Wide: 80}, {Narrow: 256, Wide: 512}}}}
	share := func(outside float64) float64 { return math.Round((81090-outside)/81090*1000) / 1000 }
	for _, c := range []struct {
		name   string
		plan   arch.Plan
		tokens int
		eager  bool
		want   float64
	}{
		{"one GPU", tensor(1), 8192, false, share(512 + 12288 + 512 + 128)},
		{"four", tensor(4), 8192, false, share(512 + 12288 + 1024 + 512)},
		{"a short chunk leaves 10 GiB", tensor(1), 1024, false, share(10240)},
		{"no graphs", tensor(1), 8192, true, share(512 + 12288 + 128)},
		{"attention on each of four", arch.Plan{TP: 1, PP: 1, DP: 4, EP: 4, GPUsPerNode: 8}, 8192, false,
			share(512 + 12288 + 1024 + 512 + 4.5*512*4)},
	} {
		u := use(t, "llama-3.1-8b", c.plan, c.tokens, 256)
		if !c.eager {
			u.Batch = figures.Static.Largest(u.Device, u.Plan)
		}
		if got := figures.Divide(u).Share; got != c.want {
			t.Errorf("%s: a share of %v, by hand %v", c.name, got, c.want)
		}
	}
}

// A model that drafts makes SGLang leave 2 GiB more; earlier rules went by ranks, and by memory.
func TestStaticShareOfDraftsAndOldReleases(t *testing.T) {
	share := func(outside float64) float64 { return math.Round((81090-outside)/81090*1000) / 1000 }
	byRanks := []kv.Rest{{FromRanks: 4, Share: 0.85}, {Share: 0.88}}
	byMemory := []kv.Rest{
		{BelowGiB: 35, LeftGiB: 2.8}, {BelowGiB: 90, LeftGiB: 9.5, RankGiB: 0.5, DPGiB: 4, DraftGiB: 2},
	}
	attention := arch.Plan{TP: 1, PP: 1, DP: 2, EP: 2, GPUsPerNode: 8}
	for _, c := range []struct {
		name   string
		rests  []kv.Rest
		plan   arch.Plan
		drafts bool
		want   float64
	}{
		{"drafts", nil, tensor(1), true, share(512 + 12288 + 128 + 2048)},
		{"one rank", byRanks, tensor(1), false, 0.88},
		{"four ranks", byRanks, tensor(4), false, 0.85},
		{"by memory", byMemory, tensor(4), false, share(1024 * (9.5 + 2))},
		{"by memory, all that adds", byMemory, attention, true, share(1024 * (9.5 + 1 + 4 + 2))},
	} {
		figures := &kv.Figures{Law: "sglang", Static: kv.Static{MetadataMiB: 512, TokenMiB: 1.5, LeastTokens: 2048,
			RankMiB: 128, DraftMiB: 2048, Rests: c.rests}}
		u := use(t, "llama-3.1-8b", c.plan, 8192, 256)
		u.Drafts = c.drafts
		if got := figures.Divide(u).Share; got != c.want {
			t.Errorf("%s: a share of %v, by hand %v", c.name, got, c.want)
		}
	}
}

// What an engine counts for its graphs: a base, and as much for each.
func TestGraphsByHand(t *testing.T) {
	figures := &kv.Figures{Law: "vllm", Share: 0.9, Graphs: kv.GraphMemory{BaseMiB: 100, SizeMiB: 0.5}}
	u := use(t, "llama-3.1-8b", tensor(1), 8192, 1024)
	u.Graphs = 102
	if figures.Divide(u).Graphs != 0 {
		t.Error("a release that counts no graphs has some")
	}
	figures.Graphs.Counted = true
	near(t, "graphs", figures.Divide(u).Graphs, (100+0.5*102)*float64(1<<20))
	if u.Graphs = 0; figures.Divide(u).Graphs != 0 {
		t.Error("an eager engine has graphs")
	}
}

// Marlin pads an expert of 2,880 by 2,880 to 3,072 by 2,944: gpt-oss-120b then takes 65.9 GiB, logged 65.97.
func TestPaddedExperts(t *testing.T) {
	padded := keeping(0.9, 0)
	padded.MXFP4 = kv.MXFP4{Hidden: 256, Width: 128}
	plain := fit(t, "gpt-oss-120b", tensor(1), kv.Settings{Engine: keeping(0.9, 0), BlockTokens: 16})
	held := fit(t, "gpt-oss-120b", tensor(1), kv.Settings{Engine: padded, BlockTokens: 16})
	expert := func(hidden, width float64) float64 { return 3*hidden*width*4.25/8 + 2*(2*width+hidden) }
	near(t, "padding", held.WeightBytesPerGPU-plain.WeightBytesPerGPU,
		36*128*(expert(3072, 2944)-expert(2880, 2880)))
}
