package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// memoRows bounds the row counts whose linear time a Meter remembers: the largest token budget that engines use by
// default, and so every step but a rare giant one.
const memoRows = 16384

// Meter is a Stepper that remembers the times that a Model computed. It gives exactly the Model's times; it is not safe
// for concurrent use, so each simulation has its own.
type Meter struct {
	model   *Model
	reaches int
	divides bool // ranks work on a part of their load at a time
	shares  bool // some operators are all ranks' together
	linear  []linearTimes

	remembers bool
	overheads [2][]overheadTimes  // without chunks and with them, by sequences; of rounds of one microbatch
	decode    []decodeTimes       // by sequences; fixed 0: not yet known
	shared    []sharedEntry       // by a hash of the load; a newer entry takes an older one's place
	first     []units.Picoseconds // of loads with one chunk, which begins a prompt, by its tokens; 0: not yet known
	prompts   []promptEntry       // by a hash of the load, of other loads with one chunk
}

// linearTimes are those of the linear layers that compute rows of a kind.
type linearTimes struct {
	kind  arch.Rows
	times []units.Picoseconds // by rows; 0: not yet known; empty without memory
}

type decodeTimes struct {
	fixed  units.Picoseconds
	perKey [arch.MaxReaches]units.Picoseconds
}

type overheadTimes struct {
	least, extra units.Picoseconds
	known        bool
}

type sharedEntry struct {
	load sharedLoad
	time units.Picoseconds
}

// promptEntry is a load's only chunk, which its tokens and those before it describe in full: tables by these stay in the
// cache, unlike one of whole loads.
type promptEntry struct {
	tokens, earlier int64
	time            units.Picoseconds
}

// NewMeter gives a simulation its own memory of m's times.
func NewMeter(m *Model) *Meter {
	t := m.meter()
	t.remembers = true
	for i := range t.linear {
		t.linear[i].times = make([]units.Picoseconds, memoRows)
	}
	return &t
}

// With is a Meter of the same kernels, model and plan under another overhead, with all that t remembers; t must not be used any more.
func (t *Meter) With(o Overhead) *Meter {
	m := *t.model
	m.Overhead = o
	moved := *t
	moved.model, moved.overheads = &m, [2][]overheadTimes{}
	return &moved
}

// meter is a Meter without memory.
func (m *Model) meter() Meter {
	t := Meter{model: m, reaches: len(m.Reaches()), divides: m.Plan.PP > 1 || m.Plan.contextRanks() > 1, shares: len(m.roles.shared) > 0}
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
	var all sharedLoad
	var slowest units.Picoseconds
	flying := batches{n: 1}
	for i := 0; i < len(loads); i++ {
		whole := &loads[i]
		batch := whole
		if t.divides {
			part := t.model.batch(whole)
			batch = &part
		}
		if time := t.rank(whole, batch); time > slowest {
			slowest = time
		}
		if t.shares {
			all.add(batch.Tokens())
		}
		flying.add(whole, batch, t.model.Plan.PP)
	}
	least, extra := t.around(flying)
	if t.shares {
		all.mixed = flying.chunks > 0
		extra += t.sharedTime(all)
	}
	return max(least, slowest+extra)
}

// rank is the time of the part of a step that is one data-parallel rank's own.
func (t *Meter) rank(whole, batch *arch.Load) units.Picoseconds {
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
		rows := l.kind.Of(batch)
		if rows < int64(len(l.times)) && l.times[rows] != 0 {
			time += l.times[rows]
		} else {
			time += t.linearTime(l, rows)
		}
	}
	return time
}

// around is Model.around, remembered where one microbatch is in flight.
func (t *Meter) around(b batches) (least, extra units.Picoseconds) {
	if !t.remembers || b.n > 1 || b.sequences >= memoRows {
		return t.model.around(b)
	}
	known := &t.overheads[0]
	if b.chunks > 0 {
		known = &t.overheads[1]
	}
	if b.sequences >= len(*known) || !(*known)[b.sequences].known {
		t.learnAround(b, known)
	}
	o := &(*known)[b.sequences]
	return o.least, o.extra
}

// learnAround remembers an answer of Model.around.
func (t *Meter) learnAround(b batches, known *[]overheadTimes) {
	for b.sequences >= len(*known) {
		*known = append(*known, overheadTimes{})
	}
	o := &(*known)[b.sequences]
	o.least, o.extra = t.model.around(b)
	o.known = true
}

