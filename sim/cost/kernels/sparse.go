package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// SparsePrefill are the laws of attention of many queries, each over the latents that an indexer chose for
// it, by the cache's format.
type SparsePrefill struct {
	Wide   SparsePrefillLaw // 16 bits
	Narrow SparsePrefillLaw // 8 bits, converted in the kernel
}

// SparsePrefillLaw is the law for one width of latents. No two queries share their keys, so that each pair
// gathers a latent:
//
//	Fixed + Overlap(arithmetic of all heads, latents gathered)
type SparsePrefillLaw struct {
	Discrepancy
	Fixed      units.Seconds
	Efficiency float64 // of the tensor cores
	Rate       float64 // bytes of latents an SM gathers a second, mostly from L2
	Serial     float64 // how badly arithmetic and gathering overlap
}

// Parameters implements Law.
func (l *SparsePrefillLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 20e-6, 500e-6),
		efficiency("efficiency", &l.Efficiency, 0.6),
		issueRate("rate", &l.Rate, 60e9),
		serialShare("serial", &l.Serial, 0.3),
		l.parameter(),
	}
}

// sparseHeads is the number of heads that the sparse kernels take at once: fewer cost as much (FlashMLA's
// block).
const sparseHeads = 64

// Time is the time of all chunks. Kernels work through as many keys as are chosen, absent ones too.
func (p *SparsePrefill) Time(d *hw.Device, s PrefillShape) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	l := &p.Wide
	if !bits16(s.KV) {
		l = &p.Narrow
	}
	pairs := max(float64(s.Pairs), float64(s.Tokens)*float64(s.Chosen))
	flops := 2 * pairs * float64(max(s.Heads, sparseHeads)) * float64(s.KeyDim+s.ValueDim)
	arithmetic := units.Seconds(flops / (float64(d.Peak[units.BF16]) * l.Efficiency))
	gathered := units.Seconds(float64(s.KV.Bytes(pairs*float64(s.KeyDim))) / (float64(d.SMs) * l.Rate))
	return l.scaled(l.Fixed + Overlap(arithmetic, gathered, l.Serial))
}

func (p *SparsePrefill) laws() []Named {
	return []Named{{"sparse-prefill.wide", &p.Wide}, {"sparse-prefill.narrow", &p.Narrow}}
}

// IndexerShape is one decode step of the indexer that chooses keys for sparse attention.
type IndexerShape struct{ Sequences, Heads, KeyDim int }

// Indexer are the laws of DeepSeek's lightning indexer: scores of a query against every key in fp8, and the
// choice of the best (DeepSeek-V3.2, technical report of 2025, §2.1). Its projections are not in them.
type Indexer struct {
	Step IndexStepLaw
	Many IndexManyLaw
}

// IndexStepLaw is the law for one query a sequence: Fixed + Row·sequences/SMs + keys read.
type IndexStepLaw struct {
	Discrepancy
	Fixed units.Seconds // rotation, quantisation, scores and choice: a chain of small kernels
	Row   units.Seconds // that an SM spends on the choice for a query
	Rate  float64       // bytes of keys an SM takes in a second
}

// Parameters implements Law.
func (l *IndexStepLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 30e-6, 400e-6),
		fixedCost("row", (*float64)(&l.Row), 10e-6, 500e-6),
		issueRate("rate", &l.Rate, 80e9),
		l.parameter(),
	}
}

// IndexManyLaw is the law for many queries a sequence: Fixed + arithmetic, with
// writing scores and choosing among them in its efficiency, + Row·queries/SMs.
type IndexManyLaw struct {
	Discrepancy
	Fixed      units.Seconds
	Efficiency float64       // of the tensor cores in 8 bits
	Row        units.Seconds // that an SM spends on the choice for a query, however few its keys
}

// Parameters implements Law.
func (l *IndexManyLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 50e-6, 500e-6),
		efficiency("efficiency", &l.Efficiency, 0.3),
		fixedCost("row", (*float64)(&l.Row), 5e-6, 500e-6),
		l.parameter(),
	}
}

// scaleBytes is the float32 scale of an indexer's key, whose values are in fp8.
const scaleBytes = 4

// Coefficients are the time of a decode step as fixed + perKey·(sum of the keys scored).
func (x *Indexer) Coefficients(d *hw.Device, s IndexerShape) (fixed, perKey units.Seconds) {
	if s.Sequences == 0 {
		return 0, 0
	}
	l := &x.Step
	fixed = l.Fixed + units.Seconds(l.Row*units.Seconds(float64(s.Sequences)/float64(d.SMs)))
	perKey = Traffic(d, units.Bytes(s.KeyDim+scaleBytes), l.Rate)
	return l.scaled(fixed), l.scaled(perKey)
}

// Prefill is the time of the scores of all chunks.
func (x *Indexer) Prefill(d *hw.Device, s PrefillShape) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	l := &x.Many
	arithmetic := units.Seconds(2 * float64(s.Pairs) * float64(s.Heads) * float64(s.KeyDim) /
		(float64(peak(d, units.FP8)) * l.Efficiency))
	choice := units.Seconds(l.Row * units.Seconds(float64(s.Tokens)/float64(d.SMs)))
	return l.scaled(l.Fixed + arithmetic + choice)
}

func (x *Indexer) laws() []Named {
	return []Named{{"indexer.step", &x.Step}, {"indexer.many", &x.Many}}
}
