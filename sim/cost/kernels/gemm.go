package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// GEMM is the law of dense matrix multiplications, one for each way to run them.
type GEMM struct {
	BF16  GEMMLaw
	Plain bool // no quantisation into tiles: the bare roofline
}

// GEMMShape is an M×K by K×N multiplication.
type GEMMShape struct {
	M, N, K              int
	Weights, Activations units.Format
}

// GEMMLaw is the law of one way to run them.
type GEMMLaw struct {
	Discrepancy
	Fixed units.Seconds // launch, prologue, epilogue
}

// Parameters implements Law.
func (l *GEMMLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 3e-6, 50e-6),
		l.parameter(),
	}
}

// Time is how long the multiplication takes.
func (g *GEMM) Time(d *hw.Device, s GEMMShape) units.Seconds {
	return g.BF16.Fixed
}
