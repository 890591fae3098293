package arch

// Dense is a feed-forward part that every token goes through whole: gated (SwiGLU, Shazeer 2020,
// arXiv:2002.05202: gate, up, down) or plain (up, down).
type Dense struct {
	Width int  `toml:"width"`
	Gated bool `toml:"gated"` // on unless turned off
	Bias  bool `toml:"bias"`
	Norms int  `toml:"norms"` // norms of its own, besides the layer's (A.X-K1)
}

// Kind is "dense".
func (f *Dense) Kind() string { return "dense" }

// Validate reports a field that makes no sense.
func (f *Dense) Validate(int) error {
	return first(dimension("width", f.Width), optional("norms", f.Norms))
}

// CheckSplit reports a width that tensor parallelism cannot divide.
func (f *Dense) CheckSplit(s Split) error { return divisible("width", f.Width, s.TP, tensorParallel) }

// Tensors are two or three matrices of hidden×width.
func (f *Dense) Tensors(hidden int) []Tensor {
	up := f.inner(f.Width)
	t := []Tensor{
		matrix("up", hidden, up, GroupDense, Sharded),
		matrix("down", f.Width, hidden, GroupDense, Sharded),
	}
	if f.Bias {
		t = append(t, vector("up_bias", up, Sharded), vector("down_bias", hidden, Replicated))
	}
	if f.Norms > 0 {
		t = append(t, vector("norms", f.Norms*hidden, Replicated))
	}
	return t
}

// inner is the width that the first GEMM produces: gate and up side by side, or up alone.
func (f *Dense) inner(width int) int {
	if f.Gated {
		return 2 * width
	}
	return width
}

// Operators are the fused gate-and-up GEMM, the activation, the down GEMM and the sum over ranks.
func (f *Dense) Operators(hidden int, s Split) []Op {
	ops := append(f.local(hidden, f.Width/s.TP, ""), Reduce{Name: "down_reduce", Values: hidden, Rows: EveryToken})
	if f.Norms > 0 {
		ops = append(ops, Pointwise{Name: "norms", Values: 2 * f.Norms * hidden, Rows: EveryToken})
	}
	return ops
}

// local lists the operators of a rank's slice of the width, before ranks add up; prefix tells a shared
// expert's apart.
func (f *Dense) local(hidden, width int, prefix string) []Op {
	up := f.inner(width)
	return []Op{
		GEMM{Name: prefix + "gate_up", N: up, K: hidden, Rows: EveryToken, Group: GroupDense},
		Pointwise{Name: prefix + "activation", Values: up + width, Rows: EveryToken},
		GEMM{Name: prefix + "down", N: hidden, K: width, Rows: EveryToken, Group: GroupDense},
	}
}
