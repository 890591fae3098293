package arch

// GatedDeltaNet is linear attention with a gated delta rule (Yang et al. 2024, arXiv:2412.06464), as in
// Qwen3-Next and Qwen3.5: a KeyDim×ValueDim state for each value head, after a short convolution over
// queries, keys and values.
type GatedDeltaNet struct {
	KeyHeads   int `toml:"key_heads"`
	ValueHeads int `toml:"value_heads"`
	KeyDim     int `toml:"key_dim"`
	ValueDim   int `toml:"value_dim"`
	Conv       int `toml:"conv"` // taps of the short convolution
}

// Kind is "gated-delta-net".
func (a *GatedDeltaNet) Kind() string { return "gated-delta-net" }

// Validate reports a field that makes no sense.
func (a *GatedDeltaNet) Validate(int) error {
	return first(
		dimension("key_heads", a.KeyHeads),
		dimension("value_heads", a.ValueHeads),
		multiple("value_heads", a.ValueHeads, "key_heads", a.KeyHeads),
		dimension("key_dim", a.KeyDim),
		dimension("value_dim", a.ValueDim),
		dimension("conv", a.Conv),
	)
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *GatedDeltaNet) CheckSplit(s Split) error {
	return first(divisible("key_heads", a.KeyHeads, s.TP, tensorParallel), divisible("value_heads", a.ValueHeads, s.TP, tensorParallel))
}

func (a *GatedDeltaNet) keys() int { return a.KeyHeads * a.KeyDim }

func (a *GatedDeltaNet) values() int { return a.ValueHeads * a.ValueDim }

// convolved is the width that goes through the short convolution.
func (a *GatedDeltaNet) convolved() int { return 2*a.keys() + a.values() }

// Tensors are those of Qwen3-Next's checkpoint.
func (a *GatedDeltaNet) Tensors(hidden int) []Tensor {
	return []Tensor{
		matrix("in_qkvz", hidden, 2*a.keys()+2*a.values(), GroupAttention, Sharded),
		matrix("in_ba", hidden, 2*a.ValueHeads, GroupAttention, Sharded),
		vector("conv", a.convolved()*a.Conv, Sharded),
		vector("dt_bias_and_A_log", 2*a.ValueHeads, Sharded),
		vector("out_norm", a.ValueDim, Replicated),
		matrix("out", a.values(), hidden, GroupOutput, Sharded),
	}
}

// State is constant: a matrix for each value head and the last inputs of the convolution.
func (a *GatedDeltaNet) State() State {
	return State{
		RecurrentValues: float64(a.ValueHeads) * float64(a.KeyDim) * float64(a.ValueDim),
		ConvValues:      float64(a.convolved()) * float64(a.Conv-1),
		ConstantHeads:   a.KeyHeads,
	}
}

// Operators are the two input GEMMs, the convolution with the recurrence, the gated norm and the output GEMM.
func (a *GatedDeltaNet) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	values := a.values() / s.TP
	ops := []Op{
		GEMM{Name: "in_qkvz", N: (2*a.keys() + 2*a.values()) / s.TP, K: hidden, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "in_ba", N: 2 * a.ValueHeads / s.TP, K: hidden, Rows: EveryToken, Group: GroupAttention},
		// The projections' outputs are sorted into what the convolution and the recurrence take, the gates' with
		// them.
		Pointwise{Name: "sort", Values: 2 * (2*a.keys() + 2*a.values() + 2*a.ValueHeads) / s.TP, Rows: EveryToken},
		Recurrence{Name: "delta_rule", Kind: RecurrenceGDN, KeyHeads: a.KeyHeads / s.TP, Heads: a.ValueHeads / s.TP,
			KeyDim: a.KeyDim, ValueDim: a.ValueDim, ConvWidth: a.Conv, ConvDim: a.convolved() / s.TP},
		Pointwise{Name: "gated_norm", Values: 3 * values, Rows: EveryToken},
	}
	return append(ops, outputOps(hidden, values)...)
}
