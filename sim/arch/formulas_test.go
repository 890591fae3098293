package arch_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// params sums a part's tensors.
func params(p arch.Part, hidden int) float64 {
	sum := 0.0
	for _, t := range p.Tensors(hidden) {
		sum += t.Count
	}
	return sum
}

func TestParametersOfPublishedLayers(t *testing.T) {
	v3 := model(t, "deepseek-v3")
	if got := params(v3.Stack[0].Mixer, v3.Hidden); got != 187_107_328 {
		t.Errorf("DeepSeek-V3's attention has %.0f parameters", got)
	}
	v32 := model(t, "deepseek-v3.2")
	if got := params(v32.Stack[0].Mixer, v32.Hidden) - 187_107_328; got != 13_959_424 {
		t.Errorf("DeepSeek-V3.2's indexer has %.0f parameters", got)
	}
}

// find is the attention operator of a form in a layer.
func find(t *testing.T, ops []arch.Op, form arch.AttentionForm) arch.Attention {
	t.Helper()
	for _, op := range ops {
		if a, ok := op.(arch.Attention); ok && a.Form == form {
			return a
		}
	}
	t.Fatalf("no attention of form %d", form)
	return arch.Attention{}
}

// DeepSeek-V3: expanded attention takes 2·n·(dn+dr+dv) FLOPs for each key, absorbed attention 2·n·(2r+dr).
func TestFormsOfLatentAttention(t *testing.T) {
	m := model(t, "deepseek-v3")
	const context = 1000
	layer := ops(m, one)
	absorbed := find(t, layer, arch.Absorbed).Work(decodes(m, 1, context), &bf16)
	if absorbed.FLOPs != 278_528*context || absorbed.StateBytes != 1152*context {
		t.Errorf("absorbed: %+v", absorbed)
	}
	expanded := find(t, layer, arch.Expanded)
	if w := expanded.Work(chunk(m, context-1, 1), &bf16); w.FLOPs != 81_920*context || w.StateBytes != 0 {
		t.Errorf("expanded: %+v", w)
	}
	if w := expanded.Work(decodes(m, 1, context), &bf16); w != (arch.Work{}) {
		t.Errorf("expanded attention decodes: %+v", w)
	}
	// With all 128 heads on one rank decode has 242 FLOPs for each byte, near an H100's ridge; with 16 it has
	// 30.
	for tp, want := range map[int]float64{1: 242, 8: 30} {
		core := find(t, ops(m, arch.Split{TP: tp, ExpertTP: tp, ExpertRanks: 1}), arch.Absorbed)
		w := core.Work(decodes(m, 1, context), &bf16)
		if got := float64(w.FLOPs) / float64(w.StateBytes); math.Abs(got-want) > 1 {
			t.Errorf("TP %d: %.0f FLOPs a byte, want %.0f", tp, got, want)
		}
	}
}

// A chunk expands the latents of the cached tokens again: 2·r·n·(dn+dv) FLOPs each.
func TestChunksExpandCachedLatents(t *testing.T) {
	m := model(t, "deepseek-v3")
	for _, op := range ops(m, one) {
		if op.OpName() == "kv_b" {
			again := op.Work(chunk(m, 500, 10), &bf16).FLOPs - op.Work(chunk(m, 0, 10), &bf16).FLOPs
			if again != 500*2*512*128*(128+128) {
				t.Errorf("%v FLOPs for 500 cached tokens", again)
			}
			return
		}
	}
	t.Error("no kv_b")
}

// DeepSeek-V3.2 reads 132 bytes of every token and 656 of each chosen one in an fp8 cache.
func TestSparseAttentionReadsWhatItChose(t *testing.T) {
	m := model(t, "deepseek-v3.2")
	fp8 := arch.Precision{KV: units.FP8}
	const context = 100_000
	layer := ops(m, one)
	if w := find(t, layer, arch.Indexer).Work(decodes(m, 1, context), &fp8); w.StateBytes != 132*context ||
		w.FLOPs != 2*64*128*context {
		t.Errorf("indexer: %+v", w)
	}
	if w := find(t, layer, arch.Absorbed).Work(decodes(m, 1, context), &fp8); w.StateBytes != 656*2048 {
		t.Errorf("attention: %+v", w)
	}
	if got := m.KVBytesPerToken(&fp8); got != 61*(656+132) {
		t.Errorf("%v bytes a token", got)
	}
}

