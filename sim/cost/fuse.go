package cost

import (
	"slices"

	"github.com/roofserve/roofserve/sim/arch"
)

// Fusion is what an engine runs within other operators.
type Fusion struct {
	// Into names the element-wise operators that run within a neighbour, whose measured time holds them.
	Into []string
	// SharedExpert tells whether a shared expert of the routed ones' shape runs as one more of them, which every
	// token passes (SGLang: num_fused_shared_experts).
	SharedExpert bool
}

// apply lists the operators of a part of a layer as the engine runs them, with weights stored as p says.
func (f *Fusion) apply(ops []arch.Op, p *arch.Precision) []arch.Op {
	if f.SharedExpert && p.Dense == p.Experts {
		ops = withShared(ops)
	}
	return slices.DeleteFunc(slices.Clone(ops), func(op arch.Op) bool {
		o, ok := op.(arch.Pointwise)
		return ok && slices.Contains(f.Into, o.Name)
	})
}

// withShared runs a shared expert with the routed ones where it can: on every rank, and without a gate of its
// own.
func withShared(ops []arch.Op) []arch.Op {
	width := 0
	for _, op := range ops {
		switch o := op.(type) {
		case arch.GEMM:
			if o.Name == "shared_gate" {
				return ops
			}
			if o.Name == "shared_down" {
				width = o.K
			}
		case arch.Experts:
			if o.Ranks > 1 || o.Inter != width {
				return ops
			}
		}
	}
	var fused []arch.Op
	for _, op := range ops {
		switch op.OpName() {
		case "shared_gate_up", "shared_activation", "shared_down", "combine":
			continue
		}
		if o, ok := op.(arch.Experts); ok {
			o.Shared = 1
			op = o
		}
		fused = append(fused, op)
	}
	return fused
}
