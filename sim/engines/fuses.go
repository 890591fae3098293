package engines

import "github.com/roofserve/roofserve/sim/cost"

// Fuses is what an engine runs within other kernels.
type Fuses struct {
	Source string `toml:"source"`
	// Into names the element-wise operators that run within a neighbour, whose measured time holds them.
	Into []string `toml:"into"`
	// Cast tells whether activations are cast to fp8 within the kernel before a multiplication, by the scale
	// that per-tensor checkpoints carry.
	Cast bool `toml:"cast"`
	// SharedExpert tells whether a shared expert of the routed ones' shape is one more of them.
	SharedExpert bool `toml:"shared_expert"`
}

// Fusion is what it means for a step's operators.
func (f *Fuses) Fusion() cost.Fusion {
	return cost.Fusion{Into: f.Into, SharedExpert: f.SharedExpert}
}
