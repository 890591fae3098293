package cost

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Meter is a Stepper that remembers the times that a Model computed. It gives exactly the Model's times; it
// is not safe for concurrent use, so each simulation has its own.
type Meter struct {
	model   *Model
	reaches int
	divides bool        // ranks work on a part of their load at a time
	shares  bool        // some operators are all ranks' together
	halved  *Meter      // of the model in halves, where it runs so
	drafts  *draftMeter // of what drafts; nil without speculation
	linear  []linearTimes

	remembers bool
	overheads [2][]overheadTimes // without chunks and with them, by sequences; of rounds of one microbatch
	decode    []decodeTimes      // by sequences; fixed 0: not yet known
	shared    []sharedEntry      // by a hash of the load; a newer entry takes an older one's place
	// of loads with one chunk, which begins a prompt, by its tokens; 0: not yet known
	first   []units.Picoseconds
	prompts []promptEntry // by a hash of the load, of other loads with one chunk
}

// NewMeter gives a simulation its own memory of m's times.
func NewMeter(m *Model) *Meter {
	t := m.meter()
	t.remembers = true
	if m.halved != nil {
		t.halved = NewMeter(m.halved)
	}
	if t.drafts != nil && t.drafts.first != nil {
		t.drafts.first, t.drafts.further = NewMeter(m.drafts.first), NewMeter(m.drafts.further)
	}
	for i := range t.linear {
		t.linear[i].times = make([]units.Picoseconds, memoRows)
	}
	return &t
}

// With is a Meter of the same kernels, model and plan under another overhead, with all that t remembers; t
// must not be used any more.
func (t *Meter) With(o Overhead) *Meter {
	moved := *t
	moved.model, moved.overheads = t.model.WithOverhead(o), [2][]overheadTimes{}
	if t.halved != nil {
		moved.halved = t.halved.With(o)
	}
	if d := t.drafts; d != nil && d.first != nil {
		moved.drafts = &draftMeter{first: d.first.With(o.drafting()), further: d.further.With(o.drafting())}
	}
	return &moved
}

// meter is a Meter without memory.
func (m *Model) meter() Meter {
	t := Meter{model: m, reaches: len(m.Reaches()), divides: m.parts > 1 ||
		m.Plan.ContextRanks() > 1, shares: len(m.roles.shared) > 0}
	if m.halved != nil {
		half := m.halved.meter()
		t.halved = &half
	}
	if m.drafts != nil {
		t.drafts = &draftMeter{}
		if m.drafts.first != nil {
			first, further := m.drafts.first.meter(), m.drafts.further.meter()
			t.drafts.first, t.drafts.further = &first, &further
		}
	}
	for kind, operators := range m.roles.rows {
		if len(operators) > 0 {
			t.linear = append(t.linear, linearTimes{kind: arch.Rows(kind)})
		}
	}
	return t
}

// Reaches are the model's reaches.
func (t *Meter) Reaches() []arch.Reach { return t.model.Reaches() }

// Step is the time of one step; see Stepper.
func (t *Meter) Step(loads []arch.Load) units.Picoseconds {
	if t.drafts != nil {
		return t.verify(loads)
	}
	return t.whole(loads)
}

// whole is the time of a step but for its drafts.
func (t *Meter) whole(loads []arch.Load) units.Picoseconds {
	if t.halved != nil {
		return t.divided(loads)
	}
	return t.step(loads)
}

// step is the time of a step that is divided or not, as t's model is.
func (t *Meter) step(loads []arch.Load) units.Picoseconds {
	var all sharedLoad
	var slowest units.Picoseconds
	flying := batches{n: 1}
	var pad padding
	if t.model.graphs != nil {
		pad = t.padding(loads)
	}
	for i := 0; i < len(loads); i++ {
		whole := &loads[i]
		batch := whole
		if t.divides {
			part := t.model.batch(whole)
			batch = &part
		}
		if time := t.rank(whole, batch, &pad); time > slowest {
			slowest = time
		}
		if t.shares {
			all.add(batch.Tokens(), t.model.chosenBy(batch.Tokens(), &pad), &pad)
		}
		flying.add(whole, batch, t.model.Plan.PP)
	}
	if t.shares && t.model.halves() {
		return t.halves(loads, all, slowest)
	}
	least, extra := t.around(flying)
	if t.shares {
		all.mixed = flying.chunks > 0
		extra += t.sharedTimes(all).busy
	}
	return max(least, slowest+extra)
}

