package arch

// MLA is multi-head latent attention (DeepSeek-V2, arXiv:2405.04434, §2.1): keys and values of all heads are
// expanded from one latent of KVRank values, which is what the cache keeps, with RopeDim values of a shared
// rotated key.
//
// Engines run it in two forms. Prefill expands keys and values of every token through kv_b, the cached ones
// again for each chunk, and attends head by head. Decode absorbs kv_b into the query and the output: all
// heads attend the latent itself (arXiv:2405.04434, §2.1.2, "absorbed").
type MLA struct {
	Heads    int  `toml:"heads"`
	QRank    int  `toml:"q_rank"`    // rank of the queries' own latent; 0: queries are projected directly
	KVRank   int  `toml:"kv_rank"`   // rank of the latent
	RopeDim  int  `toml:"rope_dim"`  // width of the shared rotated key
	NopeDim  int  `toml:"nope_dim"`  // width of a head's unrotated key
	ValueDim int  `toml:"value_dim"` // width of a head's value
	Rope     bool `toml:"rope"`      // off in Kimi-Linear, whose MLA layers carry no positions; on unless turned off
	Gate     bool `toml:"gate"`      // an output gate as wide as the values (Kimi-K3)
	HeadGate bool `toml:"head_gate"` // an output gate of one value for each head (Ling 3)
}

// Kind is "mla".
func (a *MLA) Kind() string { return "mla" }

// follow gives latent attention in the place of another the widths that DeepSeek-V2 chose beside its heads: a
// latent of four heads' keys, and a rotated key of half of one (arXiv:2405.04434, §2.1.2 and §2.1.3:
// d_c = 4 d_h, d_h^R = d_h/2). Queries are projected directly, as they were.
func (a *MLA) follow(before, component map[string]any) {
	width, ok := before["head_dim"].(int64)
	if !ok {
		return
	}
	component["kv_rank"], component["rope_dim"] = 4*width, width/2
	component["nope_dim"], component["value_dim"] = width, width
}

// Validate reports a field that makes no sense.
func (a *MLA) Validate(int) error {
	return first(
		dimension("heads", a.Heads),
		optional("q_rank", a.QRank),
		dimension("kv_rank", a.KVRank),
		optional("rope_dim", a.RopeDim),
		dimension("nope_dim", a.NopeDim),
		dimension("value_dim", a.ValueDim),
	)
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *MLA) CheckSplit(s Split) error { return divisible("heads", a.Heads, s.TP, tensorParallel) }

// Tensors are the down- and up-projections of DeepSeek-V3's checkpoint; the down-projections are replicated.
func (a *MLA) Tensors(hidden int) []Tensor {
	queries := a.Heads * (a.NopeDim + a.RopeDim)
	t := []Tensor{
		matrix("kv_a", hidden, a.KVRank+a.RopeDim, GroupAttention, Replicated),
		vector("kv_a_norm", a.KVRank, Replicated),
		matrix("kv_b", a.KVRank, a.Heads*(a.NopeDim+a.ValueDim), GroupAttention, Sharded),
		matrix("o", a.Heads*a.ValueDim, hidden, GroupOutput, Sharded),
	}
	if a.QRank > 0 {
		t = append(t, matrix("q_a", hidden, a.QRank, GroupAttention, Replicated), vector("q_a_norm", a.QRank, Replicated),
			matrix("q_b", a.QRank, queries, GroupAttention, Sharded))
	} else {
		t = append(t, matrix("q", hidden, queries, GroupAttention, Sharded))
	}
	if a.Gate {
		t = append(t, matrix("gate", hidden, a.Heads*a.ValueDim, GroupAttention, Sharded))
	}
	if a.HeadGate {
		t = append(t, matrix("head_gate", hidden, a.Heads, GroupSmall, Sharded))
	}
	return t
}

