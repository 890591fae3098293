package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// GEMM is the law of dense matrix multiplications, one for each way to run them.
type GEMM struct {
	BF16     GEMMLaw
	FP8      GEMMLaw // activations quantised on the fly with one scale for each tensor or row
	FP8Block GEMMLaw // activations quantised on the fly with a scale for each 128 values; weights for each 128×128
	INT8     GEMMLaw // 8-bit integers on both sides, activations quantised before
	Weight8  GEMMLaw // weights of 8 bits unpacked to bf16 in the kernel
	Weight4  GEMMLaw // weights of 4 bits unpacked to bf16 in the kernel
	// Plain leaves out the quantisation into tiles: the bare roofline.
	Plain bool
}

// GEMMShape is an M×K by K×N multiplication.
type GEMMShape struct {
	M, N, K              int
	Weights, Activations units.Format
}

// GEMMLaw is the law of one way to multiply matrices. A grid of tiles of the output, each over all of K or a share of it, runs
// in waves over the SMs, and the best of a few tile sizes and shares counts, as libraries choose:
//
//	time = fixed + quantisation + min over tilings of [Overlap(waves·(block + tile's FLOPs/(efficiency·peak/SMs)), traffic) + split]
//
// where traffic is Traffic over the SMs that have a tile, so that a small grid cannot saturate the memory.
type GEMMLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch, first loads, last stores; with the fixed part of quantisation
	Block      units.Seconds // prologue and epilogue of each tile
	Efficiency float64       // share of the tensor cores' peak
	Rate       float64       // bytes a second that one SM takes in, see Traffic
	Serial     float64       // see Overlap
	Split      units.Seconds // the extra step that adds up the shares of K
	Quantise   float64       // passes over the activations, read in bf16 and written in 8 bits, to quantise them
	quantises  bool          // on the fly, so that Quantise is meant
	unpacks    bool          // instructions on the weights' bytes bound the kernel, see Unpacking
}

// Parameters implements Law.
func (l *GEMMLaw) Parameters() []Parameter {
	parameters := []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 3e-6, 50e-6),
		fixedCost("block", (*float64)(&l.Block), 0.5e-6, 10e-6),
		efficiency("efficiency", &l.Efficiency, 0.8),
		issueRate("rate", &l.Rate, 150e9),
		serialShare("serial", &l.Serial, 0.25),
		fixedCost("split", (*float64)(&l.Split), 2.5e-6, 20e-6),
	}
	if l.quantises {
		parameters = append(parameters,
			Parameter{Name: "quantise", Unit: "1", Value: &l.Quantise, Default: 1, Ideal: 0, Low: 0.05, High: 20})
	}
	return append(parameters, l.parameter())
}

// Time is how long the multiplication takes.
func (g *GEMM) Time(d *hw.Device, s GEMMShape) units.Seconds {
	if s.M <= 0 {
		return 0
	}
	l, peak, operand := g.law(d, s)
	bytes := s.Weights.Bytes(float64(s.N)*float64(s.K)) + operand.Bytes(float64(s.M)*float64(s.K)) +
		units.BF16.Bytes(float64(s.M)*float64(s.N))
	if g.Plain {
		flops := 2 * float64(s.M) * float64(s.N) * float64(s.K)
		return max(units.Seconds(flops/float64(peak)), Traffic(d, bytes, l.Rate))
	}
	t := l.Fixed + l.tiled(d, s, peak, float64(bytes))
	if l.quantises {
		t += units.Seconds(l.Quantise * float64(Traffic(d, 3*units.Bytes(s.M)*units.Bytes(s.K), l.Rate)))
	}
	return units.Seconds(l.Scale) * t
}

// law chooses how a device multiplies these formats: its law, the tensor cores' peak and the format of the operand that
// activations are read in. Where the tensor cores lack the format, weights are unpacked to bf16, as engines do.
func (g *GEMM) law(d *hw.Device, s GEMMShape) (*GEMMLaw, units.FLOPsPerSecond, units.Format) {
	wide := s.Activations == units.BF16 || s.Activations == units.FP16 || s.Activations == units.FP32
	eight := s.Weights == units.FP8 || s.Weights == units.FP8Block || s.Weights == units.INT8
	operand := s.Activations
	if operand == units.FP8Block {
		operand = units.FP8
	}
	switch peak := d.Peak[operand]; {
	case s.Weights == units.BF16 || s.Weights == units.FP16 || s.Weights == units.FP32:
		return &g.BF16, d.Peak[units.BF16], units.BF16
	case eight && (wide || peak == 0):
		return &g.Weight8, d.Peak[units.BF16], units.BF16
	case wide || peak == 0:
		return &g.Weight4, d.Peak[units.BF16], units.BF16
	case s.Weights == units.FP8Block:
		return &g.FP8Block, peak, operand
	case s.Weights == units.INT8 && operand == units.INT8:
		return &g.INT8, peak, operand
	default:
		return &g.FP8, peak, operand
	}
}

// tileSizes are the rows and columns of tiles to choose from; libraries have more, but these span what matters.
var tileSizes = [...]int{64, 128, 256}

// tiled is the time of the best tiling.
func (l *GEMMLaw) tiled(d *hw.Device, s GEMMShape, peak units.FLOPsPerSecond, bytes float64) units.Seconds {
	best := units.Seconds(-1)
	perSM := float64(peak) / float64(d.SMs) * l.Efficiency
	dram := units.Seconds(bytes / float64(d.Bandwidth))
	for _, rows := range tileSizes {
		if rows >= 2*s.M && rows > tileSizes[0] {
			break
		}
		for _, cols := range tileSizes {
			tiles := quotient(s.M, rows) * quotient(s.N, cols)
			tileTime := 2 * float64(rows) * float64(cols) * float64(s.K) / perSM
			for split := 1; ; split *= 2 {
				blocks := tiles * split
				waves := float64(quotient(blocks, d.SMs))
				compute := units.Seconds(waves * (float64(l.Block) + float64(tileTime/float64(split))))
				t := Overlap(compute, l.traffic(dram, bytes/(float64(min(blocks, d.SMs))*l.Rate)), l.Serial)
				if split > 1 {
					t += l.Split
				}
				if best < 0 || t < best {
					best = t
				}
				if blocks >= d.SMs || split == 16 || s.K < 128*split {
					break
				}
			}
		}
	}
	return best
}

// traffic joins the time at the memory with the time in the SMs.
func (l *GEMMLaw) traffic(dram units.Seconds, inSMs float64) units.Seconds {
	if l.unpacks {
		return Overlap(dram, units.Seconds(inSMs), l.Serial)
	}
	return dram + units.Seconds(inSMs)
}

// quotient is a/b rounded up.
func quotient(a, b int) int { return (a + b - 1) / b }
