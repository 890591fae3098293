package calibrate

import (
	"fmt"
	"io/fs"
	"slices"
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

// latentFormat is a row's format of the cache, one of latentFormats.
func (r *Row) latentFormat() string { return r.Choice("kv_cache_dtype", "bfloat16", "fp8") }

// hostBound is the time below which MLA rows of vllm-0.14 show its host: a floor of 0.3 ms on A100. On H100,
// where it is 0.1 to 0.2 ms, whole blocks of vllm-0.24 stand in.
const hostBound = 1e-3

// latentDecodeProblems reads a device's MLA decode cores.
func latentDecodeProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_generation_mla.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		format, engine := latentFormats[r.latentFormat()], r.Text("engine")
		p := set.of("latent-decode."+format.variant, engine)
		sequences, keys := r.Size("batch_size"), r.Size("isl")+r.Count("step")
		shape := kernels.LatentShape{Sequences: sequences, Heads: r.Size("num_heads"), LatentDim: latentDim,
			RopeDim: ropeDim, KV: format.kv}
		if p.hostBound(r) {
			return
		}
		p.keepMiddle()
		p.addStep(engine, sequences*keys, keys, shape.KV, Sample{
			Group: fmt.Sprintf("heads=%d", shape.Heads), Shape: fmt.Sprintf("batch=%d keys=%d", sequences, keys), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds {
				fixed, perKey := s.LatentDecode.Coefficients(d, shape)
				return fixed + units.Seconds(perKey*units.Seconds(sequences*keys))
			}})
	})
	if err != nil {
		return nil, err
	}
	return set.withModules(dir, prefix+"_mla_generation_module.csv.gz", (*problemSet).addLatentStep)
}

// withModules adds whole blocks of vllm-0.24 where a file has them, and returns the problems that have rows.
func (set *problemSet) withModules(dir fs.FS, source string, add func(*problemSet, *module)) ([]*Problem,
	error) {
	all, err := readModules(dir, "", source)
	if err != nil {
		return nil, err
	}
	blocks := newProblemSet(set.device, source)
	for _, place := range orderedPlaces(all.dense) {
		if m := all.dense[place]; strings.HasPrefix(m.version, "vllm") {
			add(blocks, &m)
		}
	}
	measured := slices.DeleteFunc(set.sorted(), func(p *Problem) bool { return len(p.Samples) == 0 })
	return append(measured, blocks.sorted()...), nil
}

// addLatentStep adds a whole decoding block: what typical projections do not explain is the core, with the
// small kernels around it that no file measures.
func (set *problemSet) addLatentStep(m *module) {
	d := set.device
	p := set.of("latent-decode."+latentFormats[m.kv].variant, m.version)
	p.keepMiddle()
	keys := m.batch * (m.cached + 1)
	shape := kernels.LatentShape{Sequences: m.batch, Heads: m.heads, LatentDim: latentDim, RopeDim: ropeDim,
		KV: latentFormats[m.kv].kv}
	p.addStep(m.version, keys, m.cached+1, shape.KV, m.sample(func(s *kernels.Set) units.Seconds {
		fixed, perKey := s.LatentDecode.Coefficients(d, shape)
		return m.projections(d, s) + fixed + units.Seconds(perKey*units.Seconds(keys))
	}))
}

// keepMiddle leaves at its default what only one generation's kernels have.
func (p *Problem) keepMiddle() {
	if p.Device.Generation != "blackwell" {
		p.keep("middle", "32 heads take no longer here")
	}
}

// addStep adds a decode step over keys latents, of which each sequence has context, unless its law is not
// meant for it.
func (p *Problem) addStep(version string, keys, context int, kv units.Format, s Sample) {
	switch {
	case context < shortestContext:
		p.leaveOut("fewer than 256 keys a sequence", s)
	case inCache(p.Device, kv.Bytes(float64(keys*(latentDim+ropeDim)))):
		p.leaveOut("latents stay in L2 between repetitions", s)
	default:
		p.add(version, s)
	}
}

// hostBound drops rows that show the host, and leaves such an engine's fixed costs at their defaults.
func (p *Problem) hostBound(r *Row) bool {
	if r.Text("engine") != "vllm-0.14.0" {
		return false
	}
	p.Fixed = make(map[string]string)
	for _, name := range []string{"fixed", "sequence", "query", "block"} {
		p.Fixed[name] = "hidden by the host of vllm-0.14"
	}
	if p.Device.Generation == "hopper" || r.Latency() < hostBound {
		p.drop("bound by the host of vllm-0.14")
		return true
	}
	return false
}

// latentPrefillProblems reads a device's MLA prefill cores.
func latentPrefillProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_context_mla.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		format, engine := latentFormats[r.latentFormat()], r.Text("engine")
		p := set.of("latent-prefill."+format.variant, engine)
		sequences, tokens := r.Size("batch_size"), int64(r.Size("isl"))
		if p.hostBound(r) {
			return
		}
		heads := r.Size("num_heads")
		shape := kernels.PrefillShape{Sequences: sequences, Tokens: int64(sequences) * tokens,
			Keys:  int64(sequences) * tokens,
			Pairs: int64(sequences) * tokens * (tokens + 1) / 2, Heads: heads, KVHeads: heads,
			KeyDim: nopeDim + ropeDim, ValueDim: latentValue, KV: format.kv}
		if strings.HasPrefix(engine, "sglang") { // whose rows prefill in the absorbed form
			shape.KVHeads, shape.KeyDim, shape.ValueDim = 1, latentDim+ropeDim, latentDim
		}
		p.add(engine, Sample{
			Group: fmt.Sprintf("heads=%d", heads), Shape: fmt.Sprintf("batch=%d tokens=%d", sequences, tokens), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.LatentPrefill.Time(d, shape) }})
	})
	if err != nil {
		return nil, err
	}
	return set.withModules(dir, prefix+"_mla_context_module.csv.gz", (*problemSet).addLatentMany)
}

// addLatentMany adds a whole block over many tokens, in the expanded form.
func (set *problemSet) addLatentMany(m *module) {
	d := set.device
	p := set.of("latent-prefill."+latentFormats[m.kv].variant, m.version)
	rows := m.batch * m.tokens
	switch {
	case m.kernel != "FLASH_ATTN":
		p.drop("short enough for the kernels of decode")
		return
	case rows < 64:
		p.drop("few tokens: bound by the host")
		return
	}
	shape := kernels.PrefillShape{Sequences: m.batch, Tokens: int64(rows), Keys: int64(rows),
		Pairs: m.pairs(m.tokens), Heads: m.heads,
		KVHeads: m.heads, KeyDim: nopeDim + ropeDim, ValueDim: latentValue, KV: latentFormats[m.kv].kv}
	p.add(m.version, m.sample(func(s *kernels.Set) units.Seconds {
		return m.expandedProjections(d, s) + s.LatentPrefill.Time(d, shape)
	}))
}

// inCache tells whether repeated runs of a kernel find what they read in the L2 cache and gain by it, as
// serving does not: it is small enough to stay and large enough to matter.
func inCache(d *hw.Device, bytes units.Bytes) bool { return bytes > d.L2/8 && bytes < d.L2*5/4 }
