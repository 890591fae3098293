package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// BatchedGEMM is the law of multiplying each head's rows by a matrix of its own, as MLA's absorbed form does.
type BatchedGEMM struct {
	BF16 BatchedLaw
	FP8  BatchedLaw // activations quantised on the fly
}

// BatchedShape is Batch multiplications of M×K by K×N matrices.
type BatchedShape struct {
	Batch, M, N, K int
	Format         units.Format // of both operands
}

// BatchedLaw is the law for one format: fixed + Overlap(waves of tiles of 64 rows and 128 columns, Traffic) +
// quantisation, with K never split.
type BatchedLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch; with the fixed part of quantisation
	Block      units.Seconds // prologue and epilogue of each tile
	Efficiency float64       // share of the tensor cores' peak
	Rate       float64       // bytes a second that one SM takes in, see Traffic
	Serial     float64       // see Overlap
	Quantise   float64       // passes over the activations, 3 bytes each: 2 read, 1 written; fp8 only

	quantises bool
}

// prepare sets what the laws are, which no file says.
func (b *BatchedGEMM) prepare() { b.FP8.quantises = true }

func (b *BatchedGEMM) laws() []Named {
	return []Named{{"batched.bf16", &b.BF16}, {"batched.fp8", &b.FP8}}
}

// Parameters implements Law.
func (l *BatchedLaw) Parameters() []Parameter {
	parameters := []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 4e-6, 50e-6),
		fixedCost("block", (*float64)(&l.Block), 0.5e-6, 20e-6),
		efficiency("efficiency", &l.Efficiency, 0.6),
		issueRate("rate", &l.Rate, 150e9),
		serialShare("serial", &l.Serial, 0.25),
	}
	if l.quantises {
		parameters = append(parameters, Parameter{Name: "quantise", Unit: "1", Value: &l.Quantise, Default: 2,
			Ideal: 1, Low: 0.5, High: 10})
	}
	return append(parameters, l.parameter())
}

// Tiles of batched multiplications.
const (
	batchedRows = 64
	batchedCols = 128
)

// Time is how long the multiplications take.
func (b *BatchedGEMM) Time(d *hw.Device, s BatchedShape) units.Seconds {
	if s.M <= 0 {
		return 0
	}
	l, format := &b.BF16, units.BF16
	if !bits16(s.Format) && d.Supports(units.FP8) {
		l, format = &b.FP8, units.FP8
	}
	batch, m, n, k := float64(s.Batch), float64(s.M), float64(s.N), float64(s.K)
	bytes := format.Bytes(batch*k*(m+n)) + units.BF16.Bytes(batch*m*n)
	blocks := s.Batch * units.CeilDiv(s.M, batchedRows) * units.CeilDiv(s.N, batchedCols)
	perSM := float64(d.Peak[format]) / float64(d.SMs) * l.Efficiency
	tileTime := units.Seconds(2*batchedRows*batchedCols*k/perSM) + l.Block
	compute := units.Seconds(units.Seconds(units.CeilDiv(blocks, d.SMs)) * tileTime)
	t := l.Fixed + Overlap(compute, Traffic(d, bytes, l.Rate), l.Serial)
	if l.quantises {
		t += units.Seconds(units.Seconds(l.Quantise) * Traffic(d, units.Bytes(3*batch*m*k), l.Rate))
	}
	return l.scaled(t)
}
