package arch

// Mamba1 is a selective state space (Gu & Dao 2023, arXiv:2312.00752) with the inner norms of Jamba
// (arXiv:2403.19887): a state of StateDim values for each of Width channels.
type Mamba1 struct {
	Width    int `toml:"width"`     // inner channels
	StateDim int `toml:"state_dim"` // state values of each channel
	DTRank   int `toml:"dt_rank"`   // rank of the step size's projection
	Conv     int `toml:"conv"`      // taps of the short convolution
	// InnerNorms tells whether the step size's latent, B and C are normed (Jamba); on unless turned off.
	InnerNorms bool `toml:"inner_norms"`
}

// Kind is "mamba1".
func (a *Mamba1) Kind() string { return "mamba1" }

// Validate reports a field that makes no sense.
func (a *Mamba1) Validate(int) error {
	return first(
		dimension("width", a.Width), dimension("state_dim", a.StateDim), dimension("dt_rank", a.DTRank), dimension("conv", a.Conv))
}

// CheckSplit reports a width that tensor parallelism cannot divide.
func (a *Mamba1) CheckSplit(s Split) error { return divisible("width", a.Width, s.TP, tensorParallel) }

// selected is the width of what each token selects by: the step size's latent, B and C.
func (a *Mamba1) selected() int { return a.DTRank + 2*a.StateDim }

// Tensors are those of Jamba's checkpoint.
func (a *Mamba1) Tensors(hidden int) []Tensor {
	t := []Tensor{
		matrix("in", hidden, 2*a.Width, GroupAttention, Sharded),
		vector("conv", a.Width*(a.Conv+1), Sharded),
		matrix("x", a.Width, a.selected(), GroupAttention, Sharded),
		matrix("dt", a.DTRank, a.Width, GroupAttention, Sharded),
		vector("dt_bias", a.Width, Sharded),
		vector("A_log", a.Width*a.StateDim, Sharded),
		vector("D", a.Width, Sharded),
		matrix("out", a.Width, hidden, GroupAttention, Sharded),
	}
	if a.InnerNorms {
		t = append(t, vector("inner_norms", a.selected(), Replicated))
	}
	return t
}

// State is constant: StateDim values for each channel and the last inputs of the convolution.
func (a *Mamba1) State() State {
	return State{
		RecurrentValues: float64(a.Width) * float64(a.StateDim),
		ConvValues:      float64(a.Width) * float64(a.Conv-1),
		ConstantHeads:   a.Width,
	}
}

// Operators are the input GEMM, the projections that select, the convolution with the scan, and the output
// GEMM.
func (a *Mamba1) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	width := a.Width / s.TP
	ops := []Op{
		GEMM{Name: "in", N: 2 * width, K: hidden, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "x", N: a.selected(), K: width, Rows: EveryToken, Group: GroupAttention},
		Reduce{Name: "x_reduce", Values: a.selected(), Rows: EveryToken},
	}
	if a.InnerNorms {
		ops = append(ops, Pointwise{Name: "inner_norms", Values: 2 * a.selected(), Rows: EveryToken})
	}
	ops = append(ops,
		GEMM{Name: "dt", N: width, K: a.DTRank, Rows: EveryToken, Group: GroupAttention},
		Recurrence{Name: "scan", Kind: RecurrenceMamba1, KeyHeads: 1, Heads: width, KeyDim: a.StateDim, ValueDim: 1,
			ConvWidth: a.Conv, ConvDim: width},
		Pointwise{Name: "gating", Values: 3 * width, Rows: EveryToken})
	return append(ops, outputOps(hidden, width)...)
}
