package arch

import "github.com/roofserve/roofserve/hw/units"

// Compressed is DeepSeek-V4's attention (DeepSeek-V4, technical report of 2026, §2.3): all heads share one
// key that is the value too, a window of the latest tokens, and behind it one entry for every Ratio tokens.
// With an indexer, compressed sparse attention, each query sees the TopK entries that it scores highest;
// without one, heavily compressed attention, it sees all. Ratio 0 is the window alone. Heads' outputs go
// through a low rank in groups.
type Compressed struct {
	Heads        int `toml:"heads"`
	HeadDim      int `toml:"head_dim"`
	RopeDim      int `toml:"rope_dim"` // the rotated part of a head
	QRank        int `toml:"q_rank"`
	OutputGroups int `toml:"output_groups"`
	OutputRank   int `toml:"output_rank"` // of each group
	Window       int `toml:"window"`
	Ratio        int `toml:"ratio"` // tokens of an entry; 0: none
	IndexHeads   int `toml:"index_heads"`
	IndexDim     int `toml:"index_dim"`
	TopK         int `toml:"top_k"` // entries that a query sees; 0: all
}

// Kind is "compressed".
func (a *Compressed) Kind() string { return "compressed" }

// Validate reports a field that makes no sense.
func (a *Compressed) Validate(int) error {
	err := first(dimension("heads", a.Heads), dimension("head_dim", a.HeadDim),
		between("rope_dim", a.RopeDim, 0, a.HeadDim), dimension("q_rank", a.QRank),
		dimension("output_groups", a.OutputGroups), dimension("output_rank", a.OutputRank),
		multiple("heads", a.Heads, "output_groups", a.OutputGroups), dimension("window", a.Window),
		optional("ratio", a.Ratio), optional("top_k", a.TopK))
	if err == nil && a.TopK > 0 {
		err = first(dimension("ratio", a.Ratio), dimension("index_heads", a.IndexHeads),
			dimension("index_dim", a.IndexDim), between("top_k", a.TopK, 1, maxDimension/a.Ratio))
	}
	return err
}

// CheckSplit reports heads or groups that tensor parallelism cannot divide.
func (a *Compressed) CheckSplit(s Split) error {
	return first(divisible("heads", a.Heads, s.TP, tensorParallel),
		divisible("output_groups", a.OutputGroups, s.TP, tensorParallel))
}

// entryWidth is the width of what a compressor projects for an entry: entries of sparse attention overlap,
// each made of its own tokens and of those before them.
func (a *Compressed) entryWidth(dim int) int {
	if a.TopK > 0 {
		return 2 * dim
	}
	return dim
}

// Tensors are those of DeepSeek-V4's checkpoint.
func (a *Compressed) Tensors(hidden int) []Tensor {
	t := []Tensor{
		matrix("q_a", hidden, a.QRank, GroupAttention, Replicated),
		vector("q_a_norm", a.QRank, Replicated),
		matrix("q_b", a.QRank, a.Heads*a.HeadDim, GroupAttention, Sharded),
		matrix("kv", hidden, a.HeadDim, GroupAttention, Replicated),
		vector("kv_norm", a.HeadDim, Replicated),
		matrix("o_a", a.Heads*a.HeadDim, a.OutputRank, GroupOutput, Sharded),
		matrix("o_b", a.OutputGroups*a.OutputRank, hidden, GroupOutput, Sharded),
		vector("sinks", a.Heads, Sharded),
	}
	if a.Ratio > 0 {
		t = append(t, a.compressor("compress", hidden, a.HeadDim)...)
	}
	if a.TopK > 0 {
		t = append(t, a.compressor("index_compress", hidden, a.IndexDim)...)
		t = append(t, matrix("index_q", a.QRank, a.IndexHeads*a.IndexDim, GroupAttention, Replicated),
			matrix("index_weights", hidden, a.IndexHeads, GroupSmall, Replicated))
	}
	return t
}

// compressor are the projections to an entry and to its weights, a bias for each place in it, and a norm;
// engines keep them in 16 bits.
func (a *Compressed) compressor(name string, hidden, dim int) []Tensor {
	width := a.entryWidth(dim)
	return []Tensor{matrix(name, hidden, 2*width, GroupSmall, Replicated),
		vector(name+"_bias", a.Ratio*width, Replicated), vector(name+"_norm", dim, Replicated)}
}

// fp8Bytes is what an entry takes in an fp8 cache: the unrotated part in fp8 with a byte of scale for each 64
// values, rounded up to 8 bytes, and the rotated part in bf16 (584 bytes for DeepSeek-V4).
func (a *Compressed) fp8Bytes() units.Bytes {
	plain := a.HeadDim - a.RopeDim
	return units.Bytes(plain + (units.CeilDiv(plain, 64)+7)/8*8 + 2*a.RopeDim)
}

