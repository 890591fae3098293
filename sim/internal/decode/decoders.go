package decode

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/sched"
)

// Decoders are the decoding sequences of one rank, followed as a whole. Every decode step lengthens all their
// contexts by the cadence, so that with ticks counting those steps, a sequence's known tokens follow from the
// tick alone: what happens to it happens at a tick that is known when it joins, and the sums that cost and
// memory depend on change by amounts that only such events change.
type Decoders struct {
	shape    *Shape
	tick     int64
	N        int64
	Context  int64 // sum of known tokens: the keys that the next decode step's tokens see without a limit
	blocks   cycle // pool blocks that decode steps take
	perCycle int64 // sum of blocks
	finishes calendar
	turns    []tally // of shape.turns

	// Of limited reaches: the keys that the next decode step's tokens see, the number of sequences below each
	// window, whose keys still grow, and of chunked ones the sequences by the tick at which a chunk is full.
	keys, windowed [arch.MaxReaches]int64
	chunks         [arch.MaxReaches]cycle

	verify *verifier // nil where a step gives a token
}

// Entry is a decoding sequence's place among the decoders.
type Entry struct {
	off      int64 // known tokens, less those of all ticks so far
	finish   int64 // tick
	residue  int32 // of the ticks at which it needs a block
	overruns bool  // it may take part in a step after its finish
}

// last is the last tick to which the sequence may stay.
func (e *Entry) last() int64 {
	if e.overruns {
		return e.finish + 1
	}
	return e.finish
}

// NewDecoders is a rank's decoders before any sequence joins, at tick 0.
func NewDecoders(s *Shape) Decoders {
	d := Decoders{shape: s, blocks: newCycle(s.Layout.BlockTokens), finishes: newCalendar()}
	for _, r := range s.limited {
		if r.Kind == arch.Chunk {
			d.chunks[r.index] = newCycle(r.Size)
		}
	}
	for range s.turns {
		d.turns = append(d.turns, newTally())
	}
	if s.Verify != nil {
		d.verify, d.blocks = newVerifier(s), newCycle(1)
	}
	return d
}

// Known is the number of tokens of a decoding sequence, the one that the next step computes included.
func (d *Decoders) Known(e *Entry) int {
	if d.verify != nil {
		return d.verify.knownTokens(e, d.tick)
	}
	return e.known(d.tick)
}

// Join adds a sequence of known tokens that has output tokens to go. One that has none is on no calendar. One
// that overruns may take part in one more step before it is dropped.
func (d *Decoders) Join(s sched.Seq, e *Entry, known, output int, overruns bool) {
	if d.verify != nil {
		d.joinVerified(s, e, known, output, overruns)
		return
	}
	e.start(d.tick, known, output)
	e.overruns = overruns
	e.residue = int32(d.blocks.residue(d.untilBlock(known)))
	if output > 0 {
		d.finishes.add(d.tick, e.finish, s)
	}
	d.count(e, known, 1)
}

// untilBlock is the number of ticks until a sequence of known tokens needs a block: its known−1 computed ones
// fill theirs then.
func (d *Decoders) untilBlock(known int) int {
	period := d.shape.Layout.BlockTokens
	if filled := (known - 1) % period; filled > 0 {
		return int(ticks(period - filled))
	}
	return 0
}

// Leave takes out a sequence before its finish.
func (d *Decoders) Leave(s sched.Seq, e *Entry) {
	if d.verify != nil {
		d.leaveVerified(s, e)
		return
	}
	d.finishes.remove(d.tick, e.finish, s)
	d.count(e, d.Known(e), -1)
}

// Drop takes a sequence that has all its output, and is off the calendar, out of the sums.
func (d *Decoders) Drop(e *Entry) { d.count(e, e.known(d.tick), -1) }

// count adds a sequence to the sums, or takes it out with sign −1.
func (d *Decoders) count(e *Entry, known int, sign int64) {
	d.N += sign
	d.Context += sign * int64(known)
	weight := int64(d.shape.Layout.Full)
	if !d.shape.plain {
		if d.verify != nil { // whose sequences are dropped alone
			d.dropVerified(sched.Seq(e.residue), e)
			return
		}
		weight = d.shape.blockWeight(known)
		d.countLimited(e, known, sign)
	}
	d.blocks.add(int(e.residue), sign*weight)
	d.perCycle += sign * weight
}

// countLimited is count's part for reaches that stop short of the whole context, and turns.
func (d *Decoders) countLimited(e *Entry, known int, sign int64) {
	for i := range d.shape.limited {
		r := &d.shape.limited[i]
		d.keys[r.index] += sign * int64(r.Keys(known))
		if r.Kind == arch.Chunk {
			c := &d.chunks[r.index]
			c.add(c.residue(int(ticks((r.Size-known%r.Size)%r.Size))), sign)
		}
	}
	for i, t := range d.shape.turns {
		if known >= t.context {
			continue
		}
		if t.reach != none {
			d.windowed[t.reach] += cadence * sign
		}
		if at := e.at(t.context); at <= e.last() {
			d.turns[i].add(d.tick, at, int32(sign))
		}
	}
}

// growth is by how many keys of a limited reach a decode step adds to the next one's, up to the horizon.
func (d *Decoders) growth(r *limited) int64 {
	if r.Kind == arch.Chunk {
		return Tokens(d.N, 1) - int64(r.Size)*d.chunks[r.index].due()
	}
	return d.windowed[r.index]
}

