package kernels

import (
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/portable"
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
	// Cached tells that keys and values are in the L2 cache already: so repeated runs of a measurement find what
	// fits in it. In serving they are not, since the weights of all layers pass through it between one step and
	// the next.
	Cached bool
}

// DecodeLaw is the law for one width of cache. Work is one block for each sequence and KV head; keys of a
// sequence are split over blocks where there are too few to fill the SMs. The time is linear in the keys of
// all sequences together:
//
//	time = fixed + min(1, 4·blocks/SMs)·cold + max(1, blocks/SMs)^drift·block·(128+dim)/256
//	     + keys·(bytes of a key and its value on this rank)·perByte/utilisation
type DecodeLaw struct {
	Discrepancy
	Fixed units.Seconds // launch, scheduling, joining of splits
	// more, where keys and values come from memory: pipelines fill and run dry later than from L2
	Cold units.Seconds
	// that an SM spends on each block of 128 values, whatever its keys: queries, first tile, output
	Block units.Seconds
	// what waves of blocks count: 1 where each block costs as much as the first, less where the blocks of
	// different SMs drift apart, so that some take in keys while others begin and end
	Drift  float64
	Rate   float64 // bytes a second that one SM takes in, see Traffic
	Cached float64 // bytes a second that one SM gets from L2
	Small  float64 // slows heads of less than 128 values: more keys a byte, each with its own exponential
	// slows heads of more than 128 values: smaller tiles, and conversion may spill registers
	Large  float64
	Single float64 // slows heads without groups, which some engines give a kernel of vectors
	// slows groups of more than 8 query heads, where they take a second tile of the tensor cores
	Groups float64

	whole    bool // sequences are not split once there is a block for half the SMs
	converts bool // widens what it reads, see Widening
}

// prepare sets what the laws are, which no file says.
func (a *Decode) prepare() { a.Narrow.converts = true }

func (a *Decode) laws() []Named {
	return []Named{{"decode.wide", &a.Wide}, {"decode.narrow", &a.Narrow}}
}

// Parameters implements Law.
func (l *DecodeLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 10e-6, 100e-6),
		fixedCost("cold", (*float64)(&l.Cold), 4e-6, 50e-6),
		fixedCost("block", (*float64)(&l.Block), 0.5e-6, 20e-6),
		{Name: "drift", Unit: "1", Value: &l.Drift, Default: 1, Ideal: 1, Low: 0.5, High: 1},
		issueRate("rate", &l.Rate, 200e9),
		{Name: "cached", Unit: "B/s", Value: &l.Cached, Default: 40e9, Ideal: 25e9, Low: 5e9, High: 120e9},
		slowing("small", &l.Small),
		slowing("large", &l.Large),
		slowing("single", &l.Single),
		slowing("groups", &l.Groups),
		l.parameter(),
	}
}

// slowing is a parameter for how much longer an SM takes for the same bytes than with groups of heads of 128
// values.
func slowing(name string, value *float64) Parameter {
	return Parameter{Name: name, Unit: "1", Value: value, Default: 1, Ideal: 1, Low: 0.5, High: 5}
}

// Variant is "split" where kernels divide long sequences evenly over the SMs, "whole" where they stop doing
// so when there is a block for half the SMs.
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

// Coefficients are the time of a step without keys, and of each key of any sequence. The sum is affine in the
// keys, which is what lets an engine advance a run of decode steps in closed form; it holds from about 256
// keys a sequence on.
func (a *Decode) Coefficients(d *hw.Device, s DecodeShape) (fixed, perKey units.Seconds) {
	if s.Sequences == 0 {
		return 0, 0
	}
	l := &a.Wide
	if !bits16(s.KV) {
		l = &a.Narrow
	}
	blocks := s.Sequences * s.KVHeads
	fixed = l.Fixed + units.Seconds(units.Seconds(l.waves(blocks, d.SMs))*l.Block*
		units.Seconds(float64(referenceDim+s.KeyDim)/(2*referenceDim)))
	bytes := s.KV.Bytes(float64(s.KVHeads) * float64(s.KeyDim+s.ValueDim))
	intake := units.Seconds(float64(bytes) * l.slowing(&s) / (float64(d.SMs) * l.Rate))
	delivery := units.Seconds(float64(bytes) / float64(d.Bandwidth))
	if s.Cached {
		delivery = units.Seconds(float64(bytes) / (float64(d.SMs) * l.Cached))
	} else {
		fixed += units.Seconds(l.Cold * units.Seconds(min(1, rampBlocks*float64(blocks)/float64(d.SMs))))
	}
	if l.converts {
		delivery = units.Seconds(delivery * exposedFP)
	}
	perKey = delivery + intake
	return l.scaled(fixed), units.Seconds(l.scaled(perKey) / units.Seconds(l.utilisation(blocks, d.SMs)))
}

// waves of blocks over the SMs, as they count for the time that blocks take whatever their keys.
func (l *DecodeLaw) waves(blocks, sms int) float64 {
	waves := max(1, float64(blocks)/float64(sms))
	if l.Drift != 1 {
		return portable.Pow(waves, l.Drift)
	}
	return waves
}

// rampBlocks says from which share of the SMs on blocks cost all of Cold, a quarter: with fewer, keys are so
// few that nothing runs dry, or so many that Cold does not matter, and a law that is affine in the keys
// cannot tell which.
const rampBlocks = 4

// referenceDim is the number of values of a head that Block and Rate are of.
const referenceDim = 128

// slowing is how much longer an SM takes for a shape's bytes than with groups of heads of 128 values.
func (l *DecodeLaw) slowing(s *DecodeShape) float64 {
	times := 1.0
	switch {
	case s.KeyDim < referenceDim:
		times = l.Small
	case s.KeyDim > referenceDim:
		times = l.Large
	}
	switch group := s.Heads / s.KVHeads; {
	case group == 1:
		times *= l.Single
	case group > 8:
		times *= l.Groups
	}
	return times
}

// utilisation is the share of the SMs that have work, averaged over waves of blocks.
func (l *DecodeLaw) utilisation(blocks, sms int) float64 {
	if !l.whole {
		return 1
	}
	blocks *= max(1, sms/blocks)
	return float64(blocks) / float64(units.CeilDiv(blocks, sms)*sms)
}
