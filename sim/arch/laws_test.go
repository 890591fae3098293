package arch_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// variants are parts whose fields the registry's examples leave out. The laws below apply to those and to
// these.
var variants = map[string]map[string]any{
	"mha":             {"kind": "attention", "heads": 8, "kv_heads": 8, "head_dim": 16, "rope": false},
	"biases":          {"kind": "attention", "heads": 8, "kv_heads": 2, "head_dim": 16, "qkv_bias": true, "output_bias": true, "qk_norm": "head"},
	"gated":           {"kind": "attention", "heads": 8, "kv_heads": 2, "head_dim": 16, "gate": true, "qk_norm": "layer"},
	"window":          {"kind": "attention", "heads": 8, "kv_heads": 2, "head_dim": 16, "value_dim": 8, "window": 300, "sinks": true},
	"chunk":           {"kind": "attention", "heads": 8, "kv_heads": 2, "head_dim": 16, "chunk": 300},
	"latent queries":  {"kind": "attention", "heads": 8, "kv_heads": 2, "head_dim": 16, "q_rank": 24, "head_gate": true},
	"keys as values":  {"kind": "attention", "heads": 8, "kv_heads": 2, "head_dim": 16, "key_is_value": true, "qk_norm": "head"},
	"mla direct":      {"kind": "mla", "heads": 8, "kv_rank": 32, "q_rank": 0, "rope_dim": 8, "nope_dim": 16, "value_dim": 16, "gate": true, "rope": false},
	"dsa shared":      {"kind": "dsa", "heads": 8, "kv_rank": 32, "q_rank": 48, "index_heads": 4, "index_dim": 16, "top_k": 300, "shared_index": true},
	"kda full gate":   {"kind": "kda", "heads": 8, "head_dim": 16, "conv": 4, "full_rank_gate": true},
	"kda full ranks":  {"kind": "kda", "heads": 8, "head_dim": 16, "conv": 4, "full_rank_gate": true, "full_rank_decay": true},
	"mla head gate":   {"kind": "mla", "heads": 8, "kv_rank": 32, "q_rank": 48, "rope_dim": 8, "nope_dim": 16, "value_dim": 16, "head_gate": true},
	"mamba1 heads":    {"kind": "mamba1", "width": 128, "state_dim": 16, "dt_rank": 8, "conv": 4, "heads": 8},
	"normed dense":    {"kind": "dense", "width": 256, "norms": 1},
	"lightning":       {"kind": "lightning", "heads": 8, "kv_heads": 2, "head_dim": 16, "qk_norm": "head"},
	"conv with bias":  {"kind": "short-conv", "width": 64, "conv": 3, "bias": true},
	"mamba1 no norms": {"kind": "mamba1", "width": 128, "state_dim": 16, "dt_rank": 8, "conv": 4, "inner_norms": false},
	"mamba2 no norm":  {"kind": "mamba2", "heads": 8, "head_dim": 16, "state_dim": 32, "groups": 2, "conv": 4, "out_norm": false},
	"heavily compressed": {"kind": "compressed", "heads": 8, "head_dim": 32, "rope_dim": 8, "q_rank": 48, "output_groups": 2,
		"output_rank": 16, "window": 128, "ratio": 64, "top_k": 0},
	"window alone": {"kind": "compressed", "heads": 8, "head_dim": 32, "rope_dim": 8, "q_rank": 48, "output_groups": 2,
		"output_rank": 16, "window": 128, "ratio": 0, "top_k": 0},
	"plain dense":     {"kind": "dense", "width": 256, "gated": false, "bias": true},
	"shared expert":   {"kind": "moe", "experts": 16, "top_k": 2, "width": 32, "shared_width": 64, "shared_gate": true, "router_bias": true, "groups": 4, "groups_taken": 2},
	"moe with biases": {"kind": "moe", "experts": 16, "top_k": 2, "width": 32, "expert_bias": true},
	"idle experts":    {"kind": "moe", "experts": 16, "top_k": 3, "width": 32, "zero_experts": 8, "router_bias": true, "norms": 3},
	"latent moe":      {"kind": "moe", "experts": 16, "top_k": 2, "width": 32, "latent_width": 24, "latent_norm": true, "gated": false},
}

