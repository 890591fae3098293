package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Selected are the laws of an attention that was only measured as a whole block: one that chooses keys with
// an indexer, whose kernels are made for it. What its projections leave of a block is the core's and the
// indexer's, so that one law has both.
type Selected struct {
	Step SelectedStepLaw // one query a sequence
	Many SelectedManyLaw // many
}

// SelectedShape is the core, or the indexer, over one kind of keys, of all sequences of a rank's step.
type SelectedShape struct {
	Sequences       int
	Tokens          int64 // new ones
	Pairs           int64 // query-key pairs
	Heads, KeyHeads int
	Values          int         // of a query, a key and, but for an indexer, a value together
	KeyBytes        units.Bytes // of a key and its value in the cache, of all key heads
	Chosen          float64     // keys that an indexer chooses for a query; 0: it sees all
}

// SelectedStepLaw is the law of a decode step. The core takes
//
//	Fixed + Sequences·Row/SMs + keys·Overlap(bytes, arithmetic of all heads) + Choice
//
// (a part of Choice, where sequences have fewer keys than are chosen) and the indexer
//
//	IndexFixed + Sequences·IndexRow/SMs + keys·bytes
type SelectedStepLaw struct {
	Discrepancy
	Fixed      units.Seconds
	Row        units.Seconds // that an SM spends on a sequence, however few its keys
	Rate       float64       // bytes of keys an SM takes in a second
	Efficiency float64       // of the tensor cores
	// Tile is the number of heads to a key head that the tensor cores take at once: fewer cost as much.
	Tile       float64
	Choice     units.Seconds // of choosing among more keys than are chosen, for all sequences at once
	IndexFixed units.Seconds
	IndexRow   units.Seconds // that an SM spends on the scores of a query
	IndexRate  float64       // bytes of an indexer's keys an SM takes in a second
}

// Parameters implements Law.
func (l *SelectedStepLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 20e-6, 200e-6),
		fixedCost("row", (*float64)(&l.Row), 10e-6, 200e-6),
		issueRate("rate", &l.Rate, 100e9),
		efficiency("efficiency", &l.Efficiency, 0.3),
		headTile(&l.Tile),
		fixedCost("choice", (*float64)(&l.Choice), 1e-6, 300e-6),
		fixedCost("index-fixed", (*float64)(&l.IndexFixed), 1e-7, 400e-6),
		fixedCost("index-row", (*float64)(&l.IndexRow), 1e-8, 500e-6),
		issueRate("index-rate", &l.IndexRate, 80e9),
		l.parameter(),
	}
}

// headTile is the parameter for the number of heads that tensor cores take at once.
func headTile(value *float64) Parameter {
	return Parameter{Name: "tile", Unit: "heads", Value: value, Default: 16, Ideal: 1, Low: 1, High: 128}
}

// coreSerial is how badly the core's arithmetic and bytes overlap: that of other attention (prefill, decode).
const coreSerial = 0.3

// padded is the arithmetic of one key or pair of a core whose heads are padded to the tile, at the share of
// the peak.
func (s *SelectedShape) padded(d *hw.Device, tile, share float64) units.Seconds {
	keyHeads := float64(s.KeyHeads)
	heads := max(float64(s.Heads), tile*keyHeads)
	return units.Seconds(2 * heads * float64(s.Values) / (float64(d.Peak[units.BF16]) * share))
}

// Core is the time of the core's step as fixed + perKey·(sum of the keys that the sequences read).
func (l *SelectedStepLaw) Core(d *hw.Device, s SelectedShape) (fixed, perKey units.Seconds) {
	if s.Sequences == 0 {
		return 0, 0
	}
	fixed = l.Fixed + units.Seconds(l.Row*units.Seconds(float64(s.Sequences)/float64(d.SMs)))
	perKey = Overlap(Traffic(d, s.KeyBytes, l.Rate), s.padded(d, l.Tile, l.Efficiency), coreSerial)
	if s.Chosen > 0 {
		perKey += l.Choice / units.Seconds(s.Chosen*float64(s.Sequences))
	}
	return l.scaled(fixed), l.scaled(perKey)
}

// Index is the same of the indexer.
func (l *SelectedStepLaw) Index(d *hw.Device, s SelectedShape) (fixed, perKey units.Seconds) {
	if s.Sequences == 0 {
		return 0, 0
	}
	fixed = l.IndexFixed + units.Seconds(l.IndexRow*units.Seconds(float64(s.Sequences)/float64(d.SMs)))
	return l.scaled(fixed), l.scaled(Traffic(d, s.KeyBytes, l.IndexRate))
}

// SelectedManyLaw is the law of chunks of prompts. The core takes Fixed + Tokens·Token/SMs + arithmetic, the
// indexer IndexFixed + Tokens·IndexRow/SMs + arithmetic, with the choice among scores in its efficiency.
type SelectedManyLaw struct {
	Discrepancy
	Fixed           units.Seconds
	Token           units.Seconds // that an SM spends on a query, however few its keys
	Efficiency      float64       // of the tensor cores in 16 bits
	Tile            float64       // see SelectedStepLaw
	IndexFixed      units.Seconds
	IndexRow        units.Seconds // that an SM spends on the choice for a query
	IndexEfficiency float64       // of the tensor cores in 16 bits
}

// Parameters implements Law.
func (l *SelectedManyLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 50e-6, 2e-3),
		fixedCost("token", (*float64)(&l.Token), 1e-6, 500e-6),
		efficiency("efficiency", &l.Efficiency, 0.3),
		headTile(&l.Tile),
		fixedCost("index-fixed", (*float64)(&l.IndexFixed), 1e-7, 2e-3),
		fixedCost("index-row", (*float64)(&l.IndexRow), 1e-8, 500e-6),
		efficiency("index-efficiency", &l.IndexEfficiency, 0.15),
		l.parameter(),
	}
}

// Core is the time of the core over all chunks.
func (l *SelectedManyLaw) Core(d *hw.Device, s SelectedShape) units.Seconds {
	return l.time(d, &s, l.Fixed, l.Token, s.padded(d, l.Tile, l.Efficiency))
}

// Index is the time of the indexer over all chunks.
func (l *SelectedManyLaw) Index(d *hw.Device, s SelectedShape) units.Seconds {
	return l.time(d, &s, l.IndexFixed, l.IndexRow, s.padded(d, 1, l.IndexEfficiency))
}

func (l *SelectedManyLaw) time(d *hw.Device, s *SelectedShape,
	fixed, token, perPair units.Seconds) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	tokens := units.Seconds(token * units.Seconds(float64(s.Tokens)/float64(d.SMs)))
	return l.scaled(fixed + tokens + units.Seconds(perPair*units.Seconds(s.Pairs)))
}

// selectedLaws lists the laws under their names in calibration files.
func (s *Set) selectedLaws() []Named {
	return []Named{
		{"compressed.step", &s.Compressed.Step}, {"compressed.many", &s.Compressed.Many},
		{"blocks.step-wide", &s.Blocks.Wide.Step}, {"blocks.many-wide", &s.Blocks.Wide.Many},
		{"blocks.step-narrow", &s.Blocks.Narrow.Step}, {"blocks.many-narrow", &s.Blocks.Narrow.Many}}
}

// SelectedBlocks are the laws of MiniMax-M3's attention by the cache's format.
type SelectedBlocks struct {
	Wide   Selected // 16 bits
	Narrow Selected // 8 bits, converted in the kernel
}

// Of are the laws for a format of the cache.
func (b *SelectedBlocks) Of(kv units.Format) *Selected {
	if bits16(kv) {
		return &b.Wide
	}
	return &b.Narrow
}
