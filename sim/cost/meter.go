package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// memoRows bounds the row counts whose linear time a Meter remembers: the largest token budget that engines use by
// default, and so every step but a rare giant one.
const memoRows = 16384

// rowKinds is the number of arch.Rows values.
const rowKinds = int(arch.SampledRows) + 1

// Meter is a Stepper that remembers the times that a Model computed. It gives exactly the Model's times; it is not safe
// for concurrent use, so each simulation has its own.
type Meter struct {
	model  *Model
	linear [rowKinds][]units.Picoseconds // by rows; 0: not yet known
	decode map[int]decodeTimes           // by sequences
	shared map[sharedLoad]units.Picoseconds
}

type decodeTimes struct {
	fixed  units.Picoseconds
	perKey [arch.MaxReaches]units.Picoseconds
}

// NewMeter gives a simulation its own memory of m's times.
func NewMeter(m *Model) *Meter {
	return &Meter{model: m, decode: make(map[int]decodeTimes), shared: make(map[sharedLoad]units.Picoseconds)}
}

// Reaches are the model's reaches.
func (t *Meter) Reaches() []arch.Reach { return t.model.Reaches() }

// Step is the time of one step; see Stepper.
func (t *Meter) Step(loads []arch.Load) units.Picoseconds {
	var all sharedLoad
	var slowest units.Picoseconds
	sequences, chunks := 0, 0
	for i := range loads {
		batch := t.model.batch(&loads[i])
		slowest = max(slowest, t.rank(&loads[i], &batch))
		all.add(batch.Tokens())
		sequences += loads[i].Decodes + loads[i].Chunks
		chunks += loads[i].Chunks
	}
	all.mixed = chunks > 0
	return t.sharedTime(all) + t.model.host(sequences, chunks) + slowest
}

// rank is the time of the part of a step that is one data-parallel rank's own.
func (t *Meter) rank(whole, batch *arch.Load) units.Picoseconds {
	attention := t.decodeTime(batch.Decodes)
	time := attention.fixed + t.model.chunkAttention(batch)
	for i, slope := range attention.perKey {
		time += slope * units.Picoseconds(whole.DecodeKeys[i])
	}
	for kind := range rowKinds {
		time += t.linearTime(arch.Rows(kind), arch.Rows(kind).Of(batch))
	}
	return time
}

// Decode writes the coefficients of a pure decode step; see Stepper.
func (t *Meter) Decode(sequences []int, d *Decode) {
	if cap(d.Ranks) < len(sequences) {
		d.Ranks = make([]RankDecode, len(sequences))
	}
	d.Ranks = d.Ranks[:len(sequences)]
	var all sharedLoad
	total := 0
	for i, n := range sequences {
		batch := t.model.batch(&arch.Load{Decodes: n, Samples: n})
		d.Ranks[i] = RankDecode{Fixed: t.rank(&arch.Load{}, &batch), PerKey: t.decodeTime(batch.Decodes).perKey}
		all.add(batch.Decodes)
		total += n
	}
	d.Fixed = t.sharedTime(all) + t.model.host(total, 0)
}

func (s *sharedLoad) add(tokens int) {
	s.tokens += tokens
	s.fullest = max(s.fullest, tokens)
}

// batch is the part of a load that one rank works on at once: a context rank's share of a microbatch.
func (m *Model) batch(l *arch.Load) arch.Load {
	return contextShare(microbatch(*l, m.Plan.PP), m.Plan.contextRanks())
}

// microbatch is the share of a load that passes through the pipeline at once.
func microbatch(l arch.Load, stages int) arch.Load {
	if stages == 1 {
		return l
	}
	share := func(n int) int { return (n + stages - 1) / stages }
	l.Decodes, l.Chunks, l.ChunkTokens, l.Samples = share(l.Decodes), share(l.Chunks), share(l.ChunkTokens), share(l.Samples)
	for i := range l.DecodeKeys {
		l.DecodeKeys[i] /= int64(stages)
		l.ChunkPairs[i] /= int64(stages)
		l.ChunkKeys[i] /= int64(stages)
	}
	l.Earlier /= int64(stages)
	return l
}

func (t *Meter) linearTime(kind arch.Rows, rows int64) units.Picoseconds {
	if t.decode == nil || rows >= memoRows {
		return t.model.linear(kind, rows)
	}
	if t.linear[kind] == nil {
		t.linear[kind] = make([]units.Picoseconds, memoRows)
	}
	known := &t.linear[kind][rows]
	if *known == 0 {
		*known = t.model.linear(kind, rows)
	}
	return *known
}

func (t *Meter) decodeTime(n int) decodeTimes {
	if known, ok := t.decode[n]; ok {
		return known
	}
	var d decodeTimes
	d.fixed, d.perKey = t.model.decodeAttention(n)
	if t.decode != nil {
		t.decode[n] = d
	}
	return d
}

// maxShared bounds the memo of shared times, whose keys combine the ranks' token counts.
const maxShared = 1 << 16

func (t *Meter) sharedTime(s sharedLoad) units.Picoseconds {
	if known, ok := t.shared[s]; ok {
		return known
	}
	time := t.model.shared(s)
	if t.shared != nil && len(t.shared) < maxShared {
		t.shared[s] = time
	}
	return time
}
