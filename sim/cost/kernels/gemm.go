package kernels

import (
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// GEMM is the law of dense matrix multiplications, one for each way to run them.
type GEMM struct {
	BF16 GEMMLaw
	FP8  GEMMLaw // activations quantised on the fly with one scale for each tensor or row
	// activations quantised on the fly with a scale for each 128 values; weights for each 128×128
	FP8Block GEMMLaw
	NVFP4    GEMMLaw // both sides in 4 bits, activations quantised on the fly with a scale for each 16 values
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

// GEMMLaw is the law of one way to multiply matrices. A grid of tiles of the output, each over all of K or a
// share of it, runs in waves over the SMs, and the best of a library's tilings counts:
//
//	time = fixed + quantisation + min over tilings of [Overlap(waves·(block + tile), traffic) + split]
//
// where tile is the tile's FLOPs over the SM's, with the unpacking of its weights if the kernel does that,
// and traffic is Traffic over the SMs that have a tile, so that a small grid cannot saturate the memory.
// Quantising the activations is a kernel before: Overlap(rows over the SMs, Traffic of reading bf16 and
// writing 8 bits), after Cast.
type GEMMLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch, first loads, last stores
	Block      units.Seconds // prologue and epilogue of each tile
	Efficiency float64       // share of the tensor cores' peak
	Rate       float64       // bytes a second of one SM taking in operands, see Traffic
	Serial     float64       // see Overlap
	Split      units.Seconds // the extra step that adds up the shares of K
	Cast       units.Seconds // launches of the kernels that quantise the activations
	Quantise   float64       // passes that quantisation makes over the activations
	Row        units.Seconds // that one SM spends on quantising a row, besides
	Unpack     float64       // bytes a second of one SM unpacking weights

	tiles     Tiling
	quantises bool
	unpacks   bool
}

// prepare sets what the laws are, which no file says.
func (g *GEMM) prepare() {
	g.FP8.quantises, g.FP8Block.quantises, g.NVFP4.quantises = true, true, true
	g.Weight8.unpacks, g.Weight4.unpacks = true, true
	g.Weight8.tiles, g.Weight4.tiles = Narrow, Narrow
}

func (g *GEMM) laws() []Named {
	return []Named{{"gemm.bf16", &g.BF16}, {"gemm.fp8", &g.FP8}, {"gemm.fp8-block", &g.FP8Block}, {"gemm.nvfp4", &g.NVFP4},
		{"gemm.int8", &g.INT8}, {"gemm.weight8", &g.Weight8}, {"gemm.weight4", &g.Weight4}}
}

// Parameters implements Law.
func (l *GEMMLaw) Parameters() []Parameter {
	parameters := []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 3e-6, 50e-6),
		fixedCost("block", (*float64)(&l.Block), 0.5e-6, 10e-6),
		efficiency("efficiency", &l.Efficiency, 0.8),
		issueRate("rate", &l.Rate, 150e9),
		serialShare("serial", &l.Serial, 0.25),
	}
	if l.tiles != Dispatched {
		parameters = append(parameters, fixedCost("split", (*float64)(&l.Split), 2.5e-6, 20e-6))
	}
	if l.quantises {
		parameters = append(parameters,
			fixedCost("cast", (*float64)(&l.Cast), 1.8e-6, 50e-6),
			Parameter{Name: "quantise", Unit: "1", Value: &l.Quantise, Default: 1.5, Ideal: 0, Low: 0.05, High: 20},
			fixedCost("row", (*float64)(&l.Row), 0.1e-6, 10e-6))
	}
	if l.unpacks {
		parameters = append(parameters, issueRate("unpack", &l.Unpack, 50e9))
	}
	return append(parameters, l.parameter())
}

// Variant is the name of the law's tilings.
func (l *GEMMLaw) Variant() string { return l.tiles.String() }

// SetVariant chooses the tilings by name.
func (l *GEMMLaw) SetVariant(name string) error {
	for t := range tilingCount {
		if t.String() == name {
			l.tiles = t
			return nil
		}
	}
	return fmt.Errorf("unknown tilings %q", name)
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
	t := l.Fixed + l.tiled(d, s, peak, bytes)
	if l.quantises {
		t += l.quantisation(d, s)
	}
	return l.scaled(t)
}