// Decode writes the coefficients of a pure decode step; see Stepper.
func (t *Meter) Decode(sequences []int, d *Decode) {
	if cap(d.Ranks) < len(sequences) {
		d.Ranks = make([]RankDecode, len(sequences))
	}
	d.Ranks = d.Ranks[:len(sequences)]
	var all sharedLoad
	flying := batches{n: 1}
	for i, n := range sequences {
		whole := arch.Load{Decodes: n, Samples: n}
		batch := t.model.batch(&whole)
		d.Ranks[i] = RankDecode{Fixed: t.rank(&whole, &batch)}
		if n > 0 {
			d.Ranks[i].PerKey = t.decodeTime(n).perKey
		}
		all.add(batch.Decodes)
		flying.add(&whole, &batch, t.model.Plan.PP)
	}
	least, extra := t.around(flying)
	d.Fixed = extra
	if t.shares {
		d.Fixed += t.sharedTime(all)
	}
	d.Least = least - d.Fixed
}

func (s *sharedLoad) add(tokens int) {
	s.tokens += tokens
	s.fullest = max(s.fullest, tokens)
}

// batch is the part of a load that one rank works on at once: a context rank's share of a microbatch.
func (m *Model) batch(l *arch.Load) arch.Load {
	return contextShare(microbatch(*l, m.Plan.PP), m.Plan.contextRanks())
}

// linearTime is Model.linear, remembered from now on.
func (t *Meter) linearTime(l *linearTimes, rows int64) units.Picoseconds {
	time := t.model.linear(l.kind, rows)
	if rows < int64(len(l.times)) {
		l.times[rows] = time
	}
	return time
}

// decodeTime is for at least one sequence of a rank, in all microbatches together.
func (t *Meter) decodeTime(n int) *decodeTimes {
	if n < len(t.decode) && t.decode[n].fixed != 0 {
		return &t.decode[n]
	}
	return t.learnDecode(n)
}

// learnDecode computes what decodeTime then remembers.
func (t *Meter) learnDecode(n int) *decodeTimes {
	d := decodeTimes{}
	d.fixed, d.perKey = t.model.decodeAttention(n)
	if !t.remembers || n >= memoRows {
		return &d
	}
	if n >= len(t.decode) {
		t.decode = append(t.decode, make([]decodeTimes, n+1-len(t.decode))...)
	}
	t.decode[n] = d
	return &t.decode[n]
}

// memoPrompts is the number of loads with one chunk whose attention is remembered, a power of two: as many as there are
// whole prompts that are shorter. Loads with several hardly ever come again.
const memoPrompts = 2048

// chunkTime is the time of what depends on a batch's chunks, and of the load that it is a part of, where there are any.
func (t *Meter) chunkTime(whole, batch *arch.Load) units.Picoseconds {
	if whole.Chunks == 1 && whole.Earlier == 0 && whole.ChunkTokens < len(t.first) && t.first[whole.ChunkTokens] != 0 {
		return t.first[whole.ChunkTokens]
	}
	return t.learnChunk(whole, batch)
}

// learnChunk is chunkTime for all but short prompts that are known.
func (t *Meter) learnChunk(whole, batch *arch.Load) units.Picoseconds {
	if !t.remembers || whole.Chunks > 1 {
		return t.model.chunkAttention(batch)
	}
	tokens, earlier := int64(whole.ChunkTokens), whole.Earlier
	if earlier == 0 && tokens < memoPrompts {
		if t.first == nil {
			t.first = make([]units.Picoseconds, memoPrompts)
		}
		t.first[tokens] = t.model.chunkAttention(batch)
		return t.first[tokens]
	}
	if t.prompts == nil {
		t.prompts = make([]promptEntry, memoPrompts)
	}
	known := &t.prompts[(uint64(tokens)^uint64(earlier)*golden>>40)%memoPrompts]
	if known.tokens != tokens || known.earlier != earlier {
		*known = promptEntry{tokens: tokens, earlier: earlier, time: t.model.chunkAttention(batch)}
	}
	return known.time
}

// golden is 2^64 over the golden ratio, for Fibonacci hashing.
const golden = 0x9e3779b97f4a7c15

// memoShared is the number of loads whose shared times are remembered, a power of two.
const memoShared = 1 << 14

func (t *Meter) sharedTime(s sharedLoad) units.Picoseconds {
	if s.tokens == 0 {
		return 0
	}
	if !t.remembers {
		return t.model.shared(s)
	}
	if t.shared == nil {
		t.shared = make([]sharedEntry, memoShared)
	}
	known := &t.shared[s.hash()%memoShared]
	if known.load != s {
		*known = sharedEntry{load: s, time: t.model.shared(s)}
	}
	return known.time
}

// hash tells all loads of one rank apart up to half a memo's tokens.
func (s *sharedLoad) hash() uint64 {
	h := uint64(s.tokens-s.fullest) * golden >> 32
	h ^= uint64(s.tokens) << 1
	if s.mixed {
		h ^= 1
	}
	return h
}
