package arch

// KDA is Kimi delta attention (Kimi Linear, arXiv:2510.26692): a gated delta rule that forgets channel by
// channel, with projections for the decay and for the output gate, of low rank or of full.
type KDA struct {
	Heads        int  `toml:"heads"`
	HeadDim      int  `toml:"head_dim"`
	Conv         int  `toml:"conv"`           // taps of the short convolutions
	FullRankGate bool `toml:"full_rank_gate"` // the output gate is one matrix (Kimi-K3)
	// FullRankDecay tells whether the decay is projected by one matrix too (Ling 3).
	FullRankDecay bool `toml:"full_rank_decay"`
}

// Kind is "kda".
func (a *KDA) Kind() string { return "kda" }

// Validate reports a field that makes no sense.
func (a *KDA) Validate(int) error {
	return first(dimension("heads", a.Heads), dimension("head_dim", a.HeadDim), dimension("conv", a.Conv))
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *KDA) CheckSplit(s Split) error { return divisible("heads", a.Heads, s.TP, tensorParallel) }

func (a *KDA) width() int { return a.Heads * a.HeadDim }

// Tensors are those of Kimi-Linear's checkpoint; the down-projections of decay and gate are replicated.
func (a *KDA) Tensors(hidden int) []Tensor {
	t := []Tensor{
		matrix("qkv", hidden, 3*a.width(), GroupAttention, Sharded),
		vector("conv", 3*a.width()*a.Conv, Sharded),
		vector("A_log", a.Heads, Sharded),
		vector("dt_bias", a.width(), Sharded),
		matrix("beta", hidden, a.Heads, GroupAttention, Sharded),
		vector("out_norm", a.HeadDim, Replicated),
		matrix("out", a.width(), hidden, GroupOutput, Sharded),
	}
	t = append(t, a.projection("decay", hidden, a.FullRankDecay)...)
	return append(t, a.projection("gate", hidden, a.FullRankGate)...)
}

// projection is one matrix to all channels, or two with a head's width between them.
func (a *KDA) projection(name string, hidden int, fullRank bool) []Tensor {
	if fullRank {
		return []Tensor{matrix(name, hidden, a.width(), GroupAttention, Sharded)}
	}
	return []Tensor{matrix(name+"_a", hidden, a.HeadDim, GroupAttention, Replicated),
		matrix(name+"_b", a.HeadDim, a.width(), GroupAttention, Sharded)}
}

// State is constant: a matrix for each head and the last inputs of the convolutions.
func (a *KDA) State() State {
	return State{
		RecurrentValues: float64(a.width()) * float64(a.HeadDim),
		InFP32:          true, // vllm/model_executor/layers/mamba/mamba_utils.py, kda_state_dtype
		ConvValues:      3 * float64(a.width()) * float64(a.Conv-1),
		ConstantHeads:   a.Heads,
	}
}

// Operators are the projections, the convolutions with the recurrence, the gated norm and the output GEMM.
func (a *KDA) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	heads, width := a.Heads/s.TP, a.width()/s.TP
	gemm := func(name string, n, k int) Op {
		return GEMM{Name: name, N: n, K: k, Rows: EveryToken, Group: GroupAttention}
	}
	ops := []Op{gemm("qkv", 3*width, hidden)}
	if a.FullRankDecay {
		ops = append(ops, gemm("decay", width, hidden))
	} else {
		ops = append(ops, gemm("decay_a", a.HeadDim, hidden), gemm("decay_b", width, a.HeadDim))
	}
	ops = append(ops, gemm("beta", heads, hidden))
	if a.FullRankGate {
		ops = append(ops, gemm("gate", width, hidden))
	} else {
		ops = append(ops, gemm("gate_a", a.HeadDim, hidden), gemm("gate_b", width, a.HeadDim))
	}
	ops = append(ops,
		Recurrence{Name: "delta_rule", Kind: RecurrenceKDA, KeyHeads: heads, Heads: heads, KeyDim: a.HeadDim,
			ValueDim:  a.HeadDim,
			ConvWidth: a.Conv, ConvDim: 3 * width},
		Pointwise{Name: "gated_norm", Values: 3 * width, Rows: EveryToken})
	return append(ops, outputOps(hidden, width)...)
}
