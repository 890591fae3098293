package arch

// MultiHead is softmax attention with keys and values for each KV head: MHA, GQA and MQA (Ainslie et al.
// 2023, arXiv:2305.13245), over the whole context, a sliding window (Mistral, gpt-oss, Gemma) or a chunk
// (Llama 4).
type MultiHead struct {
	Heads    int `toml:"heads"`
	KVHeads  int `toml:"kv_heads"`
	HeadDim  int `toml:"head_dim"`
	ValueDim int `toml:"value_dim"` // width of a value; 0: head_dim
	Window   int `toml:"window"`    // tokens that a query sees; 0: all
	Chunk    int `toml:"chunk"`     // tokens of a block within which queries attend; 0: no blocks
	// QKNorm is "" for none, "head" for a norm over each head, "layer" for one over all heads together
	// (MiniMax-M2).
	QKNorm     string `toml:"qk_norm"`
	QKVBias    bool   `toml:"qkv_bias"`
	OutputBias bool   `toml:"output_bias"`
	Gate       bool   `toml:"gate"`      // an output gate as wide as the query (Qwen3-Next)
	HeadGate   bool   `toml:"head_gate"` // an output gate of one value for each head (Step-3.5)
	Sinks      bool   `toml:"sinks"`     // a learned scalar for each head in the softmax (gpt-oss)
	Rope       bool   `toml:"rope"`      // rotary embedding of queries and keys; on unless turned off
	QRank      int    `toml:"q_rank"`    // rank of the queries' own latent, which is normed (Step-3); 0: none
	// KeyIsValue tells whether values are the keys before rotation, with no matrix of their own (Gemma 4).
	KeyIsValue bool `toml:"key_is_value"`
	// SharedKV marks layers that read the keys and values of an earlier layer, and make none (Gemma 4,
	// Hunyuan).
	SharedKV bool `toml:"shared_kv"`
	// IdleKV tells whether such layers have matrices for keys and values all the same, which engines
	// multiply with and then leave the result unread (Gemma 3n).
	IdleKV bool `toml:"idle_kv"`
	// WithEmbedding tells whether the layer reads the embedding of its tokens beside its input, so that what is
	// projected is twice as wide (Zamba 2).
	WithEmbedding bool `toml:"with_embedding"`
	// Relative is the width of each head's relative state, which a table turns into a bias for each of the last
	// RelativeReach tokens (Inkling); 0: none.
	Relative      int `toml:"relative"`
	RelativeReach int `toml:"relative_reach"`
	// ShortConv is the number of taps of the short convolutions over keys, values and OuterChannels channels
	// that both parts of a layer give out (Inkling); 0: none.
	ShortConv     int `toml:"short_conv"`
	OuterChannels int `toml:"outer_channels"`
}

// Kind is "attention".
func (a *MultiHead) Kind() string { return "attention" }

// Validate reports a field that makes no sense.
func (a *MultiHead) Validate(int) error {
	return first(
		dimension("heads", a.Heads),
		dimension("kv_heads", a.KVHeads),
		multiple("heads", a.Heads, "kv_heads", a.KVHeads),
		dimension("head_dim", a.HeadDim),
		optional("value_dim", a.ValueDim),
		optional("q_rank", a.QRank),
		optional("window", a.Window),
		optional("chunk", a.Chunk),
		optional("relative", a.Relative),
		optional("relative_reach", a.RelativeReach),
		optional("short_conv", a.ShortConv),
		optional("outer_channels", a.OuterChannels),
		oneOf("qk_norm", a.QKNorm, "", "head", "layer"),
		exclusive("chunk", a.Chunk, "window", a.Window),
	)
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *MultiHead) CheckSplit(s Split) error {
	return first(divisible("heads", a.Heads, s.TP, tensorParallel), replicable("kv_heads", a.KVHeads, s.TP))
}

// value is the width of a value.
func (a *MultiHead) value() int {
	if a.ValueDim > 0 {
		return a.ValueDim
	}
	return a.HeadDim
}

// Tensors are those of the projections: h·n·d for queries (twice with a gate), h·g·d each for keys and
// values, n·d·h out.
func (a *MultiHead) Tensors(hidden int) []Tensor {
	queries, keys, values := a.widths(a.Heads, a.KVHeads)
	hidden, output := a.input(hidden), hidden
	input := hidden
	var t []Tensor
	if a.QRank > 0 {
		t = append(t, matrix("q_a", hidden, a.QRank, GroupAttention, Replicated), vector("q_a_norm", a.QRank, Replicated))
		input = a.QRank
	}
	t = append(t, matrix("q", input, queries, GroupAttention, Sharded))
	if keys > 0 {
		t = append(t, headMatrix("k", hidden, keys, a.KVHeads, GroupAttention))
	}
	if values > 0 {
		t = append(t, headMatrix("v", hidden, values, a.KVHeads, GroupAttention))
	}
	t = append(t, matrix("o", a.Heads*a.value(), output, GroupOutput, Sharded))
	if a.HeadGate {
		t = append(t, matrix("head_gate", hidden, a.Heads, GroupSmall, Sharded))
	}
	t = append(t, a.convolved(hidden, keys+values)...)
	return append(t, a.vectors(output, queries, keys, values)...)
}

// input is the width of what is projected.
func (a *MultiHead) input(hidden int) int {
	if a.WithEmbedding {
		return 2 * hidden
	}
	return hidden
}

