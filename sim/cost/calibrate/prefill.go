package calibrate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// prefillProblems reads a device's prefill attention.
func prefillProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_context_attention.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		engine := r.Text("engine")
		law, kv := "prefill.wide", units.BF16
		if r.Choice("kv_cache_dtype", "bfloat16", "fp8") == "fp8" {
			law, kv = "prefill.narrow", units.FP8
		}
		p := set.of(law, engine)
		p.Variants = []string{"bf16"}
		if kv == units.FP8 {
			p.Variants = []string{"bf16", "fp8"}
		}
		if prefix == "a100" {
			p.Fixed = map[string]string{"softmax": "all rows have heads of 128, so that it cannot be told from the efficiency"}
		}
		shape, group := prefillShape(r, kv)
		sample := Sample{Group: group, Shape: fmt.Sprintf("b=%d s=%d", shape.Sequences,
			shape.Tokens/int64(shape.Sequences)), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.Prefill.Time(d, shape) }}
		switch {
		case strings.Contains(r.Text("kernel"), "triton"):
			p.drop("triton fallback for heads of more than 256 and for Gemma's windows, 2–3 times slower")
		case p.Engine != "vllm" && kv == units.FP8 && r.Text("attn_dtype") != "fp8":
			p.drop("bf16 attention over an fp8 cache, where the engine's own runs in fp8")
		case prefix == "b200" && r.Text("kernel") == "flashinfer":
			p.drop("a backend beside the engine's own (trtllm_mha)")
		case shape.Heads > 16*shape.KVHeads:
			p.drop("more than 16 query heads for each KV head, which no model has")
		case shape.KeyDim > 256:
			p.leaveOut("heads of 512, which run another kernel", sample)
		default:
			p.add(engine, sample)
		}
	})
	return set.sorted(), err
}

// prefillShape is a row's shape and the name of its head configuration.
func prefillShape(r *Row, kv units.Format) (kernels.PrefillShape, string) {
	sequences, tokens, cached, window := r.Size("batch_size"), r.Size("isl"), r.Count("step"), r.Count("window_size")
	reach := arch.Reach{}
	if window > 0 {
		reach = arch.Reach{Kind: arch.Window, Size: window}
	}
	shape := kernels.PrefillShape{Sequences: sequences, Tokens: int64(sequences * tokens),
		Pairs: int64(sequences) * reach.Pairs(cached, tokens), Keys: int64(sequences) * reach.Span(cached, tokens),
		Heads:  r.Size("num_heads"),
		KeyDim: r.Size("head_dim"), ValueDim: r.Size("head_dim"), KV: kv}
	shape.KVHeads = r.keyHeads(shape.Heads)
	return shape, fmt.Sprintf("heads=%d kv=%d dim=%d window=%d", shape.Heads, shape.KVHeads, shape.KeyDim, window)
}
