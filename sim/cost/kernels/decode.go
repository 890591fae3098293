package kernels

import (
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Decode is the law of attention of one query a sequence over cached keys and values, by the cache's format.
type Decode struct {
	Wide   DecodeLaw // 16 bits
	Narrow DecodeLaw // 8 bits and less, converted in the kernel
}

// DecodeShape is one decode step's attention on one rank.
type DecodeShape struct {
	Sequences, Heads, KVHeads, KeyDim, ValueDim int
	KV                                          units.Format
}

// DecodeLaw is the law for one width of cache. Work is one block for each sequence and KV head; keys of a sequence are split
// over blocks where there are too few to fill the SMs. The time is linear in the keys of all sequences together:
//
//	time = fixed + blocks/SMs·block + keys·(bytes of a key and its value on this rank)·perByte/utilisation
type DecodeLaw struct {
	Discrepancy
	Fixed units.Seconds // launch, scheduling, joining of splits
	Block units.Seconds // that an SM spends on each block, whatever its keys
	Rate  float64       // bytes a second that one SM takes in, see Traffic
	Large float64       // slows heads of more than 128 values, whose conversion spills registers

	whole    bool // sequences are not split once there is a block for half the SMs
	converts bool
}

// prepare sets what the laws are, which no file says.
func (a *Decode) prepare() { a.Narrow.converts = true }

func (a *Decode) laws() []Named {
	return []Named{{"decode.wide", &a.Wide}, {"decode.narrow", &a.Narrow}}
}

// conversionSerial is Overlap's share for converting 8-bit caches while they come in. One device cannot tell it; with 0.18 a
// step of 64 sequences at 4,096 tokens gains 2–6% from H100 to H200, as measured (silicon/calibration_notes.md, 10).
const conversionSerial = 0.18

// Parameters implements Law.
func (l *DecodeLaw) Parameters() []Parameter {
	parameters := []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 10e-6, 100e-6),
		fixedCost("block", (*float64)(&l.Block), 0.5e-6, 20e-6),
		issueRate("rate", &l.Rate, 200e9),
	}
	if l.converts {
		parameters = append(parameters, Parameter{Name: "large", Unit: "1", Value: &l.Large, Default: 1.2, Ideal: 1, Low: 1, High: 5})
	}
	return append(parameters, l.parameter())
}

// Variant is "split" where kernels divide long sequences evenly over the SMs, "whole" where they stop doing so when there is
// a block for half the SMs.
func (l *DecodeLaw) Variant() string {
	if l.whole {
		return "whole"
	}
	return "split"
}

// SetVariant chooses by name.
func (l *DecodeLaw) SetVariant(name string) error {
	switch name {
	case "whole", "split":
		l.whole = name == "whole"
		return nil
	}
	return fmt.Errorf("unknown way to divide sequences %q", name)
}

// Coefficients are the time of a step without keys, and of each key of any sequence. The sum is affine in the keys, which is
// what lets an engine advance a run of decode steps in closed form; it holds from about 256 keys a sequence on.
func (a *Decode) Coefficients(d *hw.Device, s DecodeShape) (fixed, perKey units.Seconds) {
	if s.Sequences == 0 {
		return 0, 0
	}
	l := &a.Wide
	if !bits16(s.KV) {
		l = &a.Narrow
	}
	blocks := s.Sequences * s.KVHeads
	fixed = l.Fixed + units.Seconds(float64(blocks)/float64(d.SMs))*l.Block
	bytes := s.KV.Bytes(float64(s.KVHeads) * float64(s.KeyDim+s.ValueDim))
	if l.converts {
		conversion := units.Seconds(float64(bytes) / (float64(d.SMs) * l.Rate))
		if s.KeyDim > 128 {
			conversion *= units.Seconds(l.Large)
		}
		perKey = Overlap(conversion, units.Seconds(float64(bytes)/float64(d.Bandwidth)), conversionSerial)
	} else {
		perKey = Traffic(d, bytes, l.Rate)
	}
	scale := units.Seconds(l.Scale)
	return scale * fixed, scale * perKey / units.Seconds(l.utilisation(blocks, d.SMs))
}

// utilisation is the share of the SMs that have work, averaged over waves of blocks.
func (l *DecodeLaw) utilisation(blocks, sms int) float64 {
	if !l.whole {
		return 1
	}
	blocks *= max(1, sms/blocks)
	return float64(blocks) / float64(quotient(blocks, sms)*sms)
}