// widths are those of what is projected: queries with their gate, keys, values.
func (a *MultiHead) widths(heads, kvHeads int) (queries, keys, values int) {
	queries, keys, values = heads*a.HeadDim, kvHeads*a.HeadDim, kvHeads*a.value()
	if a.Gate {
		queries += heads * a.value()
	}
	lacks := a.SharedKV && !a.IdleKV
	if lacks {
		keys = 0
	}
	if lacks || a.KeyIsValue {
		values = 0
	}
	return queries, keys, values
}

// vectors are the biases, norms and sinks.
func (a *MultiHead) vectors(hidden, queries, keys, values int) []Tensor {
	var t []Tensor
	if a.QKVBias {
		t = append(t, vector("q_bias", queries, Sharded))
		if keys > 0 {
			t = append(t, headMatrix("kv_bias", 1, keys+values, a.KVHeads, GroupSmall))
		}
	}
	if a.OutputBias {
		t = append(t, vector("o_bias", hidden, Replicated))
	}
	switch a.QKNorm {
	case "head":
		t = append(t, vector("qk_norm", 2*a.HeadDim, Replicated))
	case "layer":
		t = append(t, vector("q_norm", a.Heads*a.HeadDim, Sharded))
		if keys > 0 {
			t = append(t, headMatrix("k_norm", 1, keys, a.KVHeads, GroupSmall))
		}
	}
	if a.Sinks {
		t = append(t, vector("sinks", a.Heads, Sharded))
	}
	return t
}

func (a *MultiHead) reach() Reach {
	switch {
	case a.Window > 0:
		return Reach{Kind: Window, Size: a.Window}
	case a.Chunk > 0:
		return Reach{Kind: Chunk, Size: a.Chunk}
	default:
		return Reach{}
	}
}

// State is g·(key + value width) values for each token in reach; a layer that shares another's has none.
func (a *MultiHead) State() State {
	if a.SharedKV {
		return State{}
	}
	return a.convolvedState(State{Tokens: []TokenState{{
		Reach: a.reach(), Values: float64(a.KVHeads) * float64(a.HeadDim+a.value()), KeyShare: 1,
		KVHeads: a.KVHeads,
	}}})
}

// Operators are the fused query-key-value GEMM, the kernels that prepare queries and keys, attention and the
// output GEMM.
func (a *MultiHead) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	heads, kvHeads := a.Heads/s.TP, max(1, a.KVHeads/s.TP)
	ops := a.project(hidden, heads, kvHeads)
	ops = append(ops, Attention{
		Name: "attention", Form: Grouped, Phase: EveryToken, Heads: heads, KVHeads: kvHeads,
		KeyDim: a.HeadDim, ValueDim: a.value(), Reach: reach(a.reach()), KeyShare: 1, Sinks: a.Sinks})
	if a.Gate || a.HeadGate { // attention's output and its gate are read, the product is written
		ops = append(ops, Pointwise{Name: "gate", Values: 3 * heads * a.value(), Rows: EveryToken})
	}
	ops = append(ops, outputOps(hidden, heads*a.value())...)
	return append(ops, a.convolutions(kvHeads)...)
}

// project lists what precedes attention: queries, keys and values, their norms, rotation, and the write to
// the cache.
func (a *MultiHead) project(hidden, heads, kvHeads int) []Op {
	queries, keys, values := a.widths(heads, kvHeads)
	hidden = a.input(hidden)
	gemm := func(name string, n, k int) Op {
		return GEMM{Name: name, N: n, K: k, Rows: EveryToken, Group: GroupAttention}
	}
	ops := []Op{gemm("qkv", queries+keys+values+heads*a.Relative, hidden)}
	if a.QRank > 0 {
		ops = []Op{gemm("qkv_a", a.QRank+keys+values, hidden),
			Pointwise{Name: "latent_norm", Values: 2 * a.QRank, Rows: EveryToken}, gemm("q_b", queries, a.QRank)}
	}
	if a.HeadGate {
		ops = append(ops, GEMM{Name: "head_gate", N: heads, K: hidden, Rows: EveryToken, Group: GroupSmall})
	}
	rotated := heads*a.HeadDim + keys
	if a.QKNorm != "" {
		ops = append(ops, Pointwise{Name: "qk_norm", Values: 4 * rotated, Rows: EveryToken, Kernels: normKernels})
	}
	if a.QKNorm == "layer" { // the sums of squares, in 32 bits, over the heads of all ranks
		ops = append(ops, Reduce{Name: "qk_norm_reduce", Values: 4, Rows: EveryToken})
	}
	if a.Rope {
		ops = append(ops, Pointwise{Name: "rope", Values: 2 * rotated, Rows: EveryToken})
	}
	if a.SharedKV {
		return ops
	}
	return append(ops, Pointwise{Name: "cache_write", Values: 2 * kvHeads * (a.HeadDim + a.value()), Rows: EveryToken})
}

// normKernels are those of a norm over queries and keys, which are slices of one projection's output: each is
// copied together and normed.
const normKernels = 4

// outputOps projects the heads' outputs back to the residual stream and adds up the ranks' parts.
func outputOps(hidden, width int) []Op {
	return []Op{
		GEMM{Name: "o", N: hidden, K: width, Rows: EveryToken, Group: GroupOutput},
		Reduce{Name: "o_reduce", Values: hidden, Rows: EveryToken},
	}
}