// halves is the time of a step in halves, of which the slowest rank's own part and what all share are given.
func (t *Meter) halves(loads []arch.Load, all sharedLoad, slowest units.Picoseconds) units.Picoseconds {
	flying := t.flying(loads)
	least, extra := t.around(flying)
	all.mixed = flying.chunks > 0
	shared := t.sharedTimes(all)
	busy := slowest + shared.busy
	if all.mixed {
		busy = t.model.slowed(busy)
	}
	return max(least, extra+max(busy+shared.waits, shared.least))
}

// flying are the microbatches of loads that run in halves.
func (t *Meter) flying(loads []arch.Load) batches {
	flying := batches{n: 1}
	for i := range loads {
		half := t.model.batch(&loads[i])
		whole := t.model.inFlight(&loads[i], &half)
		flying.add(&loads[i], &whole, t.model.Plan.PP)
	}
	return flying
}

// rank is the time of the part of a step that is one data-parallel rank's own.
func (t *Meter) rank(whole, batch *arch.Load, pad *padding) units.Picoseconds {
	var time units.Picoseconds
	if whole.Chunks > 0 {
		time = t.chunkTime(whole, batch)
	}
	if batch.Decodes > 0 {
		attention := t.decodeTime(whole.Decodes)
		time += attention.fixed + attention.perKey[0]*units.Picoseconds(whole.DecodeKeys[0])
		for i := 1; i < t.reaches; i++ {
			time += attention.perKey[i] * units.Picoseconds(whole.DecodeKeys[i])
		}
	}
	for i := 0; i < len(t.linear); i++ {
		l := &t.linear[i]
		rows := max(l.kind.Of(batch), pad.rows[l.kind])
		if rows < int64(len(l.times)) && l.times[rows] != 0 {
			time += l.times[rows]
		} else {
			time += t.linearTime(l, rows)
		}
	}
	return time
}

// Decode writes the coefficients of a pure decode step; see Stepper.
func (t *Meter) Decode(sequences []int, d *Decode) {
	whole := t
	if t.decodesInHalves(sequences) {
		whole = t.halved
	}
	whole.decodes(sequences, d)
	if t.drafts != nil {
		t.model.drafts.decode(t.drafts, sequences, t.model.Plan.PP, d)
	}
}

// decodes is Decode for a step that is divided or not, as t's model is.
func (t *Meter) decodes(sequences []int, d *Decode) {
	if cap(d.Ranks) < len(sequences) {
		d.Ranks = make([]RankDecode, len(sequences))
	}
	d.Ranks = d.Ranks[:len(sequences)]
	var all sharedLoad
	flying := batches{n: 1}
	q := t.model.queries
	pad := t.model.padded(evenly(slices.Max(sequences), t.model.parts)*q, false)
	for i, n := range sequences {
		n *= q
		whole := arch.Load{Decodes: n, Samples: n, Queries: q}
		batch := t.model.batch(&whole)
		d.Ranks[i] = RankDecode{Fixed: t.rank(&whole, &batch, &pad)}
		if n > 0 {
			d.Ranks[i].PerKey = t.decodeTime(n).perKey
		}
		all.add(batch.Decodes, t.model.chosenBy(batch.Decodes, &pad), &pad)
		whole = t.model.inFlight(&whole, &batch)
		flying.add(&arch.Load{Decodes: n, Samples: n, Queries: q}, &whole, t.model.Plan.PP)
	}
	least, extra := t.around(flying)
	d.Fixed = extra
	if t.shares {
		shared := t.sharedTimes(all)
		d.Fixed += shared.busy + shared.waits
		least = max(least, extra+shared.least)
	}
	d.Least = least - d.Fixed
}

// add counts a rank's tokens, of which so many choose experts.
func (s *sharedLoad) add(tokens, choosing int, pad *padding) {
	rows := max(tokens, pad.graph)
	s.tokens += choosing
	s.rows += rows
	s.fullest = max(s.fullest, rows)
}

// batch is the part of a load that one rank works on at once: a context rank's share of a microbatch.
func (m *Model) batch(l *arch.Load) arch.Load {
	return contextShare(microbatch(*l, m.parts), m.Plan.ContextRanks())
}