func TestGroupedAttention(t *testing.T) {
	m := model(t, "llama-3.1-70b")
	const context = 1000
	for tp, kvHeads := range map[int]int{1: 8, 8: 1, 16: 1} {
		a := find(t, ops(m, arch.Split{TP: tp, ExpertTP: 1, ExpertRanks: 1}), arch.Grouped)
		if w := a.Work(decodes(m, 1, context), &bf16); a.KVHeads != kvHeads || a.Heads != 64/tp ||
			w.FLOPs != units.FLOPs(4*64/tp*128*context) || w.StateBytes != units.Bytes(2*kvHeads*128*2*context) {
			t.Errorf("TP %d: %+v, %+v", tp, a, w)
		}
	}
	if got := m.Caches(&bf16); len(got) != 1 || got[0].BytesPerToken != 4096 || got[0].Layers != 80 {
		t.Errorf("caches: %+v", got)
	}
}

// min(s, W) + s/r + s/g tokens, each 2·kv_heads·head_dim values.
func TestHierarchicalAttentionKeepsThreeLevels(t *testing.T) {
	m := model(t, "kimi-1.5")
	for _, context := range []int{4096, 131072, 2_000_000} {
		s := float64(context)
		want := (min(s, 4096) + s/16 + s/4096) * 4096 * 96
		if got := float64(m.StateBytesAt(context, &bf16)); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%d tokens keep %g bytes, want %g", context, got, want)
		}
	}
}

func TestWindowsCapTheCache(t *testing.T) {
	m := model(t, "gpt-oss-120b")
	if got := m.StateBytesAt(10_000, &bf16); got != 18*2048*(128+10_000) {
		t.Errorf("%v bytes at 10,000 tokens", got)
	}
	kinds := m.Caches(&bf16)
	if len(kinds) != 2 || kinds[0].Reach != (arch.Reach{Kind: arch.Window, Size: 128}) ||
		kinds[1].Reach != (arch.Reach{}) || kinds[0].Layers != 18 {
		t.Errorf("caches: %+v", kinds)
	}
}

// E·(1−(1−k/E)^M), by hand for small M, monotone, and never more than all.
func TestDistinctExperts(t *testing.T) {
	e := arch.Experts{Experts: 256, TopK: 8}
	for tokens, want := range map[int]float64{0: 0, 1: 8, 2: 256 * (1 - math.Pow(248.0/256, 2)),
		300: 256 * (1 - math.Pow(248.0/256, 300))} {
		if got := e.Distinct(tokens); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d tokens: %g experts, want %g", tokens, got, want)
		}
	}
	if got := e.Distinct(1 << 40); got != 256 {
		t.Errorf("every expert: %g", got)
	}
	all := arch.Experts{Experts: 4, TopK: 4}
	if got := all.Distinct(1); got != 4 {
		t.Errorf("all of 4: %g", got)
	}
}

func TestExpertsOnRanks(t *testing.T) {
	l := &arch.Load{ChunkTokens: 1000}
	whole := arch.Experts{Experts: 16, TopK: 2, Hidden: 64, Inter: 32, Gated: true, Ranks: 1}
	quarter := whole
	quarter.Ranks = 4
	a, b := whole.Work(l, &bf16), quarter.Work(l, &bf16)
	if a.FLOPs != 1000*2*2*3*64*32 || a.FLOPs != 4*b.FLOPs || a.WeightBytes != 4*b.WeightBytes {
		t.Errorf("%+v, a quarter %+v", a, b)
	}
	if empty := whole.Work(&arch.Load{}, &bf16); empty != (arch.Work{}) {
		t.Errorf("no tokens: %+v", empty)
	}
}

