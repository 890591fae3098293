package calibrate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

const (
	indexDim = 128  // of the indexer's queries and keys
	chosen   = 2048 // keys that the indexer chooses for a query
)

// sparseProblems reads a device's sparse attention blocks, of which only wholes are measured. The indexer's
// part is the difference to a block without one (GLM-5.2 shares choices between layers) or to dense MLA's at
// few keys, the gathered core's the difference to dense MLA's or between contexts. What remains of
// projections is predicted with typical laws.
func sparseProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	step, err := readModules(dir, prefix+"_dsa_generation_module.csv.gz", prefix+"_mla_generation_module.csv.gz")
	if err != nil {
		return nil, err
	}
	many, err := readModules(dir, prefix+"_dsa_context_module.csv.gz", "")
	if err != nil {
		return nil, err
	}
	steps := newProblemSet(d, prefix+"_dsa_generation_module.csv.gz")
	for _, key := range orderedPlaces(step.indexed) {
		m := step.indexed[key]
		steps.addIndexStep(&m, step)
		steps.addSparseStep(&m, step)
		short, ok := step.indexed[m.at(m.tokens, 2)]
		steps.addGrowth(&m, short, ok)
	}
	for _, key := range orderedPlaces(step.shared) {
		m := step.shared[key]
		short, ok := step.shared[m.at(m.tokens, 1)]
		steps.addGrowth(&m, short, ok)
	}
	manys := newProblemSet(d, prefix+"_dsa_context_module.csv.gz")
	for _, key := range orderedPlaces(many.indexed) {
		m := many.indexed[key]
		manys.addIndexMany(&m, many)
		manys.addSparseMany(&m)
	}
	for _, key := range orderedPlaces(many.shared) {
		m := many.shared[key]
		manys.addSparseMany(&m)
	}
	return append(steps.sorted(), manys.sorted()...), nil
}

// noise is the least share of a row that a difference must be: repeated rows differ by 1 to 3%.
const noise = 0.15

// difference adds a sample of what a row takes beyond another.
func (set *problemSet) difference(law string, m *module, other units.Seconds,
	predict func(*kernels.Set) units.Seconds) {
	p := set.of(law, m.version)
	beyond := m.latency - other
	if beyond < noise*m.latency {
		p.drop("difference of two modules within their noise")
		return
	}
	p.add(m.version, Sample{Group: fmt.Sprintf("%s heads=%d", m.family, m.heads),
		Shape:    fmt.Sprintf("batch=%d tokens=%d cached=%d %s %s", m.batch, m.tokens, m.cached, m.kv, m.gemm),
		Measured: beyond, Predict: predict})
}

// addIndexStep adds what a decoding block with an indexer takes beyond one without, or beyond itself with
// fewer keys.
func (set *problemSet) addIndexStep(m *module, all modules) {
	const law = "indexer.step"
	d := set.device
	index := func(s *kernels.Set) units.Seconds { return m.indexStep(d, s) + m.indexProjections(d, s, m.batch) }
	shared, hasShared := all.shared[m.at(m.tokens, m.cached)]
	dense, hasDense := all.dense[m.at(m.tokens, 2)]
	fewer, hasFewer := all.indexed[m.at(m.tokens, 2*chosen)]
	switch {
	case hasShared && m.cached >= chosen:
		set.difference(law, m, shared.latency, index)
	case hasDense && m.cached == 16 && m.batch <= 32 && strings.HasPrefix(m.version, "vllm"):
		set.difference(law, m, dense.latency, index)
	case hasDense && m.cached >= 2*chosen && m.batch <= 32 && !strings.HasPrefix(m.version, "vllm"):
		set.difference(law, m, dense.latency, func(s *kernels.Set) units.Seconds {
			return index(s) + m.gathered(d,
				s)
		})
	case hasDense && hasFewer && m.cached >= 8*chosen:
		set.difference(law, m, fewer.latency, func(s *kernels.Set) units.Seconds {
			return m.indexStep(d,
				s) - fewer.indexStep(d, s)
		})
	}
}

// addSparseStep adds what a decoding block with many sequences and full choices takes beyond dense MLA's over
// few keys.
func (set *problemSet) addSparseStep(m *module, all modules) {
	d := set.device
	dense, ok := all.dense[m.at(m.tokens, 2)]
	if !ok || m.cached != 2*chosen || m.batch < 64 {
		return
	}
	law := "latent-decode.sparse-" + latentFormats[m.kv].variant
	set.difference(law, m, dense.latency, func(s *kernels.Set) units.Seconds {
		return m.gathered(d, s) + m.indexStep(d, s) + m.indexProjections(d, s, m.batch)
	})
	set.keepFixed(law, m.version, m.kv == "bfloat16" && strings.HasPrefix(m.version, "vllm"))
}

// addGrowth adds what a block takes beyond itself over one or two keys. Kernels for 8-bit latents, and
// trtllm's, work through absent keys, and do not show it.
func (set *problemSet) addGrowth(m *module, short module, ok bool) {
	d := set.device
	if !ok || m.cached < 512 || m.cached > chosen || m.kv == "fp8" || m.latency > 4*short.latency ||
		strings.HasPrefix(m.version, "trtllm") {
		return
	}
	const law = "latent-decode.sparse-wide"
	set.difference(law, m, short.latency, func(s *kernels.Set) units.Seconds {
		t := m.gathered(d, s)
		if m.indexed {
			t += m.indexStep(d, s) - short.indexStep(d, s)
		}
		return t
	})
	set.keepFixed(law, m.version, true)
}

