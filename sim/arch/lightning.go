package arch

// Lightning is linear attention with a fixed decay for each head (Lightning Attention-2, Qin et al. 2024,
// arXiv:2401.04658), as in MiniMax-Text-01 (arXiv:2501.08313, §2.2) and Ling 2.5: a HeadDim×HeadDim state for
// each head, a norm of what is read from it, and an output gate.
type Lightning struct {
	Heads   int `toml:"heads"`
	KVHeads int `toml:"kv_heads"` // keys and values that heads share; 0: each its own
	HeadDim int `toml:"head_dim"`
	// QKNorm is "head" for a norm of each head's queries and keys, and "" for none.
	QKNorm string `toml:"qk_norm"`
	// NormGroups is in how many groups of heads the output is normed, of equal weights in each; 0: all heads
	// together.
	NormGroups int `toml:"norm_groups"`
}

// Kind is "lightning".
func (a *Lightning) Kind() string { return "lightning" }

// Validate reports a field that makes no sense.
func (a *Lightning) Validate(int) error {
	return first(dimension("heads", a.Heads), optional("kv_heads", a.KVHeads), dimension("head_dim", a.HeadDim),
		multiple("heads", a.Heads, "kv_heads", a.KVHeads), oneOf("qk_norm", a.QKNorm, "", "head"),
		optional("norm_groups", a.NormGroups))
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *Lightning) CheckSplit(s Split) error {
	return divisible("heads", a.Heads, s.TP, tensorParallel)
}

func (a *Lightning) width() int { return a.Heads * a.HeadDim }

// shared is the width of keys, and that of values.
func (a *Lightning) shared() int {
	if a.KVHeads > 0 {
		return a.KVHeads * a.HeadDim
	}
	return a.width()
}

// Tensors are those of MiniMax-Text-01's checkpoint.
func (a *Lightning) Tensors(hidden int) []Tensor {
	t := []Tensor{
		matrix("qkv", hidden, a.width()+2*a.shared(), GroupAttention, Sharded),
		matrix("gate", hidden, a.width(), GroupAttention, Sharded),
		vector("out_norm", a.width(), Sharded),
		matrix("out", a.width(), hidden, GroupOutput, Sharded),
	}
	if a.QKNorm == "head" {
		t = append(t, vector("qk_norm", 2*a.HeadDim, Replicated))
	}
	return t
}

// State is constant: a matrix for each head.
func (a *Lightning) State() State {
	return State{RecurrentValues: float64(a.width()) * float64(a.HeadDim), ConstantHeads: a.Heads}
}

// Operators are the projections, the recurrence, which with a scalar decay for each head is Mamba-2's with
// as many groups as heads and no convolution (Dao & Gu 2024, arXiv:2405.21060, §3.2), the gated norm and
// the output GEMM.
func (a *Lightning) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	heads, width := a.Heads/s.TP, a.width()/s.TP
	ops := []Op{
		GEMM{Name: "qkv", N: (a.width() + 2*a.shared()) / s.TP, K: hidden, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "gate", N: width, K: hidden, Rows: EveryToken, Group: GroupAttention},
	}
	if a.QKNorm != "" {
		ops = append(ops, Pointwise{Name: "qk_norm", Values: 2 * (width + a.shared()/s.TP), Rows: EveryToken})
	}
	ops = append(ops,
		Recurrence{Name: "decay", Kind: RecurrenceMamba2, KeyHeads: heads, Heads: heads, KeyDim: a.HeadDim,
			ValueDim: a.HeadDim},
		Pointwise{Name: "gated_norm", Values: 3 * width, Rows: EveryToken})
	return append(ops, outputOps(hidden, width)...)
}
