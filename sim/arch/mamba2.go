package arch

// Mamba2 is a state space with scalar decay for each head (Dao & Gu 2024, arXiv:2405.21060), as in
// Nemotron-H: a HeadDim×StateDim state for each head; groups of heads share B and C.
type Mamba2 struct {
	Heads    int `toml:"heads"`
	HeadDim  int `toml:"head_dim"`
	StateDim int `toml:"state_dim"`
	Groups   int `toml:"groups"`
	Conv     int `toml:"conv"` // taps of the short convolution
	// OutNorm tells whether the output is normed behind its gate; on unless turned off (Falcon-H1).
	OutNorm bool `toml:"out_norm"`
}

// Kind is "mamba2".
func (a *Mamba2) Kind() string { return "mamba2" }

// Validate reports a field that makes no sense.
func (a *Mamba2) Validate(int) error {
	return first(
		dimension("heads", a.Heads),
		dimension("head_dim", a.HeadDim),
		dimension("state_dim", a.StateDim),
		dimension("groups", a.Groups),
		multiple("heads", a.Heads, "groups", a.Groups),
		dimension("conv", a.Conv),
	)
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *Mamba2) CheckSplit(s Split) error {
	return first(divisible("heads", a.Heads, s.TP, tensorParallel), replicable("groups", a.Groups, s.TP))
}

func (a *Mamba2) width() int { return a.Heads * a.HeadDim }

// shared is the width of B and C of all groups together.
func (a *Mamba2) shared() int { return 2 * a.Groups * a.StateDim }

// Tensors are those of Nemotron-H's checkpoint: the input projection makes z, x, B, C and the step size of
// each head.
func (a *Mamba2) Tensors(hidden int) []Tensor {
	t := []Tensor{
		matrix("in_zx_dt", hidden, 2*a.width()+a.Heads, GroupAttention, Sharded),
		headMatrix("in_bc", hidden, a.shared(), a.Groups, GroupAttention),
		vector("conv_x", a.width()*(a.Conv+1), Sharded),
		headMatrix("conv_bc", a.shared(), a.Conv+1, a.Groups, GroupSmall),
		vector("A_log_and_D_and_dt_bias", 3*a.Heads, Sharded),
		matrix("out", a.width(), hidden, GroupOutput, Sharded),
	}
	if a.OutNorm {
		t = append(t, vector("out_norm", a.width(), Sharded))
	}
	return t
}

// State is constant: a matrix for each head and the last inputs of the convolution.
func (a *Mamba2) State() State {
	return State{
		RecurrentValues: float64(a.width()) * float64(a.StateDim),
		ConvValues:      float64(a.width()+a.shared()) * float64(a.Conv-1),
		ConstantHeads:   a.Heads,
	}
}

// Operators are the input GEMM, the convolution with the recurrence, the gated norm and the output GEMM.
func (a *Mamba2) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	heads, width := a.Heads/s.TP, a.width()/s.TP
	groups := max(1, a.Groups/s.TP)
	shared := 2 * groups * a.StateDim
	ops := []Op{
		GEMM{Name: "in", N: 2*width + shared + heads, K: hidden, Rows: EveryToken, Group: GroupAttention},
		Recurrence{Name: "scan", Kind: RecurrenceMamba2, KeyHeads: groups, Heads: heads, KeyDim: a.StateDim,
			ValueDim:  a.HeadDim,
			ConvWidth: a.Conv, ConvDim: width + shared},
		Pointwise{Name: "gated_norm", Values: 3 * width, Rows: EveryToken},
	}
	return append(ops, outputOps(hidden, width)...)
}