// indexBytes is an index entry, in fp8 with its scale.
func (a *Compressed) indexBytes() units.Bytes {
	return units.Bytes(a.IndexDim + 4*units.CeilDiv(a.IndexDim, scaleBlock))
}

// State is the window, one entry for every Ratio tokens, and one of the indexer.
func (a *Compressed) State() State {
	s := State{Tokens: []TokenState{{Reach: Reach{Kind: Window, Size: a.Window}, Values: float64(a.HeadDim),
		KeyShare: 1, FP8Bytes: a.fp8Bytes()}}}
	if a.Ratio > 0 {
		share := 1 / float64(a.Ratio)
		s.Tokens = append(s.Tokens, TokenState{Values: float64(a.HeadDim), KeyShare: share, FP8Bytes: a.fp8Bytes()})
		if a.TopK > 0 {
			s.Tokens = append(s.Tokens, TokenState{Values: float64(a.IndexDim), KeyShare: share,
				FixedBytes: a.indexBytes()})
		}
	}
	return s
}

// Pending is how many tokens a compressor keeps raw until their entries are whole, and what each takes: a
// value and a weight in fp32, of the entry's and, where entries overlap, of the next one's tokens
// (deepseek_v4_compress_state.py of SGLang; 8 and 128 tokens for DeepSeek-V4).
func (a *Compressed) Pending() (tokens int, each units.Bytes) {
	if a.Ratio == 0 {
		return 0, 0
	}
	width, tokens := a.entryWidth(a.HeadDim), a.Ratio
	if a.TopK > 0 {
		width, tokens = width+a.entryWidth(a.IndexDim), 2*a.Ratio
	}
	return tokens, units.FP32.Bytes(2 * float64(width))
}

// Operators are the projections, the compressor, the indexer, attention over the window and over entries,
// and the grouped output.
func (a *Compressed) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	heads, groups := a.Heads/s.TP, a.OutputGroups/s.TP
	gemm := func(name string, n, k int, g Group) Op {
		return GEMM{Name: name, N: n, K: k, Rows: EveryToken, Group: g}
	}
	ops := []Op{
		gemm("q_a", a.QRank+a.HeadDim, hidden, GroupAttention),
		Pointwise{Name: "latent_norm", Values: 2 * (a.QRank + a.HeadDim), Rows: EveryToken},
		gemm("q_b", heads*a.HeadDim, a.QRank, GroupAttention),
		Pointwise{Name: "rope", Values: 2 * a.RopeDim * (2*heads + 1), Rows: EveryToken},
		Pointwise{Name: "cache_write", Values: 2 * a.HeadDim, Rows: EveryToken},
	}
	attend := func(name string, r Reach, share float64) Op {
		return Attention{Name: name, Form: Absorbed, Kernels: OfCompressed, Phase: EveryToken, Heads: heads,
			KVHeads: 1, KeyDim: a.HeadDim, ValueDim: a.HeadDim, Reach: reach(r), KeyShare: share,
			FP8KeyBytes: a.fp8Bytes()}
	}
	if a.Ratio > 0 {
		share, width := 1/float64(a.Ratio), a.entryWidth(a.HeadDim)
		ops = append(ops, gemm("compress", 2*width, hidden, GroupSmall),
			Pointwise{Name: "pool", Values: 3 * width, Rows: EveryToken})
		entries := Reach{}
		if a.TopK > 0 {
			ops = append(ops, a.index(hidden, reach(Reach{}), share)...)
			entries = Reach{Kind: TopK, Size: a.TopK * a.Ratio}
		}
		ops = append(ops, attend("entries_attention", entries, share))
	}
	return append(ops, attend("window_attention", Reach{Kind: Window, Size: a.Window}, 1),
		BatchedGEMM{Name: "o_a", Batch: groups, N: a.OutputRank, K: heads * a.HeadDim / groups, Rows: EveryToken,
			Group: GroupOutput},
		gemm("o_b", hidden, groups*a.OutputRank, GroupOutput),
		Reduce{Name: "o_reduce", Values: hidden, Rows: EveryToken})
}

// index lists the indexer: its queries, entries and weights, and scores over every entry.
func (a *Compressed) index(hidden, full int, share float64) []Op {
	width := a.entryWidth(a.IndexDim)
	return []Op{
		GEMM{Name: "index_q", N: a.IndexHeads * a.IndexDim, K: a.QRank, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "index_compress", N: 2*width + a.IndexHeads, K: hidden, Rows: EveryToken, Group: GroupSmall},
		Pointwise{Name: "index_prepare", Values: 2*a.IndexHeads*a.IndexDim + 3*width, Rows: EveryToken},
		Attention{Name: "index_scores", Form: Indexer, Kernels: OfCompressed, Phase: EveryToken, Heads: a.IndexHeads,
			KVHeads: 1, KeyDim: a.IndexDim, Reach: full, KeyShare: share, FixedKeyBytes: a.indexBytes()},
	}
}
