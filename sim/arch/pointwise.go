package arch

import "github.com/roofserve/roofserve/hw/units"

// Pointwise is element-wise traffic: norms, rotary embedding, activations, residuals, cache writes,
// quantisation.
type Pointwise struct {
	Name   string
	Values int // activation values read plus written for each row, by all of its kernels
	Rows   Rows
	// Kernels is how many kernels follow each other where nothing fuses them; 0 counts as 1.
	Kernels int
}

// OpName is the operator's name within its layer.
func (o Pointwise) OpName() string { return o.Name }

// Work is memory traffic; the few operations on each value are not counted.
func (o Pointwise) Work(l *Load, _ *Precision) Work {
	return Work{OtherBytes: units.Bytes(float64(float64(o.Rows.Of(l))*float64(o.Values)) * activationBytes)}
}

// Reduce marks where the ranks of the tensor-parallel group add up their partial sums: Values for each row.
type Reduce struct {
	Name   string
	Values int
	Rows   Rows
	// OverExperts marks the sum after routed experts, whose group may differ from attention's.
	OverExperts bool
}

// OpName is the operator's name within its layer.
func (o Reduce) OpName() string { return o.Name }

// Work is none on the rank itself: the traffic between ranks depends on the plan.
func (o Reduce) Work(*Load, *Precision) Work { return Work{} }
