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
	// Heads is how many heads of channels have a step size and a decay each, with a convolution without bias
	// (PLaMo 2); 0: every channel has its own.
	Heads int `toml:"heads"`
}

// Kind is "mamba1".
func (a *Mamba1) Kind() string { return "mamba1" }

// Validate reports a field that makes no sense.
func (a *Mamba1) Validate(int) error {
	return first(
		dimension("width", a.Width), dimension("state_dim", a.StateDim), dimension("dt_rank", a.DTRank), dimension("conv", a.Conv),
		optional("heads", a.Heads), multiple("width", a.Width, "heads", a.Heads))
}

// CheckSplit reports a width or heads that tensor parallelism cannot divide.
func (a *Mamba1) CheckSplit(s Split) error {
	return first(divisible("width", a.Width, s.TP, tensorParallel), divisible("heads", a.Heads, s.TP, tensorParallel))
}

// selected is the width of what each token selects by: the step size's latent, B and C.
func (a *Mamba1) selected() int { return a.DTRank + 2*a.StateDim }

// steps is how many step sizes each token has.
func (a *Mamba1) steps() int {
	if a.Heads > 0 {
		return a.Heads
	}
	return a.Width
}

// Tensors are those of Jamba's checkpoint, or of PLaMo 2's.
func (a *Mamba1) Tensors(hidden int) []Tensor {
	taps, decays := a.Conv+1, a.Width*a.StateDim
	if a.Heads > 0 {
		taps, decays = a.Conv, a.Heads
	}
	t := []Tensor{
		matrix("in", hidden, 2*a.Width, GroupAttention, Sharded),
		vector("conv", a.Width*taps, Sharded),
		matrix("x", a.Width, a.selected(), GroupAttention, Sharded),
		matrix("dt", a.DTRank, a.steps(), GroupAttention, Sharded),
		vector("dt_bias", a.steps(), Sharded),
		vector("A_log", decays, Sharded),
		vector("D", a.steps(), Sharded),
		matrix("out", a.Width, hidden, GroupOutput, Sharded),
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
		ConstantHeads:   a.steps(),
	}
}

// Operators are the input GEMM, the projections that select, the convolution with the scan, and the output
// GEMM.
func (a *Mamba1) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	width, steps := a.Width/s.TP, a.steps()/s.TP
	ops := []Op{
		GEMM{Name: "in", N: 2 * width, K: hidden, Rows: EveryToken, Group: GroupAttention},
		GEMM{Name: "x", N: a.selected(), K: width, Rows: EveryToken, Group: GroupAttention},
		Reduce{Name: "x_reduce", Values: a.selected(), Rows: EveryToken},
	}
	if a.InnerNorms {
		ops = append(ops, Pointwise{Name: "inner_norms", Values: 2 * a.selected(), Rows: EveryToken})
	}
	ops = append(ops,
		GEMM{Name: "dt", N: steps, K: a.DTRank, Rows: EveryToken, Group: GroupAttention},
		a.scan(width, steps),
		Pointwise{Name: "gating", Values: 3 * width, Rows: EveryToken})
	return append(ops, outputOps(hidden, width)...)
}

// scan is the convolution with the recurrence. With a decay for each head it is that of Mamba-2, one group of
// heads sharing what is selected.
func (a *Mamba1) scan(width, steps int) Op {
	scan := Recurrence{Name: "scan", Kind: RecurrenceMamba1, KeyHeads: 1, Heads: width, KeyDim: a.StateDim,
		ValueDim: 1, ConvWidth: a.Conv, ConvDim: width}
	if a.Heads > 0 {
		scan.Kind, scan.Heads, scan.ValueDim = RecurrenceMamba2, steps, width/max(1, steps)
	}
	return scan
}
