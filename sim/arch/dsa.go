package arch

import "github.com/roofserve/roofserve/hw/units"

// DSA is DeepSeek sparse attention (DeepSeek-V3.2, technical report of 2025, §2.1): MLA in which each query
// attends only the TopK tokens that a lightning indexer scores highest. The indexer has a small key of its
// own for every token.
type DSA struct {
	MLA
	IndexHeads int `toml:"index_heads"`
	IndexDim   int `toml:"index_dim"`
	TopK       int `toml:"top_k"`
	// SharedIndex marks layers that reuse the choice of the layer before (GLM-5.2): no indexer, no index keys.
	SharedIndex bool `toml:"shared_index"`
}

// Kind is "dsa".
func (a *DSA) Kind() string { return "dsa" }

// Validate reports a field that makes no sense.
func (a *DSA) Validate(hidden int) error {
	return first(
		a.MLA.Validate(hidden),
		dimension("q_rank", a.QRank), // the indexer's queries are projected from the queries' latent
		dimension("index_heads", a.IndexHeads),
		dimension("index_dim", a.IndexDim),
		dimension("top_k", a.TopK),
	)
}

// Tensors are MLA's and the indexer's: q·Hi·di for its queries, h·di and a LayerNorm for its key, h·Hi for
// head weights. Every rank holds the whole indexer.
func (a *DSA) Tensors(hidden int) []Tensor {
	t := a.MLA.Tensors(hidden)
	if a.SharedIndex {
		return t
	}
	return append(t,
		matrix("index_q", a.QRank, a.IndexHeads*a.IndexDim, GroupAttention, Replicated),
		matrix("index_k", hidden, a.IndexDim, GroupAttention, Replicated),
		vector("index_k_norm", 2*a.IndexDim, Replicated),
		matrix("index_weights", hidden, a.IndexHeads, GroupSmall, Replicated))
}

// scaleBlock is the number of fp8 values that share an fp32 scale in DSA's caches.
const scaleBlock = 128

// latentFP8Bytes is a token's latent in the fp8 cache of FlashMLA's sparse kernels: the latent in fp8 with a
// scale for each 128 values, the rotated key in bf16 (656 bytes for DeepSeek-V3.2).
func (a *DSA) latentFP8Bytes() units.Bytes {
	return units.Bytes(a.KVRank + 4*units.CeilDiv(a.KVRank, scaleBlock) + 2*a.RopeDim)
}

// indexBytes is a token's index key, which is kept in fp8 with its scale whatever the format of the latents
// (132 bytes for DeepSeek-V3.2; DeepSeek-V3.2-Exp, inference/model.py, class Indexer: k_cache in
// float8_e4m3fn, k_scale_cache in float32).
func (a *DSA) indexBytes() units.Bytes {
	return units.Bytes(a.IndexDim + 4*units.CeilDiv(a.IndexDim, scaleBlock))
}

// State is MLA's latent, kept for every token because any may be chosen, and the index key.
func (a *DSA) State() State {
	s := a.MLA.State()
	s.Tokens[0].FP8Bytes = a.latentFP8Bytes()
	if !a.SharedIndex {
		s.Tokens = append(s.Tokens, TokenState{Values: float64(a.IndexDim), KeyShare: 1,
			FixedBytes: a.indexBytes()})
	}
	return s
}

// Operators are MLA's projections, the indexer, and absorbed attention over the chosen tokens, in prefill as
// in decode: the sparse kernels (FlashMLA) know no expanded form.
func (a *DSA) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	heads := a.Heads / s.TP
	ops := a.project(hidden, heads)
	if !a.SharedIndex {
		ops = append(ops, a.index(hidden, reach(Reach{}))...)
	}
	ops = append(ops, a.absorbed(Attention{Name: "attention", Phase: EveryToken, Heads: heads,
		Reach: reach(Reach{Kind: TopK, Size: a.TopK}), FP8KeyBytes: a.latentFP8Bytes()})...)
	return append(ops, a.output(hidden, heads)...)
}

// index lists the lightning indexer: its projections, the norm, rotation and quantisation of queries and key,
// and scores over every token. Every rank runs it whole.
func (a *DSA) index(hidden, full int) []Op {
	queries := a.IndexHeads * a.IndexDim
	return []Op{
		GEMM{Name: "index_q", N: queries, K: a.QRank, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "index_k", N: a.IndexDim, K: hidden, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "index_weights", N: a.IndexHeads, K: hidden, Rows: EveryToken, Group: GroupSmall},
		Pointwise{Name: "index_prepare", Values: 2 * (queries + a.IndexDim), Rows: EveryToken},
		Attention{Name: "index_scores", Form: Indexer, Phase: EveryToken, Heads: a.IndexHeads, KVHeads: 1,
			KeyDim: a.IndexDim, Reach: full, KeyShare: 1, FixedKeyBytes: a.indexBytes()},
	}
}