// Times are a rank's own share of the next decode step, and by how much it grows from one step to the next.
func (d *Decoders) Times(c *cost.RankDecode) (next, growth units.Picoseconds) {
	next = c.Fixed + c.PerKey[0]*units.Picoseconds(d.Context)
	growth = c.PerKey[0] * units.Picoseconds(Tokens(d.N, 1))
	if d.shape.plain {
		return next, growth
	}
	if d.verify != nil {
		return d.verify.times(d.tick, c)
	}
	for i := range d.shape.limited {
		r := &d.shape.limited[i]
		next += c.PerKey[r.index] * units.Picoseconds(d.keys[r.index])
		growth += c.PerKey[r.index] * units.Picoseconds(d.growth(r))
	}
	return next, growth
}

// Load adds the next decode step to what a step asks of the model.
func (d *Decoders) Load(l *arch.Load) {
	l.Decodes, l.Samples = int(d.N), int(d.N)
	if d.verify != nil {
		for i := range d.shape.Reaches {
			l.DecodeKeys[i] = d.verify.seen(d.tick, i) >> partBits
		}
		return
	}
	l.DecodeKeys = d.keys
	l.DecodeKeys[0] = d.Context
}

// Horizon is the number of decode steps from now on in which no sequence finishes, the last one excepted, and
// all growth is even.
func (d *Decoders) Horizon() int64 {
	at := d.finishes.next - d.tick
	if d.shape.plain {
		return at
	}
	if d.verify != nil {
		return d.horizonVerified()
	}
	for i := range d.turns {
		at = min(at, d.turns[i].next-d.tick)
	}
	for i := range d.shape.limited {
		if r := &d.shape.limited[i]; r.Kind == arch.Chunk {
			at = min(at, max(1, d.chunks[r.index].ahead()))
		}
	}
	return at
}

// Exhaustion is the number of decode steps after the planned one, up to most, whose blocks fit into free
// ones. The planned one's are taken.
func (d *Decoders) Exhaustion(free int, most int64) int64 {
	period := int64(len(d.blocks.weights))
	if d.perCycle*(most+period) <= int64(free)*period { // no residue falls due more often than that
		return most
	}
	ahead := d.blocks
	left, steps := int64(free), int64(0)
	for {
		skip := min(ahead.ahead(), most-steps)
		steps += skip
		if steps == most {
			return most
		}
		ahead.advance(skip)
		if left -= ahead.due(); left < 0 {
			return steps
		}
		ahead.advance(1)
		steps++
	}
}

// Advance moves k decode steps on, within the horizon. The blocks' cycle has been turned already, when they
// were taken.
func (d *Decoders) Advance(k int64) {
	d.Context += Tokens(d.N, k)
	d.tick += k
	if d.shape.plain {
		return
	}
	if d.verify != nil {
		d.advanceVerified(k)
		return
	}
	for i := range d.shape.limited {
		r := &d.shape.limited[i]
		d.keys[r.index] += k * d.growth(r)
		if r.Kind == arch.Chunk {
			d.chunks[r.index].advance(k)
		}
	}
	for i := range d.turns {
		if d.turns[i].next == d.tick {
			d.turn(i)
		}
	}
}

// turn takes note of the sequences that reach the context of a turn at the present tick.
func (d *Decoders) turn(i int) {
	t := d.shape.turns[i]
	n := int64(d.turns[i].take(d.tick))
	if t.reach != none {
		d.windowed[t.reach] -= cadence * n
		return
	}
	d.blocks.add(d.blocks.residue(d.untilBlock(t.context)), -n*t.blocks)
	d.perCycle -= n * t.blocks
}

// AddKeys adds to sums, by reach, the keys that the tokens of the next decode steps see, within the horizon.
func (d *Decoders) AddKeys(steps int64, sums *[arch.MaxReaches]float64) {
	k := float64(steps)
	pairs := k * (k - 1) / 2
	full := float64(k*float64(d.Context)) + float64(float64(Tokens(d.N, 1))*pairs)
	if d.shape.plain {
		sums[0] += full
		return
	}
	if d.verify != nil {
		d.verify.addKeys(d.tick, steps, sums)
		return
	}
	sums[0] += full
	for i := range d.shape.limited {
		r := &d.shape.limited[i]
		sums[r.index] += float64(k*float64(d.keys[r.index])) + float64(float64(d.growth(r))*pairs)
	}
}

// Finishing tells whether sequences have all their output now.
func (d *Decoders) Finishing() bool { return d.finishes.next == d.tick }

// TakeFinished takes those off the calendar and appends them to list; each must be dropped.
func (d *Decoders) TakeFinished(list []sched.Seq) []sched.Seq {
	return d.finishes.take(d.tick, list)
}

// DueBlocks is the number of pool blocks that the next decode step takes.
func (d *Decoders) DueBlocks() int { return int(d.blocks.due()) }

// TurnBlocks moves the block boundaries on by a step whose blocks are taken.
func (d *Decoders) TurnBlocks() { d.blocks.turn() }

// PassBlocks moves the block boundaries on by a step. It returns the blocks that it takes, and the number of
// further steps before the next that takes any.
func (d *Decoders) PassBlocks() (due int, next int64) {
	taken, idle := d.blocks.pass()
	if idle {
		next = d.blocks.seek()
	}
	return int(taken), next
}

// IdleBlocks is the number of steps before the next that takes blocks.
func (d *Decoders) IdleBlocks() int64 { return d.blocks.ahead() }

// SkipBlocks moves the block boundaries on by steps that take none.
func (d *Decoders) SkipBlocks(steps int64) { d.blocks.advance(steps) }
