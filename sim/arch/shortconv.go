package arch

// ShortConv is a gated short convolution (LFM2, Liquid AI 2025, arXiv:2511.23404, §2): two gates and an
// input of Width channels are projected, the gated input goes through a convolution of Conv taps, and what
// comes out is gated again.
type ShortConv struct {
	Width int  `toml:"width"` // channels
	Conv  int  `toml:"conv"`  // taps
	Bias  bool `toml:"bias"`
}

// Kind is "short-conv".
func (a *ShortConv) Kind() string { return "short-conv" }

// Validate reports a field that makes no sense.
func (a *ShortConv) Validate(int) error {
	return first(dimension("width", a.Width), dimension("conv", a.Conv))
}

// CheckSplit reports channels that tensor parallelism cannot divide.
func (a *ShortConv) CheckSplit(s Split) error {
	return divisible("width", a.Width, s.TP, tensorParallel)
}

// Tensors are those of LFM2's checkpoint.
func (a *ShortConv) Tensors(hidden int) []Tensor {
	t := []Tensor{
		matrix("in", hidden, 3*a.Width, GroupAttention, Sharded),
		vector("conv", a.Width*a.Conv, Sharded),
		matrix("out", a.Width, hidden, GroupOutput, Sharded),
	}
	if a.Bias {
		t = append(t, vector("inner_biases", 4*a.Width, Sharded), vector("out_bias", hidden, Replicated))
	}
	return t
}

// State is constant: the last inputs of the convolution.
func (a *ShortConv) State() State {
	return State{ConvValues: float64(a.Width) * float64(a.Conv-1), ConstantHeads: a.Width}
}

// Operators are the input GEMM, the convolution between its gates, and the output GEMM. The convolution is
// that which precedes Mamba-2's scan, with no state behind it.
func (a *ShortConv) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	width := a.Width / s.TP
	ops := []Op{
		GEMM{Name: "in", N: 3 * width, K: hidden, Rows: EveryToken, Group: GroupAttention},
		Pointwise{Name: "gates", Values: 6 * width, Rows: EveryToken},
		Recurrence{Name: "convolution", Kind: RecurrenceMamba2, ConvWidth: a.Conv, ConvDim: width},
	}
	return append(ops, outputOps(hidden, width)...)
}