// Of every example.
const (
	hidden = 64
	layers = 3
)

// eachSample runs a law on a model of each kind and each variant.
func eachSample(t *testing.T, law func(t *testing.T, m *arch.Model)) {
	run := func(name, kind string, fields map[string]any) {
		t.Run(name, func(t *testing.T) {
			spec, err := arch.Example(kind)
			if err == nil {
				err = spec.Override("part", fields)
			}
			if err != nil {
				t.Fatal(err)
			}
			m, err := spec.Build()
			if err != nil {
				t.Fatal(err)
			}
			law(t, m)
		})
	}
	for _, kind := range arch.Kinds() {
		run(kind, kind, map[string]any{})
	}
	for name, fields := range variants {
		run(name, fields["kind"].(string), fields)
	}
}

func part(m *arch.Model) arch.Part {
	if mixer := m.Stack[0].Mixer; mixer != nil {
		return mixer
	}
	return m.Stack[0].FFN
}

// ops are the operators of a sample's layer.
func ops(m *arch.Model, s arch.Split) []arch.Op { return m.Operators(s)[1].Ops }

var (
	one  = arch.Split{TP: 1, ExpertTP: 1, ExpertRanks: 1}
	two  = arch.Split{TP: 2, ExpertTP: 2, ExpertRanks: 1}
	bf16 arch.Precision
)

func decodes(m *arch.Model, n, context int) *arch.Load {
	l := &arch.Load{}
	for range n {
		l.AddDecode(m.Reaches(), context)
	}
	return l
}

func chunk(m *arch.Model, cached, n int) *arch.Load {
	l := &arch.Load{}
	l.AddChunk(m.Reaches(), cached, n, true)
	return l
}