// law chooses how a device multiplies these formats: its law, the tensor cores' peak and the format of the
// operand that activations are read in. Where the tensor cores lack the format, weights are unpacked to bf16,
// as engines do.
func (g *GEMM) law(d *hw.Device, s GEMMShape) (*GEMMLaw, units.FLOPsPerSecond, units.Format) {
	operand := s.Activations
	if operand == units.FP8Block {
		operand = units.FP8
	}
	peak := d.Peak[operand]
	unpacked := peak == 0 || bits16(operand)
	s.Weights = s.Weights.MeasuredAs()
	switch {
	case bits16(s.Weights):
		return &g.BF16, d.Peak[units.BF16], units.BF16
	case unpacked && (s.Weights == units.FP8 || s.Weights == units.FP8Block || s.Weights == units.INT8):
		return &g.Weight8, d.Peak[units.BF16], units.BF16
	case unpacked:
		return &g.Weight4, d.Peak[units.BF16], units.BF16
	case s.Weights == units.FP8Block:
		return &g.FP8Block, peak, operand
	case s.Weights == units.NVFP4 && operand == units.NVFP4:
		return &g.NVFP4, peak, operand
	case s.Weights == units.INT8 && operand == units.INT8:
		return &g.INT8, peak, operand
	default:
		return &g.FP8, peak, operand
	}
}

// Stream lets every multiplication take in operands at a rate of at least so many bytes a second and SM.
func (g *GEMM) Stream(rate float64) {
	for _, l := range g.every() {
		l.Rate = max(l.Rate, rate)
	}
}

// bits16 tells whether tensor cores take a format as 16 bits; single precision is served by converting to
// bf16.
func bits16(f units.Format) bool { return f == units.BF16 || f == units.FP16 || f == units.FP32 }

// quantisation is the time of the kernel that quantises the activations.
func (l *GEMMLaw) quantisation(d *hw.Device, s GEMMShape) units.Seconds {
	const bytesEach = 3 // 2 read, 1 written
	rows := units.Seconds(float64(s.M) / float64(d.SMs) * float64(l.Row))
	traffic := Traffic(d, bytesEach*units.Bytes(s.M)*units.Bytes(s.K), l.Rate)
	return l.Cast + Overlap(rows, units.Seconds(l.Quantise)*traffic, l.Serial)
}

// Quantisation is the time of quantising an M×K operand by itself, with a scale for each tensor or row.
func (g *GEMM) Quantisation(d *hw.Device, m, k int) units.Seconds {
	return g.FP8.scaled(g.FP8.quantisation(d, GEMMShape{M: m, K: k}))
}

// FuseCast leaves out the quantisation of activations with one scale for each tensor: checkpoints that carry
// the scale need not look for it, and the cast is done by the kernel before.
func (g *GEMM) FuseCast() { g.FP8.quantises = false }

// tiled is the time of the best tiling.
func (l *GEMMLaw) tiled(d *hw.Device, s GEMMShape, peak units.FLOPsPerSecond,
	bytes units.Bytes) units.Seconds {
	best := units.Seconds(-1)
	perSM := float64(peak) / float64(d.SMs) * l.Efficiency
	dram := units.Seconds(float64(bytes) / float64(d.Bandwidth))
	choices, rows := l.tiles.choices(s.M)
	for _, tile := range choices {
		work := float64(2*float64(tile.rows)*float64(tile.cols)*float64(s.K)) / perSM
		if l.unpacks {
			work += float64(s.Weights.Bytes(float64(tile.cols)*float64(s.K))) / l.Unpack
		}
		for split := 1; split <= maxSplit; split *= 2 {
			blocks := units.CeilDiv(rows, tile.rows) * units.CeilDiv(s.N, tile.cols) * split
			waves := units.Seconds(units.CeilDiv(blocks, d.SMs))
			compute := waves * (l.Block + units.Seconds(work/float64(split)))
			intake := units.Seconds(float64(bytes) / (float64(min(blocks, d.SMs)) * l.Rate))
			t := Overlap(compute, dram+intake, l.Serial)
			if split > 1 {
				t += l.Split
			}
			if best < 0 || t < best {
				best = t
			}
			if blocks >= d.SMs || s.K < leastShare*split || l.tiles == Dispatched {
				break
			}
		}
	}
	return best
}