// State is one latent and one rotated key for each token, replicated over tensor-parallel ranks.
func (a *MLA) State() State {
	return State{Tokens: []TokenState{{Values: float64(a.KVRank + a.RopeDim), KeyShare: 1}}}
}

// Operators are those of both forms; each runs over its own rows.
func (a *MLA) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	heads, full := a.Heads/s.TP, reach(Reach{})
	ops := append(a.project(hidden, heads),
		GEMM{Name: "kv_b", N: heads * (a.NopeDim + a.ValueDim), K: a.KVRank, Rows: ExpandedRows, Group: GroupAttention},
		Attention{Name: "prefill_attention", Form: Expanded, Phase: PrefillTokens, Heads: heads, KVHeads: heads,
			KeyDim: a.NopeDim + a.RopeDim, ValueDim: a.ValueDim, Reach: full, KeyShare: 1})
	ops = append(ops, a.absorbed(Attention{Name: "decode_attention", Phase: DecodeTokens, Heads: heads, Reach: full})...)
	return append(ops, a.output(hidden, heads)...)
}

// project lists what precedes attention: both latents, their norms, the queries, rotation and the write to
// the cache.
func (a *MLA) project(hidden, heads int) []Op {
	latent, queries := a.KVRank+a.RopeDim, heads*(a.NopeDim+a.RopeDim)
	var ops []Op
	if a.QRank > 0 {
		ops = []Op{
			GEMM{Name: "qkv_a", N: a.QRank + latent, K: hidden, Rows: EveryToken, Group: GroupAttention},
			Pointwise{Name: "latent_norm", Values: 2 * (a.QRank + a.KVRank), Rows: EveryToken},
			GEMM{Name: "q_b", N: queries, K: a.QRank, Rows: EveryToken, Group: GroupAttention},
		}
	} else {
		ops = []Op{
			GEMM{Name: "q", N: queries, K: hidden, Rows: EveryToken, Group: GroupAttention},
			GEMM{Name: "kv_a", N: latent, K: hidden, Rows: EveryToken, Group: GroupAttention},
			Pointwise{Name: "latent_norm", Values: 2 * a.KVRank, Rows: EveryToken},
		}
	}
	if a.Rope && a.RopeDim > 0 {
		ops = append(ops, Pointwise{Name: "rope", Values: 2 * a.RopeDim * (heads + 1), Rows: EveryToken})
	}
	return append(ops, Pointwise{Name: "cache_write", Values: 2 * latent, Rows: EveryToken})
}

// absorbed is attention over the latent itself, between the two batched products with the halves of kv_b.
// core gives the attention's name, phase, heads and reach.
func (a *MLA) absorbed(core Attention) []Op {
	core.Form, core.KVHeads, core.KeyShare = Absorbed, 1, 1
	core.KeyDim, core.ValueDim = a.KVRank+a.RopeDim, a.KVRank
	return []Op{
		BatchedGEMM{Name: "w_uk", Batch: core.Heads, N: a.KVRank, K: a.NopeDim, Rows: core.Phase, Group: GroupAttention},
		core,
		BatchedGEMM{Name: "w_uv", Batch: core.Heads, N: a.ValueDim, K: a.KVRank, Rows: core.Phase, Group: GroupAttention},
	}
}

// output gates and projects the heads' outputs.
func (a *MLA) output(hidden, heads int) []Op {
	width := heads * a.ValueDim
	var ops []Op
	if a.Gate {
		ops = []Op{
			GEMM{Name: "gate", N: width, K: hidden, Rows: EveryToken, Group: GroupAttention},
			Pointwise{Name: "gating", Values: 3 * width, Rows: EveryToken},
		}
	}
	if a.HeadGate {
		ops = append(ops, GEMM{Name: "head_gate", N: heads, K: hidden, Rows: EveryToken, Group: GroupSmall},
			Pointwise{Name: "head_gating", Values: 2*width + heads, Rows: EveryToken})
	}
	return append(ops, outputOps(hidden, width)...)
}