func TestAnExampleIsOfItsKind(t *testing.T) {
	for _, kind := range arch.Kinds() {
		spec, err := arch.Example(kind)
		if err != nil {
			t.Fatal(err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		if part(m).Kind() != kind || m.Layers() != layers || m.Hidden != hidden {
			t.Errorf("the example of %s has %d layers of %s", kind, m.Layers(), part(m).Kind())
		}
	}
	if _, err := arch.Example("mal"); err == nil {
		t.Error("no error")
	}
}

// Tensors add up: to the model's count, and over ranks to the whole.
func TestTensorsAddUp(t *testing.T) {
	eachSample(t, func(t *testing.T, m *arch.Model) {
		sum, active := 0.0, 0.0
		names := map[string]bool{}
		for _, tensor := range part(m).Tensors(hidden) {
			if names[tensor.Name] || tensor.Count <= 0 || tensor.Active > tensor.Count {
				t.Errorf("tensor %+v", tensor)
			}
			names[tensor.Name] = true
			sum += tensor.Count
			active += tensor.Active
			ways := map[arch.Shard]float64{arch.Replicated: 1, arch.Sharded: 2, arch.ShardedKVHeads: 2,
				arch.ShardedByExpert: 2}[tensor.Shard]
			if tensor.OnRank(one) != tensor.Count || tensor.OnRank(two)*ways != tensor.Count {
				t.Errorf("%s: %g on one of two ranks of %g", tensor.Name, tensor.OnRank(two), tensor.Count)
			}
		}
		ends := 2*100*hidden + hidden + layers*hidden // embedding, head, final norm, a norm for each layer
		total, activeTotal, gemm := m.Params()
		if total != layers*sum+float64(ends) || activeTotal != layers*active+float64(ends) ||
			activeTotal-gemm != 100*hidden {
			t.Errorf("the model has %g parameters (%g active, %g in GEMMs), its tensors %g", total, activeTotal, gemm, layers*sum+float64(ends))
		}
		if m.WeightBytes(&bf16) != units.Bytes(2*total) {
			t.Errorf("%v bytes in bf16 for %g parameters", m.WeightBytes(&bf16), total)
		}
	})
}

// One decoded token multiplies every active matrix once and nothing else: the operators are those of the
// tensors.
func TestOperatorsReadTheActiveMatrices(t *testing.T) {
	eachSample(t, func(t *testing.T, m *arch.Model) {
		var matrices, all float64
		for _, tensor := range part(m).Tensors(hidden) {
			all += tensor.Active
			if tensor.Group != arch.GroupSmall {
				matrices += tensor.Active
			}
		}
		var work arch.Work
		load := decodes(m, 1, 10)
		for _, op := range ops(m, one) {
			w := op.Work(load, &bf16)
			work.WeightBytes += w.WeightBytes
			work.FLOPs += w.FLOPs
			if op.OpName() == "" {
				t.Errorf("%T has no name", op)
			}
		}
		if read := float64(work.WeightBytes) / 2; read < matrices || read > all {
			t.Errorf("operators read %g parameters; matrices have %g, all tensors %g", read, matrices, all)
		}
		if float64(work.FLOPs) < 2*matrices {
			t.Errorf("%g FLOPs for matrices of %g parameters", work.FLOPs, matrices)
		}
	})
}

// A prefill chunk, too, multiplies every matrix for each of its tokens.
func TestChunksMultiplyTheActiveMatrices(t *testing.T) {
	eachSample(t, func(t *testing.T, m *arch.Model) {
		var matrices float64
		for _, tensor := range part(m).Tensors(hidden) {
			if tensor.Group != arch.GroupSmall {
				matrices += tensor.Active
			}
		}
		var flops units.FLOPs
		for _, op := range ops(m, one) {
			flops += op.Work(chunk(m, 0, 100), &bf16).FLOPs
		}
		if float64(flops) < 200*matrices {
			t.Errorf("%g FLOPs for 100 tokens and matrices of %g parameters", flops, matrices)
		}
	})
}

// Two ranks together compute at least what one computes; what they do twice is bounded by the replicated
// tensors.
func TestSplittingDividesTheWork(t *testing.T) {
	eachSample(t, func(t *testing.T, m *arch.Model) {
		if err := m.CheckSplit(two); err != nil {
			t.Fatal(err)
		}
		whole, half := m.Work(decodes(m, 4, 100), &bf16, one), m.Work(decodes(m, 4, 100), &bf16, two)
		if 2*half.FLOPs < whole.FLOPs || half.FLOPs > whole.FLOPs || half.WeightBytes > whole.WeightBytes ||
			2*half.WeightBytes < whole.WeightBytes {
			t.Errorf("one rank %+v, one of two %+v", whole, half)
		}
		all, ends := m.WeightBytesPerRank(two, &bf16)
		if 2*(all+ends) < m.WeightBytes(&bf16) || all+ends >= m.WeightBytes(&bf16) {
			t.Errorf("a rank of two holds %v of %v", all+ends, m.WeightBytes(&bf16))
		}
		if err := m.CheckSplit(arch.Split{TP: 7, ExpertTP: 7, ExpertRanks: 1}); err == nil {
			t.Error("seven ranks divide it")
		}
	})
}

// Decode reads the state that is kept: caches within reach once, constant state once in and once out.
func TestDecodeReadsTheState(t *testing.T) {
	const context = 128 // within every sample's reach, and a multiple of every stride
	eachSample(t, func(t *testing.T, m *arch.Model) {
		// constant state is in the first sum once
		want := m.StateBytesAt(context, &bf16) + m.StateBytesPerSequence()
		got := m.Work(decodes(m, 1, context), &bf16, one).StateBytes
		if math.Abs(float64(got-want)) > 1e-9*float64(want) {
			t.Errorf("decode moves %v of state, %v is kept", got, want)
		}
		if perToken := m.KVBytesPerToken(&bf16); perToken*context != m.StateBytesAt(context,
			&bf16)-m.StateBytesPerSequence() {
			t.Errorf("%v bytes a token, but %v at %d tokens", perToken, m.StateBytesAt(context, &bf16), context)
		}
	})
}

// Ranks share state out, or hold copies: together never less than the whole.
func TestStateOnRanks(t *testing.T) {
	eachSample(t, func(t *testing.T, m *arch.Model) {
		if m.Stack[0].Mixer == nil {
			return
		}
		state := m.Stack[0].Mixer.State()
		for _, tp := range []int{1, 2, 4, 8} {
			for _, cache := range state.Tokens {
				if rank := cache.BytesPerRank(tp, &bf16); rank*units.Bytes(tp) < cache.Bytes(&bf16) || tp == 1 &&
					rank != cache.Bytes(&bf16) {
					t.Errorf("a rank of %d holds %v of %v", tp, rank, cache.Bytes(&bf16))
				}
			}
			whole := state.ConstantBytes(arch.FP32State)
			if rank := state.ConstantBytesPerRank(tp, arch.FP32State); rank*units.Bytes(tp) < whole {
				t.Errorf("a rank of %d holds %v of %v", tp, rank, whole)
			}
		}
	})
}

// More context, more sequences, more tokens: never less work of any kind.
func TestWorkIsMonotone(t *testing.T) {
	less := func(t *testing.T, what string, a, b arch.Work) {
		if a.FLOPs > b.FLOPs || a.WeightBytes > b.WeightBytes || a.StateBytes > b.StateBytes ||
			a.OtherBytes > b.OtherBytes {
			t.Errorf("%s: %+v, then %+v", what, a, b)
		}
	}
	eachSample(t, func(t *testing.T, m *arch.Model) {
		var before arch.Work
		for _, n := range []int{0, 1, 2, 7, 64} {
			now := m.Work(decodes(m, n, 50), &bf16, one)
			less(t, "sequences", before, now)
			before = now
		}
		if reach := m.Reaches(); len(reach) < 2 || reach[1].Kind != arch.Chunk { // a new chunk sees fewer keys
			before = arch.Work{}
			for _, context := range []int{1, 2, 299, 300, 301, 5000} {
				now := m.Work(decodes(m, 3, context), &bf16, one)
				less(t, "context", before, now)
				before = now
			}
		}
		before = arch.Work{}
		for _, n := range []int{1, 2, 50, 400} {
			now := m.Work(chunk(m, 100, n), &bf16, one)
			less(t, "chunk", before, now)
			before = now
		}
	})
}

// Narrower formats never make anything larger.
func TestPrecisionShrinks(t *testing.T) {
	narrow := arch.Precision{Attention: units.FP8, Dense: units.FP8, Experts: units.MXFP4, KV: units.FP8,
		Activations: units.FP8}
	eachSample(t, func(t *testing.T, m *arch.Model) {
		if m.WeightBytes(&narrow) >= m.WeightBytes(&bf16) || m.KVBytesPerToken(&narrow) > m.KVBytesPerToken(&bf16) {
			t.Errorf("%v and %v bytes, %v and %v in bf16", m.WeightBytes(&narrow), m.KVBytesPerToken(&narrow),
				m.WeightBytes(&bf16), m.KVBytesPerToken(&bf16))
		}
		wide, slim := m.Work(decodes(m, 2, 100), &bf16, one), m.Work(decodes(m, 2, 100), &narrow, one)
		if slim.Bytes() > wide.Bytes() || slim.FLOPs != wide.FLOPs {
			t.Errorf("%+v, in bf16 %+v", slim, wide)
		}
	})
}
