package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/sim/arch"
)

// What a Meter remembers, and how it looks for it: every table is asked first, and what it does not know is
// computed by a function apart, so that the question is short enough to stand where it is asked.

// memoRows bounds the row counts whose linear time a Meter remembers: the largest token budget that engines
// use by default, and so every step but a rare giant one.
const memoRows = 16384

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
	load  sharedLoad
	times sharedTimes
}

// promptEntry is a load's only chunk, which its tokens and those before it describe in full: tables by these
// stay in the cache, unlike one of whole loads.
type promptEntry struct {
	tokens, earlier int64
	time            units.Picoseconds
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

// memoPrompts is the number of loads with one chunk whose attention is remembered, a power of two: as many as
// there are whole prompts that are shorter. Loads with several hardly ever come again.
const memoPrompts = 2048

// chunkTime is the time of what depends on a batch's chunks, and of the load that it is a part of, where
// there are any.
func (t *Meter) chunkTime(whole, batch *arch.Load) units.Picoseconds {
	if whole.Chunks == 1 && whole.Earlier == 0 && whole.ChunkTokens < len(t.first) &&
		t.first[whole.ChunkTokens] != 0 {
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
	known := &t.prompts[(uint64(tokens)^uint64(earlier)*hash.Golden>>40)%memoPrompts]
	if known.tokens != tokens || known.earlier != earlier {
		*known = promptEntry{tokens: tokens, earlier: earlier, time: t.model.chunkAttention(batch)}
	}
	return known.time
}

// memoShared is the number of loads whose shared times are remembered, a power of two.
const memoShared = 1 << 14

func (t *Meter) sharedTimes(s sharedLoad) sharedTimes {
	if s.tokens == 0 {
		return sharedTimes{}
	}
	if !t.remembers {
		return t.model.shared(s)
	}
	if t.shared == nil {
		t.shared = make([]sharedEntry, memoShared)
	}
	known := &t.shared[s.hash()%memoShared]
	if known.load != s {
		*known = sharedEntry{load: s, times: t.model.shared(s)}
	}
	return known.times
}

// hash tells all loads of one rank apart up to half a memo's tokens.
func (s *sharedLoad) hash() uint64 {
	h := uint64(s.tokens-s.fullest) * hash.Golden >> 32
	h ^= uint64(s.tokens) << 1
	if s.mixed {
		h ^= 1
	}
	return h
}
