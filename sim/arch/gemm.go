package arch

import "github.com/roofserve/roofserve/hw/units"

// activationBytes is the size of an activation in memory: every engine modelled keeps the residual stream and
// what goes between kernels in bf16, and quantises inside or just before a kernel that multiplies in a
// narrower format.
const activationBytes = 2

// GEMM multiplies rows×K activations by a K×N weight matrix, both as one rank holds them.
type GEMM struct {
	Name  string
	N, K  int
	Rows  Rows
	Group Group
	Stored
}

// OpName is the operator's name within its layer.
func (o GEMM) OpName() string { return o.Name }

// Work is 2·rows·N·K FLOPs; the weights are read once, activations are read and written once.
func (o GEMM) Work(l *Load, p *Precision) Work {
	rows := float64(o.Rows.Of(l))
	if rows == 0 {
		return Work{}
	}
	n, k := float64(o.N), float64(o.K)
	return Work{
		FLOPs:       units.FLOPs(2 * rows * n * k),
		WeightBytes: p.Of(o.Group, o.Stored).Bytes(n * k),
		OtherBytes:  units.Bytes(activationBytes * rows * (n + k)),
	}
}

// BatchedGEMM multiplies, for each of Batch heads, rows×K activations by the head's own K×N matrix (absorbed
// MLA).
type BatchedGEMM struct {
	Name        string
	Batch, N, K int
	Rows        Rows
	Group       Group
}

// OpName is the operator's name within its layer.
func (o BatchedGEMM) OpName() string { return o.Name }

// Work is that of Batch GEMMs. Whatever the group's format, the matrices are read in bf16: engines
// de-quantise W_UK and W_UV once, when they load a model (vLLM's
// MLACommonImpl.process_weights_after_loading).
func (o BatchedGEMM) Work(l *Load, _ *Precision) Work {
	rows := float64(o.Rows.Of(l))
	if rows == 0 {
		return Work{}
	}
	batch, n, k := float64(o.Batch), float64(o.N), float64(o.K)
	return Work{
		FLOPs:       units.FLOPs(2 * rows * batch * n * k),
		WeightBytes: units.BF16.Bytes(batch * n * k),
		OtherBytes:  units.Bytes(activationBytes * rows * batch * (n + k)),
	}
}
