package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// LatentShape is one decode step of absorbed MLA: each head of each sequence queries the sequence's shared
// latents.
type LatentShape struct {
	Sequences int
	Heads     int  // on the rank
	LatentDim int  // values of a cached latent that are keys and values at once (512 in DeepSeek-V3)
	RopeDim   int  // values that only keys have (64)
	Sparse    bool // the keys are those that an indexer chose, gathered one by one
	Chosen    int  // how many it chooses
	KV        units.Format
}

// LatentDecode are the laws of absorbed MLA's decode core, by the cache's format and whether keys are
// gathered.
type LatentDecode struct {
	Wide   LatentDecodeLaw // 16 bits
	Narrow LatentDecodeLaw // 8 bits and less, converted in the kernel
	// The same over keys that an indexer chose, gathered one by one.
	SparseWide, SparseNarrow LatentDecodeLaw
}

// LatentDecodeLaw is the law of absorbed MLA's decode core. All heads share what is read of the cache, so
// that a key costs its bytes once and its arithmetic for each head:
//
//	Fixed + Sequences·(Sequence/SMs + heads' queries and outputs)
//	      + keys·Overlap(bytes and arithmetic together, Single/Sequences)
type LatentDecodeLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch, the merge of split sequences
	Sequence   units.Seconds // that an SM spends on a sequence, however short
	Query      float64       // bytes of queries and outputs an SM moves a second
	Rate       float64       // bytes of keys an SM takes in (or widens) a second
	Efficiency float64       // of the tensor cores
	Serial     float64       // how badly bytes and arithmetic overlap
	// Tile is the number of heads that the tensor cores take at once: fewer heads cost as much.
	Tile float64
	// Middle slows 17 to 32 heads, for which TensorRT-LLM's kernels on Blackwell, which all engines call, have a
	// worse tile than for fewer and for more.
	Middle float64
	// Single is the time of a key when one sequence is alone: kernels that do not split a sequence over the SMs
	// take turns over its keys.
	Single units.Seconds
}

// Parameters implements Law.
func (l *LatentDecodeLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 12e-6, 100e-6),
		fixedCost("sequence", (*float64)(&l.Sequence), 3e-6, 100e-6),
		{Name: "query", Unit: "B/s", Value: &l.Query, Default: 18e9, Ideal: 1e15, Low: 1e9, High: 350e9},
		issueRate("rate", &l.Rate, 150e9),
		efficiency("efficiency", &l.Efficiency, 0.6),
		serialShare("serial", &l.Serial, 0.3),
		{Name: "tile", Unit: "heads", Value: &l.Tile, Default: 64, Ideal: 1, Low: 16, High: 64},
		slowing("middle", &l.Middle),
		{Name: "single", Unit: "s", Value: (*float64)(&l.Single), Default: 3e-10, Ideal: 0, Low: 1e-12, High: 1e-6},
		l.parameter(),
	}
}

// Coefficients are the time of a step as fixed + perKey·(sum of the keys that the sequences read).
func (l *LatentDecode) Coefficients(d *hw.Device, s LatentShape) (fixed, perKey units.Seconds) {
	if s.Sequences == 0 {
		return 0, 0
	}
	fixed, perKey = l.law(&s).coefficients(d, &s)
	if s.Sparse && !bits16(s.KV) && s.Chosen > 0 { // absent keys are worked through as well
		fixed, perKey = fixed+units.Seconds(perKey*units.Seconds(s.Sequences*s.Chosen)), 0
	}
	return fixed, perKey
}

func (l *LatentDecode) law(s *LatentShape) *LatentDecodeLaw {
	switch {
	case s.Sparse && bits16(s.KV):
		return &l.SparseWide
	case s.Sparse:
		return &l.SparseNarrow
	case bits16(s.KV):
		return &l.Wide
	default:
		return &l.Narrow
	}
}

func (l *LatentDecodeLaw) coefficients(d *hw.Device, s *LatentShape) (fixed, perKey units.Seconds) {
	width := s.LatentDim + s.RopeDim
	rows := units.Bytes(s.Sequences * s.Heads * (width + s.LatentDim) * activationBytes)
	fixed = l.Fixed + l.Sequence*units.Seconds(
		s.Sequences,
	)/units.Seconds(
		d.SMs,
	) + units.Seconds(
		float64(rows)/(float64(d.SMs)*l.Query),
	)
	heads := max(float64(s.Heads), l.Tile)
	arithmetic := units.Seconds(
		2 * heads * float64(width+s.LatentDim) / (float64(d.Peak[units.BF16]) * l.Efficiency),
	)
	perKey = Overlap(cacheTime(d, s.KV, width, l.Rate), arithmetic, l.Serial)
	if s.Heads > 16 && s.Heads <= 32 {
		perKey = units.Seconds(perKey * units.Seconds(l.Middle))
	}
	perKey = Overlap(perKey, l.Single/units.Seconds(s.Sequences), l.Serial)
	return l.scaled(fixed), l.scaled(perKey)
}