// State of Qwen3-Next: 32 heads of 128×128 in fp32 and three inputs of 8,192 channels in bf16, in 36 layers.
func TestRecurrentState(t *testing.T) {
	m := model(t, "qwen3-next-80b-a3b")
	if got := m.StateBytesPerSequence(); got != 36*(32*128*128*4+3*8192*2) {
		t.Errorf("%v bytes a sequence", got)
	}
	r := arch.Recurrence{Kind: arch.RecurrenceGDN, Heads: 32, KeyHeads: 16, KeyDim: 128, ValueDim: 128,
		ConvWidth: 4, ConvDim: 8192}
	conv := units.FLOPs(2 * 4 * 8192)
	if w := r.Work(&arch.Load{Decodes: 1}, &bf16); w.FLOPs-conv != 7*32*128*128 ||
		w.StateBytes != 2*(32*128*128*4+3*8192*2) {
		t.Errorf("decode: %+v", w)
	}
	if w := r.Work(&arch.Load{Chunks: 1, ChunkTokens: 100},
		&bf16); w.FLOPs-100*conv != 100*2*32*(3*128*128+64*(2*128+128)) {
		t.Errorf("prefill: %+v", w)
	}
}

func TestHeadIsDividedByVocabulary(t *testing.T) {
	m := model(t, "llama-3.1-8b")
	parts := m.Operators(arch.Split{TP: 8, ExpertTP: 8, ExpertRanks: 1})
	if first, last := parts[0], parts[len(parts)-1]; first.Kind != "embedding" || last.Kind != "head" {
		t.Fatalf("ends %s and %s", first.Kind, last.Kind)
	}
	load := &arch.Load{ChunkTokens: 100, Samples: 3}
	for _, op := range parts[len(parts)-1].Ops {
		if g, ok := op.(arch.GEMM); ok && (g.N != 128256/8 || g.Work(load, &bf16).FLOPs != 2*3*4096*128256/8) {
			t.Errorf("%+v", g)
		}
	}
	count := 0
	for _, p := range parts {
		if p.Kind == "attention" || p.Kind == "dense" {
			count += p.Count
		}
	}
	if count != 64 {
		t.Errorf("%d parts of 32 layers", count)
	}
}

func TestSplitsThatDoNotDivide(t *testing.T) {
	for _, c := range []struct {
		model string
		split arch.Split
		want  string
	}{
		{"llama-3.1-8b", arch.Split{TP: 3, ExpertTP: 1, ExpertRanks: 1}, "attention.heads: 32 cannot be divided over 3 tensor-parallel ranks"},
		{"qwen3-235b-a22b", arch.Split{TP: 8, ExpertTP: 8, ExpertRanks: 3}, "moe.experts: 128 cannot be divided over 3 expert-parallel ranks"},
		{"mixtral-8x7b", arch.Split{TP: 1, ExpertTP: 3, ExpertRanks: 1}, "moe.width: 14336 cannot be divided over 3 expert-tensor-parallel ranks"},
		{"qwen2.5-7b", arch.Split{TP: 7, ExpertTP: 7, ExpertRanks: 1}, "attention.kv_heads: 4 cannot be replicated evenly over 7 tensor-parallel ranks"},
	} {
		err := model(t, c.model).CheckSplit(c.split)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.model, err, c.want)
		}
	}
	if err := model(t, "qwen3-235b-a22b").CheckSplit(arch.Split{TP: 8, ExpertTP: 2, ExpertRanks: 4}); err != nil {
		t.Errorf("TP 8 with 4 KV heads: %v", err)
	}
}

// Weights in fp8 with a scale for each 128×128 block are loaded in whole blocks: 1536/8 = 192 is none,
// 1536/4 is three, and an expert that stays whole on its rank is twelve.
func TestBlocksOfScalesAreNotCut(t *testing.T) {
	m := model(t, "qwen3-235b-a22b")
	blocks := arch.Precision{Attention: units.FP8Block, Dense: units.FP8Block, Experts: units.FP8Block}
	for _, c := range []struct {
		split arch.Split
		p     arch.Precision
		want  string
	}{
		{arch.Split{TP: 8, ExpertTP: 8, ExpertRanks: 1}, blocks, "moe.width: 1536 over 8 ranks is 192, " +
			"but its fp8 scales stand for blocks of 128 and no engine cuts one"},
		{arch.Split{TP: 4, ExpertTP: 4, ExpertRanks: 1}, blocks, ""},
		{arch.Split{TP: 8, ExpertTP: 1, ExpertRanks: 8}, blocks, ""},
		{arch.Split{TP: 8, ExpertTP: 8, ExpertRanks: 1}, m.Published, ""},
	} {
		got := ""
		if err := m.CheckScaleBlocks(c.split, &c.p); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.split, got, c.want)
		}
	}
}