// keepFixed leaves at their defaults the parameters that differences between modules cancel, and unless
// growth is among the samples, what a sequence takes alone.
func (set *problemSet) keepFixed(law, version string, growth bool) {
	p := set.of(law, version)
	p.Fixed = make(map[string]string)
	for _, name := range []string{"fixed", "sequence", "query", "tile"} {
		p.Fixed[name] = "cancels in differences of whole blocks"
	}
	p.Fixed["middle"] = "one number of heads cannot tell it"
	if !growth {
		p.Fixed["single"] = "only many sequences show the core"
	}
}

// addIndexMany adds what a block with an indexer takes beyond one without, for many tokens.
func (set *problemSet) addIndexMany(m *module, all modules) {
	d := set.device
	shared, ok := all.shared[m.at(m.tokens, m.cached)]
	if !ok || !m.large() {
		return
	}
	set.difference("indexer.many", m, shared.latency, func(s *kernels.Set) units.Seconds {
		return s.Indexer.Prefill(d, m.indexPairs()) + m.indexProjections(d, s, m.batch*m.tokens)
	})
}

// addSparseMany adds whole blocks over many tokens.
func (set *problemSet) addSparseMany(m *module) {
	d := set.device
	law := "sparse-prefill." + latentFormats[m.kv].variant
	p := set.of(law, m.version)
	if !m.large() {
		p.drop("few tokens: bound by the host")
		return
	}
	p.Fixed = map[string]string{"fixed": "cannot be told from the projections'", "serial": "one number of heads cannot tell it"}
	if m.kv == "bfloat16" {
		p.Fixed["rate"] = "hidden behind the arithmetic"
	}
	p.add(m.version, Sample{Group: fmt.Sprintf("%s heads=%d", m.family, m.heads),
		Shape:    fmt.Sprintf("batch=%d tokens=%d cached=%d %s", m.batch, m.tokens, m.cached, m.gemm),
		Measured: m.latency,
		Predict: func(s *kernels.Set) units.Seconds {
			t := m.projections(d, s) + s.SparsePrefill.Time(d, m.chosenPairs())
			if m.indexed {
				t += s.Indexer.Prefill(d, m.indexPairs()) + m.indexProjections(d, s, m.batch*m.tokens)
			}
			return t
		}})
}

// large tells whether a block has the tokens of a serving chunk, so that the host does not hold it up, and
// not more.
func (m *module) large() bool {
	return m.tokens >= 512 && m.batch*m.tokens >= 4096 && m.batch*m.tokens <= 16384
}

// gathered is the time of a decoding block's core over the chosen keys.
func (m *module) gathered(d *hw.Device, s *kernels.Set) units.Seconds {
	_, perKey := s.LatentDecode.Coefficients(d,
		kernels.LatentShape{Sequences: m.batch, Heads: m.heads, LatentDim: latentDim,
			RopeDim: ropeDim, Sparse: true, KV: latentFormats[m.kv].kv})
	return perKey * units.Seconds(m.batch*min(m.cached+1, chosen))
}

// indexStep is the time of a decoding block's indexer, without its projections.
func (m *module) indexStep(d *hw.Device, s *kernels.Set) units.Seconds {
	fixed, perKey := s.Indexer.Coefficients(d,
		kernels.IndexerShape{Sequences: m.batch, Heads: m.sizes.indexHeads, KeyDim: indexDim})
	return fixed + units.Seconds(perKey*units.Seconds(m.batch*(m.cached+1)))
}

// indexProjections are the indexer's queries, key and weights.
func (m *module) indexProjections(d *hw.Device, s *kernels.Set, rows int) units.Seconds {
	return m.gemmTime(d, s, rows, m.sizes.indexHeads*indexDim, m.sizes.queryRank) + m.gemmTime(d, s, rows,
		indexDim, m.sizes.hidden) +
		s.GEMM.Time(d, kernels.GEMMShape{M: rows, N: m.sizes.indexHeads, K: m.sizes.hidden, Weights: units.BF16,
			Activations: units.BF16})
}

// chosenPairs is the shape of a block's core over the chosen keys.
func (m *module) chosenPairs() kernels.PrefillShape {
	return kernels.PrefillShape{Sequences: m.batch, Tokens: int64(m.batch * m.tokens), Pairs: m.pairs(chosen),
		Keys: int64(m.batch * (m.tokens + m.cached)), Heads: m.heads, KVHeads: 1, KeyDim: latentDim + ropeDim,
		ValueDim: latentDim,
		KV:       latentFormats[m.kv].kv, Chosen: chosen}
}

// indexPairs is the shape of a block's scores.
func (m *module) indexPairs() kernels.PrefillShape {
	return kernels.PrefillShape{Sequences: m.batch, Tokens: int64(m.batch * m.tokens),
		Pairs: m.pairs(m.tokens + m.cached),
		Keys:  int64(m.batch * (m.tokens + m.cached)), Heads: m.sizes.indexHeads, KVHeads: 1, KeyDim: indexDim,
		KV: units.FP8}
}
