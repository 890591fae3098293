package kernels

import (
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Prefill is the law of attention of many queries a sequence, by the format of the keys and values.
type Prefill struct {
	Wide   PrefillLaw // 16 bits
	Narrow PrefillLaw // 8-bit caches
	// Plain is the bare roofline: the larger of all the pairs' arithmetic and all the traffic.
	Plain bool
}

// PrefillShape is the attention of a step's chunks on one rank, as sums over them.
type PrefillShape struct {
	Sequences                        int
	Tokens                           int64 // new tokens
	Pairs                            int64 // query-key pairs
	Keys                             int64 // distinct keys read
	Heads, KVHeads, KeyDim, ValueDim int
	KV                               units.Format
	// Chosen is the number of keys that an indexer chooses for each query, which sparse kernels work through
	// even where there are fewer; 0 for dense attention.
	Chosen int
}

// PrefillLaw is the law for one width of keys and values. A block is 128 queries of one head against all the
// keys that they see; SMs take blocks until none is left, and none ends before the longest block does:
//
//	time = fixed + Overlap(pairs' work + blocks·block, longest block)
//	       + traffic of queries, outputs, keys and values
//
// A pair's work is its FLOPs at the tensor cores' efficiency and an exponential, which has units of its own.
type PrefillLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch, scheduling
	Block      units.Seconds // prologue and epilogue of each block
	Efficiency float64       // share of the tensor cores' peak
	// that an SM spends on a pair's exponential, beyond what hides behind the multiplications
	Softmax units.Seconds
	Rate    float64 // bytes a second that one SM takes in, see Traffic
	Tail    float64 // see Overlap; of all blocks and the longest

	eight bool // multiplies in 8 bits
}

func (a *Prefill) laws() []Named {
	return []Named{{"prefill.wide", &a.Wide}, {"prefill.narrow", &a.Narrow}}
}

// Parameters implements Law.
func (l *PrefillLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 12e-6, 100e-6),
		fixedCost("block", (*float64)(&l.Block), 1e-6, 20e-6),
		efficiency("efficiency", &l.Efficiency, 0.65),
		{
			Name:    "softmax",
			Unit:    "s",
			Value:   (*float64)(&l.Softmax),
			Default: 20e-12,
			Ideal:   0,
			Low:     1e-13,
			High:    300e-12,
		},
		issueRate("rate", &l.Rate, 150e9),
		serialShare("tail", &l.Tail, 0.3),
		l.parameter(),
	}
}

// Variant is "fp8" where the tensor cores multiply in 8 bits, else "bf16".
func (l *PrefillLaw) Variant() string {
	if l.eight {
		return "fp8"
	}
	return "bf16"
}

// SetVariant chooses the format of the multiplications by name.
func (l *PrefillLaw) SetVariant(name string) error {
	switch name {
	case "fp8", "bf16":
		l.eight = name == "fp8"
		return nil
	}
	return fmt.Errorf("unknown format of attention's multiplications %q", name)
}

// queryRows is the number of queries of a block (FlashAttention-2 and -3 for heads of 128: Dao 2023; Shah et
// al. 2024).
const queryRows = 128

// masked is the number of pairs a query that an edge of the mask wastes: half of a tile of 128 keys.
const masked = 64

// Time is how long the attention takes.
func (a *Prefill) Time(d *hw.Device, s PrefillShape) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	l := &a.Wide
	if !bits16(s.KV) {
		l = &a.Narrow
	}
	format := units.BF16
	if l.eight && d.Supports(units.FP8) {
		format = units.FP8
	}
	if a.Plain {
		flops := 2 * float64(s.Pairs) * float64(s.Heads) * float64(s.KeyDim+s.ValueDim)
		return max(units.Seconds(flops/float64(d.Peak[format])), Traffic(d, s.bytes(), l.Rate))
	}
	perSM := float64(d.Peak[format]) / float64(d.SMs) * l.Efficiency
	pair := 2*float64(s.KeyDim+s.ValueDim)/perSM + float64(l.Softmax)
	perSequence := float64(s.Tokens) / float64(s.Sequences)
	blocks := float64(s.Sequences*s.Heads) * float64(units.CeilDiv(int(perSequence), queryRows))
	work := float64((float64(s.Pairs) + float64(s.wasted()*float64(s.Tokens))) * float64(s.Heads) * pair)
	longest := min(queryRows, perSequence) * s.mostKeys() * pair
	compute := Overlap(units.Seconds((work+float64(blocks*float64(l.Block)))/float64(d.SMs)),
		units.Seconds(longest)+l.Block, l.Tail)
	t := l.Fixed + compute + Traffic(d, s.bytes(), l.Rate)
	return l.scaled(t)
}

// mostKeys is about the largest number of keys that a query sees: all of its sequence's, but under a window
// no more than twice the mean.
func (s *PrefillShape) mostKeys() float64 {
	return min(float64(s.Keys)/float64(s.Sequences), 2*float64(s.Pairs)/float64(s.Tokens))
}

// wasted is the number of pairs a query that the mask wastes: at the diagonal, and as much at a window's far
// edge.
func (s *PrefillShape) wasted() float64 {
	if s.mostKeys() < float64(s.Keys)/float64(s.Sequences) {
		return 2 * masked
	}
	return masked
}

// bytes are those of queries and outputs, and of keys and values, which are written to the cache and read.
func (s *PrefillShape) bytes() units.Bytes {
	return units.BF16.Bytes(float64(s.Tokens)*float64(s.Heads)*float64(s.KeyDim+s.ValueDim)) +
		s.KV.Bytes(2*float64(s.Keys)*float64(s.KVHeads)*float64(s.KeyDim+s.ValueDim))
}