// cacheTime is the time to read values of the cache, widening them where they are narrow.
func cacheTime(d *hw.Device, kv units.Format, values int, rate float64) units.Seconds {
	bytes := kv.Bytes(float64(values))
	if !bits16(kv) {
		return Widening(d, bytes, rate, exposedFP)
	}
	return Traffic(d, bytes, rate)
}

// laws lists the laws under their names in calibration files.
func (l *LatentDecode) laws() []Named {
	return []Named{{"latent-decode.wide", &l.Wide}, {"latent-decode.narrow", &l.Narrow},
		{"latent-decode.sparse-wide", &l.SparseWide}, {"latent-decode.sparse-narrow", &l.SparseNarrow}}
}

// LatentPrefill are the laws of MLA's prefill core, by the cache's format.
type LatentPrefill struct {
	Wide   LatentPrefillLaw // 16 bits
	Narrow LatentPrefillLaw // 8-bit caches
}

// LatentPrefillLaw is the law of MLA's prefill core, over keys and values expanded for every head (or over
// the latents themselves where an engine prefills in the absorbed form):
//
//	Fixed + (Block·sequences·heads + Token·tokens)/SMs
//	      + Overlap(arithmetic, queries, keys, values and outputs moved)
type LatentPrefillLaw struct {
	Discrepancy
	Fixed units.Seconds
	Block units.Seconds // that an SM spends on a head of a sequence, however short
	// that an SM spends on a token, however few the heads: copies that no file measures apart
	Token      units.Seconds
	Efficiency float64 // of the tensor cores
	Rate       float64 // bytes an SM moves a second
	Serial     float64 // how badly arithmetic and bytes overlap
}

// Parameters implements Law.
func (l *LatentPrefillLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 13e-6, 300e-6),
		fixedCost("block", (*float64)(&l.Block), 3e-6, 100e-6),
		fixedCost("token", (*float64)(&l.Token), 1e-8, 50e-6),
		efficiency("efficiency", &l.Efficiency, 0.6),
		issueRate("rate", &l.Rate, 60e9),
		serialShare("serial", &l.Serial, 0.6),
		l.parameter(),
	}
}

// Time is the time of all chunks.
func (l *LatentPrefill) Time(d *hw.Device, s PrefillShape) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	if !bits16(s.KV) {
		return l.Narrow.time(d, &s)
	}
	return l.Wide.time(d, &s)
}

func (l *LatentPrefillLaw) time(d *hw.Device, s *PrefillShape) units.Seconds {
	heads, tokens := float64(s.Heads), float64(s.Tokens)
	perPair := float64(2 * (s.KeyDim + s.ValueDim))
	perSM := float64(d.Peak[units.BF16]) / float64(d.SMs) * l.Efficiency
	pairs := float64(s.Pairs) + float64(tokens*masked)
	spread := float64(pairs*heads*perPair) / (perSM * float64(d.SMs))
	// The block with most keys takes about twice the average; with few blocks it sets the time.
	longest := 2 * pairs / tokens * queryRows * perPair / perSM
	arithmetic := units.Seconds(max(spread, longest))
	width := float64(s.KeyDim + s.ValueDim)
	values := float64(float64(tokens*heads)*width) + float64(float64(s.Keys)*float64(s.KVHeads)*width)
	moved := Traffic(d, units.Bytes(values*activationBytes), l.Rate)
	blocks := units.Seconds(
		l.Block*units.Seconds(float64(s.Sequences)*heads),
	) + units.Seconds(
		l.Token*units.Seconds(tokens),
	)
	blocks /= units.Seconds(d.SMs)
	return l.scaled(l.Fixed + blocks + Overlap(arithmetic, moved, l.Serial))
}

// laws lists the laws under their names in calibration files.
func (l *LatentPrefill) laws() []Named {
	return []Named{{"latent-prefill.wide", &l.Wide}, {"latent-prefill.narrow", &l.Narrow}}
}
