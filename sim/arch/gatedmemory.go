package arch

// GatedMemory lets each token read what an earlier layer's state space gave out, through a gate of Width
// channels that the token projects (SambaY, Ren et al. 2025, arXiv:2507.06607, §2.1): it keeps no state.
type GatedMemory struct {
	Width int `toml:"width"` // channels of the state space that is read
}

// Kind is "gated-memory".
func (a *GatedMemory) Kind() string { return "gated-memory" }

// Validate reports a field that makes no sense.
func (a *GatedMemory) Validate(int) error { return dimension("width", a.Width) }

// CheckSplit reports channels that tensor parallelism cannot divide.
func (a *GatedMemory) CheckSplit(s Split) error {
	return divisible("width", a.Width, s.TP, tensorParallel)
}

// Tensors are those of Phi-4-mini-flash's checkpoint.
func (a *GatedMemory) Tensors(hidden int) []Tensor {
	return []Tensor{
		matrix("in", hidden, a.Width, GroupAttention, Sharded),
		matrix("out", a.Width, hidden, GroupOutput, Sharded),
	}
}

// State is none.
func (a *GatedMemory) State() State { return State{} }

// Operators are the gate's GEMM, the product with the memory, and the output GEMM.
func (a *GatedMemory) Operators(hidden int, s Split, _ func(Reach) int) []Op {
	width := a.Width / s.TP
	return append([]Op{
		GEMM{Name: "in", N: width, K: hidden, Rows: EveryToken, Group: GroupAttention},
		Pointwise{Name: "gating", Values: 3 * width, Rows: EveryToken},
	}, outputOps(hidden, width)...)
}
