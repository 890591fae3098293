package arch

// BlockSparse is MiniMax-M3's sparse attention: grouped attention in which each query sees the TopBlocks
// blocks of BlockSize tokens that an indexer of a few heads scores highest, its own block among them. The
// indexer has one key of its own for every token.
type BlockSparse struct {
	MultiHead
	IndexHeads int `toml:"index_heads"`
	IndexDim   int `toml:"index_dim"`
	BlockSize  int `toml:"block_size"`
	TopBlocks  int `toml:"top_blocks"`
}

// Kind is "block-sparse".
func (a *BlockSparse) Kind() string { return "block-sparse" }

// Validate reports a field that makes no sense.
func (a *BlockSparse) Validate(hidden int) error {
	return first(a.MultiHead.Validate(hidden), dimension("index_heads", a.IndexHeads),
		dimension("index_dim", a.IndexDim), between("block_size", a.BlockSize, 1, 1<<12),
		between("top_blocks", a.TopBlocks, 1, 1<<12))
}

// Tensors are attention's and the indexer's: queries, a key and norms of both. Every rank holds the whole
// indexer.
func (a *BlockSparse) Tensors(hidden int) []Tensor {
	return append(a.MultiHead.Tensors(hidden),
		matrix("index_q", hidden, a.IndexHeads*a.IndexDim, GroupAttention, Replicated),
		matrix("index_k", hidden, a.IndexDim, GroupAttention, Replicated),
		vector("index_norms", 2*a.IndexDim, Replicated))
}

// State is attention's, kept for every token because any may be chosen, and the index key.
func (a *BlockSparse) State() State {
	s := a.MultiHead.State()
	s.Tokens = append(s.Tokens, TokenState{Values: float64(a.IndexDim), KeyShare: 1})
	return s
}

// Operators are attention's over the chosen tokens, behind the indexer's, which scores every token.
func (a *BlockSparse) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	heads, kvHeads := a.Heads/s.TP, max(1, a.KVHeads/s.TP)
	queries := a.IndexHeads * a.IndexDim
	ops := append(a.project(hidden, heads, kvHeads),
		GEMM{Name: "index_qk", N: queries + a.IndexDim, K: hidden, Rows: EveryToken, Group: GroupAttention},
		Pointwise{Name: "index_prepare", Values: 2 * (queries + a.IndexDim), Rows: EveryToken},
		Attention{Name: "index_scores", Form: Indexer, Kernels: OfBlocks, Phase: EveryToken, Heads: a.IndexHeads, KVHeads: 1,
			KeyDim: a.IndexDim, Reach: reach(Reach{}), KeyShare: 1},
		Attention{Name: "attention", Form: Grouped, Kernels: OfBlocks, Phase: EveryToken, Heads: heads, KVHeads: kvHeads,
			KeyDim: a.HeadDim, ValueDim: a.value(), KeyShare: 1, Sinks: a.Sinks,
			Reach: reach(Reach{Kind: TopK, Size: a.TopBlocks * a.BlockSize})})
	return append(ops, outputOps(hidden, heads*a.value())...)
}
