package kv_test

import (
	"cmp"
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

func fit(t *testing.T, name string, plan arch.Plan, s kv.Settings) kv.Memory {
	t.Helper()
	spec, err := arch.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	cache := cmp.Or(plan.Precision.KV, m.Published.KV)
	plan.Precision = m.Published
	plan.Precision.KV = cache
	return kv.Fit(m, d, plan, s)
}

func tensor(tp int) arch.Plan { return arch.Plan{TP: tp, PP: 1, DP: 1, EP: 1, CP: 1, GPUsPerNode: 8} }

// keeping is an engine that takes a share of the memory and keeps so much of it for itself.
func keeping(share float64, reserved units.Bytes) *kv.Figures {
	return &kv.Figures{Law: "vllm", Source: "a test", Share: share, RuntimeGiB: float64(reserved / units.GiB)}
}

var vllm = kv.Settings{Engine: keeping(0.9, 3e9), BlockTokens: 16}

// Eight H100s hold 0.9 of 85.5e9 bytes each, and DeepSeek-V3 needs 84.1e9 of weights on each.
func TestDeepSeekNeedsMoreThanEightH100s(t *testing.T) {
	m := fit(t, "deepseek-v3", tensor(8), vllm)
	if m.Fits() || m.ShortBy <= 0 || math.Abs(float64(m.WeightBytesPerGPU)/84.1e9-1) > 0.02 {
		t.Errorf("fits %v, short by %v, %v bytes of weights a GPU", m.Fits(), m.ShortBy, m.WeightBytesPerGPU)
	}
	if m.Sequences(1000) != 0 || m.LongestContext(1000) != 0 {
		t.Error("a plan that does not fit holds no sequence")
	}
	if two := fit(t, "deepseek-v3", arch.Plan{TP: 8, PP: 1, DP: 2, EP: 16, CP: 1, GPUsPerNode: 8}, vllm); !two.Fits() {
		t.Errorf("two nodes are short by %v", two.ShortBy)
	}
}

// The pool's bytes are those of its blocks, and a block of a dense model is block_size tokens of all its
// layers.
func TestBlocksFillThePool(t *testing.T) {
	m := fit(t, "llama-3.1-8b", tensor(1), vllm)
	if want := 16 * 131072.0; float64(m.BlockBytesPerGPU) != want {
		t.Errorf("a block of %v bytes, want %v", m.BlockBytesPerGPU, want)
	}
	left := float64(m.PoolBytesPerGPU) - float64(m.Blocks)*float64(m.BlockBytesPerGPU)
	if left < 0 || left >= float64(m.BlockBytesPerGPU) {
		t.Errorf("%v bytes of the pool are in no block", left)
	}
	if longest := m.LongestContext(1 << 30); longest != m.Blocks*16 {
		t.Errorf("longest context %d in %d blocks", longest, m.Blocks)
	}
	if n := m.Sequences(1600); n != m.Blocks/100 {
		t.Errorf("%d sequences of 100 blocks in %d", n, m.Blocks)
	}
	given := kv.Settings{Engine: keeping(0.9, 0), BlockTokens: 16, Blocks: 7}
	if set := fit(t, "llama-3.1-8b", tensor(1), given); set.Blocks != 7 {
		t.Errorf("num_gpu_blocks = 7 gives %d", set.Blocks)
	}
}

// Half of gpt-oss's layers keep 128 tokens: beyond that a sequence grows half as fast.
func TestWindowLayersStopGrowing(t *testing.T) {
	l := fit(t, "gpt-oss-120b", tensor(2), vllm).Layout
	if len(l.Windows) != 1 || l.Full != 1 || l.Windows[0].Tokens != 128 {
		t.Fatalf("layout %+v", l)
	}
	if early, late := l.Blocks(64)-l.Blocks(48), l.Blocks(4096)-l.Blocks(4080); early != 2 || late != 1 {
		t.Errorf("a block of context takes %d pool blocks within the window, %d beyond", early, late)
	}
}

// Recurrent layers take a constant, whatever the context.
func TestRecurrentStateIsConstant(t *testing.T) {
	m := fit(t, "qwen3-next-80b-a3b", tensor(4), vllm)
	if m.Layout.Constant == 0 || float64(m.StateBytesPerSequence) != 77266944 {
		t.Errorf("constant %d blocks, %v bytes", m.Layout.Constant, m.StateBytesPerSequence)
	}
}

// Pipeline stages divide the layers: the fullest of two holds about half of the weights.
func TestStagesDivideTheWeights(t *testing.T) {
	one, two := fit(t, "llama-3.1-70b", tensor(8), vllm), fit(t, "llama-3.1-70b",
		arch.Plan{TP: 8, PP: 2, DP: 1, EP: 1, CP: 1, GPUsPerNode: 8}, vllm)
	if ratio := float64(two.WeightBytesPerGPU / one.WeightBytesPerGPU); math.Abs(ratio-0.5) > 0.01 {
		t.Errorf("a stage of two holds %v of the weights", ratio)
	}
}
