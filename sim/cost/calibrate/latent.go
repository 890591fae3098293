package calibrate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// DeepSeek-V3's latent attention, which every measured MLA row has the sizes of (its config.json).
const (
	latentDim   = 512
	ropeDim     = 64
	nopeDim     = 128
	latentValue = 128
)

// latentFormats says which variant of a law and cache format the files' kv_cache_dtype means.
var latentFormats = map[string]struct {
	variant string
	kv      units.Format
}{
	"bfloat16": {"wide", units.BF16},
	"fp8":      {"narrow", units.FP8},
}

// hostBound is the time below which MLA rows of vllm-0.14 show its host: a floor of 0.1 to 0.2 ms on H100 and 0.3 ms on A100.
const hostBound = 1e-3

// latentDecodeProblems reads a device's MLA decode cores.
func latentDecodeProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_generation_mla.csv.gz"
	set := newProblemSet(d, source)
	err := readRows(dir, source, func(r *Row) {
		format, engine := latentFormats[r.Text("kv_cache_dtype")], r.Text("engine")
		p := set.of("latent-decode."+format.variant, engine)
		sequences, keys := r.Int("batch_size"), r.Int("isl")+r.Int("step")
		switch {
		case keys < shortestContext:
			p.drop("fewer than 256 keys a sequence")
			return
		case inCache(d, format.kv.Bytes(float64(sequences*keys*(latentDim+ropeDim)))):
			p.drop("latents stay in L2 between repetitions")
			return
		case p.hostFloor(r):
			return
		}
		shape := kernels.LatentShape{Sequences: sequences, Heads: r.Int("num_heads"), LatentDim: latentDim, RopeDim: ropeDim, KV: format.kv}
		p.add(engine, Sample{
			Group: fmt.Sprintf("heads=%d", shape.Heads), Shape: fmt.Sprintf("batch=%d keys=%d", sequences, keys), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds {
				fixed, perKey := s.LatentDecode.Coefficients(d, shape)
				return fixed + perKey*units.Seconds(sequences*keys)
			}})
	})
	return set.sorted(), err
}

// hostFloor drops rows that show the host, and leaves such an engine's fixed cost at its default.
func (p *Problem) hostFloor(r *Row) bool {
	if r.Text("engine") != "vllm-0.14.0" {
		return false
	}
	p.Fixed = make(map[string]string)
	names := []string{"fixed", "sequence", "query", "block"}
	if p.Device.Generation == "hopper" { // whose kernels split a sequence; those on A100 hardly do, and show it
		names = append(names, "single")
	}
	for _, name := range names {
		p.Fixed[name] = "hidden by the host of vllm-0.14"
	}
	if r.Latency() < hostBound {
		p.drop("bound by the host of vllm-0.14")
		return true
	}
	return false
}

// latentPrefillProblems reads a device's MLA prefill cores.
func latentPrefillProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_context_mla.csv.gz"
	set := newProblemSet(d, source)
	err := readRows(dir, source, func(r *Row) {
		format, engine := latentFormats[r.Text("kv_cache_dtype")], r.Text("engine")
		p := set.of("latent-prefill."+format.variant, engine)
		sequences, tokens := r.Int("batch_size"), int64(r.Int("isl"))
		if p.hostFloor(r) {
			return
		}
		heads := r.Int("num_heads")
		shape := kernels.PrefillShape{Sequences: sequences, Tokens: int64(sequences) * tokens, Keys: int64(sequences) * tokens,
			Pairs: int64(sequences) * tokens * (tokens + 1) / 2, Heads: heads, KVHeads: heads,
			KeyDim: nopeDim + ropeDim, ValueDim: latentValue, KV: format.kv}
		if strings.HasPrefix(engine, "sglang") { // whose rows prefill in the absorbed form
			shape.KVHeads, shape.KeyDim, shape.ValueDim = 1, latentDim+ropeDim, latentDim
		}
		p.add(engine, Sample{
			Group: fmt.Sprintf("heads=%d", heads), Shape: fmt.Sprintf("batch=%d tokens=%d", sequences, tokens), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.LatentPrefill.Time(d, shape) }})
	})
	return set.sorted(), err
}

// inCache tells whether repeated runs of a kernel find what they read in the L2 cache and gain by it, as serving does not:
// it is small enough to stay and large enough to matter.
func inCache(d *hw.Device, bytes units.Bytes) bool { return bytes > d.L2/8 && bytes < d.L2*5/4 }
