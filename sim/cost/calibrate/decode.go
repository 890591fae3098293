package calibrate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// shortestContext is the least context that the affine law of decode attention is held to. Below, blocks do
// so little that their fixed cost hides the keys, and the time is not affine.
const shortestContext = 256

// longestWhole is the longest context that a version is held to which does not split sequences.
const longestWhole = 1024

// decodeProblems reads a device's decode attention.
func decodeProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_generation_attention.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		engine := r.Text("engine")
		shape := kernels.DecodeShape{Sequences: r.Size("batch_size"), Heads: r.Size("num_heads"),
			KeyDim: r.Size("head_dim"), ValueDim: r.Size("head_dim"), KV: units.BF16}
		shape.KVHeads = r.keyHeads(shape.Heads)
		law := "decode.wide"
		if r.Choice("kv_cache_dtype", "bfloat16", "fp8") == "fp8" {
			shape.KV, law = units.FP8, "decode.narrow"
		}
		context := r.Size("isl") + r.Count("step")
		keys := context
		if window := r.Count("window_size"); window > 0 {
			keys = min(keys, window)
		}
		p := set.of(law, engine)
		p.Variants, p.Fixed = []string{"split", "whole"}, untold(prefix, p)
		bytes := shape.KV.Bytes(float64(shape.Sequences) * float64(keys) *
			float64(shape.KVHeads) * float64(2*shape.KeyDim))
		shape.Cached = bytes <= d.L2*3/4
		sample := Sample{
			Group: fmt.Sprintf("heads=%d kv=%d dim=%d window=%d", shape.Heads, shape.KVHeads, shape.KeyDim, r.Count("window_size")),
			Shape: fmt.Sprintf("b=%d s=%d", shape.Sequences, context), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds {
				fixed, perKey := s.Decode.Coefficients(d, shape)
				return fixed + units.Seconds(perKey*units.Seconds(shape.Sequences*keys))
			}}
		switch {
		case prefix == "b200" && r.Text("kernel") == "flashinfer":
			p.drop("a backend beside the engine's own (trtllm_mha)")
		case shape.Heads > 16*shape.KVHeads:
			p.drop("more than 16 query heads for each KV head, which no model has")
		case strings.Contains(r.Text("kernel"), "triton"):
			p.drop("triton fallback for heads of more than 256 and for Gemma's windows, 2–3 times slower")
		case float64(bytes)/float64(sample.Measured) > 0.95*float64(d.Bandwidth):
			p.drop("faster than the memory")
		case engine == "vllm-0.14.0" && keys > longestWhole && 2*shape.Sequences*shape.KVHeads < d.SMs:
			p.leaveOut("long sequences in few blocks, which vLLM 0.14.0 hardly splits: up to six times slower than 0.19.0", sample)
		case keys < shortestContext:
			p.leaveOut("fewer than 256 keys a sequence", sample)
		case !shape.Cached && bytes < d.L2*5/4:
			p.leaveOut("keys and values stay in L2 in part", sample)
		default:
			p.add(engine, sample)
		}
	})
	return set.sorted(), err
}

// untold are the parameters that a device's rows of an engine cannot tell.
func untold(prefix string, p *Problem) map[string]string {
	fixed := make(map[string]string)
	if p.Engine == "trtllm" {
		fixed["drift"] = "blocks cost TensorRT-LLM's kernel next to nothing by themselves"
	} else {
		for _, name := range []string{"single", "groups"} {
			fixed[name] = "FlashAttention takes the query heads of a group, one or many, in one tile"
		}
	}
	if prefix == "a100" {
		for _, name := range []string{"small", "large"} {
			fixed[name] = "all rows have heads of 128"
		}
	}
	return fixed
}
