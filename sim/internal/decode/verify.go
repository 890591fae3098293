package decode

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/sched"
)

// Where steps verify drafts, a step gives a sequence more tokens than one, and some more than others. Two
// ways follow from the same draws. Step by step, each sequence gets what its draws say. Evenly, as many steps
// as its draws say until it has its output, it gets in each the same share of it: its context then grows by a
// slope that is known when it joins, all contexts together by a sum of slopes, and a run of steps is an
// arithmetic progression as it is where every step gives one token.

// Slopes are counted in parts of a token.
const (
	partBits = 20
	part     = int64(1) << partBits
)

// verified is a sequence whose drafts are verified.
type verified struct {
	request uint64
	law     *drafts.Acceptance
	done    int   // steps since its request came, before it joined
	joined  int64 // tick
	known   int   // when it joined; of one that is drawn, now
	left    int   // output to go when it joined; of one that is drawn, now
	steps   int   // until it has that
	slope   int64 // parts of a token that a step gives it
	held    int   // blocks before the first step; of one that is drawn, before the next
	gained  int   // of one that is drawn, by the last step
	place   int   // of one that is drawn, among the members
	late    bool  // it may take part in a step after its last
	over    bool  // it has its output
	decodes bool  // or did, until it had that
	kept    int   // blocks that it held when it left
	keeps   bool  // and holds when it joins again
	bare    bool  // nothing is drafted for its next step, which gives a token
}

// tokens is what some steps since it joined have given a sequence that is not drawn.
func (v *verified) tokens(steps int64) int { return int(steps * v.slope >> partBits) }

// after is the number of steps after which it has been given so many tokens.
func (v *verified) after(tokens int) int64 { return units.CeilDiv(int64(tokens)<<partBits, v.slope) }

// verifier follows the decoding sequences of a rank whose steps verify drafts.
type verifier struct {
	*drafts.Verification
	shape   *Shape
	entries []verified  // by sequence
	members []sched.Seq // of those that are drawn
	// Of each reach, the parts of keys that the next step saw when the sums last changed, the parts by which a
	// step adds to them, and when that was.
	base, slopes [arch.MaxReaches]int64
	since        int64
	windows      [arch.MaxReaches]calendar // sequences whose window fills, by the tick
	// parts of tokens given to sequences that go on, by how many a step adds, and tokens that others were given
	flowing, flow, given int64
	told                 int64          // of all those, what Given has told
	tally                *drafts.Counts // of all steps, by how many drafts they accept
	disabled             bool           // the next step drafts nothing
}

func newVerifier(s *Shape) *verifier {
	v := &verifier{Verification: s.Verify, shape: s, tally: new(drafts.Counts)}
	for i := range v.windows {
		v.windows[i] = newCalendar()
	}
	return v
}

// need is the blocks that a sequence of known tokens holds in a step.
func (v *verifier) need(known int) int { return v.shape.Layout.Blocks(known - 1 + v.Ahead()) }

// Introduce tells of the request of a sequence that has its prompt, and may be about to join. One that comes
// back after a preemption goes on with its draws.
func (d *Decoders) Introduce(s sched.Seq, at *Entry, request uint32, fresh bool) {
	at.residue = int32(s)
	v := d.verify
	for int(s) >= len(v.entries) {
		v.entries = append(v.entries, verified{})
	}
	e := &v.entries[s]
	done := e.done
	if fresh {
		done = 0
	}
	*e = verified{request: uint64(request), law: v.LawOf(uint64(request)), done: done}
}

// Undrafted tells of a sequence that is about to join that there are no drafts for its first step, which
// therefore gives one token and draws nothing. Its rows are computed all the same.
func (d *Decoders) Undrafted(s sched.Seq) { d.verify.entries[s].bare = true }

// drawnSteps is how many of a sequence's steps draw, of those that it has done since it joined.
func (x *verified) drawnSteps(done int) int {
	if x.bare {
		return max(0, done-1)
	}
	return done
}

// countSteps is how many steps a sequence needs for the output that it has to go when it joins. It adds their
// draws to counts.
func (v *verifier) countSteps(x *verified, t *drafts.Counts) int {
	if x.bare && x.left > 0 {
		return 1 + x.law.Steps(x.request, x.done, x.left-1, t)
	}
	return x.law.Steps(x.request, x.done, x.left, t)
}

// joinVerified is Join where steps verify drafts.
func (d *Decoders) joinVerified(s sched.Seq, e *Entry, known, output int, overruns bool) {
	v := d.verify
	x := &v.entries[s]
	e.overruns = overruns
	x.joined, x.known, x.left, x.late, x.over = d.tick, known, output, overruns, output == 0
	if x.held = v.shape.Layout.Blocks(known - 1); x.keeps {
		x.held = x.kept
	}
	x.decodes, x.keeps = true, false
	d.N++
	if v.Drawn {
		v.enter(d, s, x)
		return
	}
	x.steps, x.slope = v.countSteps(x, v.tally), 0
	if output > 0 {
		x.slope = units.CeilDiv(int64(output)<<partBits, int64(x.steps))
		e.finish = d.tick + int64(x.steps)
		d.finishes.add(d.tick, e.finish, s)
	} else {
		e.finish = d.tick
	}
	v.settle(d.tick)
	v.flow += x.slope
	for i, r := range v.shape.Reaches {
		v.base[i] += int64(r.Keys(known)) << partBits
		if r.Kind != arch.Full && known >= r.Size {
			continue
		}
		v.slopes[i] += x.slope
		if r.Kind == arch.Full || x.slope == 0 {
			continue
		}
		if at := x.joined + x.after(r.Size-known); at <= e.last() {
			v.windows[i].add(d.tick, at, s)
		}
	}
	d.widen(int64(x.steps) + 2)
	d.schedule(x, 1)
}

// settle makes the present tick the one that sums are counted from.
func (v *verifier) settle(tick int64) {
	for i := range v.shape.Reaches {
		v.base[i] += (tick - v.since) * v.slopes[i]
	}
	v.since = tick
}

// seen is the parts of keys that the next step sees.
func (v *verifier) seen(tick int64, reach int) int64 {
	return v.base[reach] + (tick-v.since)*v.slopes[reach]
}

// keys is the parts of keys of a reach that a sequence's next token sees.
func (v *verifier) keys(x *verified, tick int64, r *arch.Reach) (parts int64, grows bool) {
	parts = int64(x.known)<<partBits + (tick-x.joined)*x.slope
	if r.Kind == arch.Full || parts < int64(r.Size)<<partBits {
		return parts, true
	}
	return int64(r.Size) << partBits, false
}

// leaveVerified is Leave where steps verify drafts.
func (d *Decoders) leaveVerified(s sched.Seq, e *Entry) {
	x := &d.verify.entries[s]
	x.kept = d.HeldBlocks(e, false)
	d.N--
	d.takeOut(s, e)
}

// dropVerified is Drop where steps verify drafts.
func (d *Decoders) dropVerified(s sched.Seq, e *Entry) {
	d.verify.end(s)
	d.takeOut(s, e)
}

// takeOut takes a sequence out of the sums but for their number.
func (d *Decoders) takeOut(s sched.Seq, e *Entry) {
	v := d.verify
	x := &v.entries[s]
	if v.Drawn {
		v.exit(d, s, x)
		return
	}
	v.settle(d.tick)
	for i := range v.shape.Reaches {
		r := &v.shape.Reaches[i]
		parts, grows := v.keys(x, d.tick, r)
		v.base[i] -= parts
		if !grows {
			continue
		}
		v.slopes[i] -= x.slope
		if r.Kind == arch.Full || x.slope == 0 {
			continue
		}
		if at := x.joined + x.after(r.Size-x.known); at <= e.last() {
			v.windows[i].remove(d.tick, at, s)
		}
	}
	d.schedule(x, -1)
	if !x.over {
		done := d.tick - x.joined
		d.finishes.remove(d.tick, e.finish, s)
		v.flowing -= done * x.slope
		v.flow -= x.slope
		v.given += int64(x.tokens(done))
		var all, kept drafts.Counts
		v.countSteps(x, &all)
		drawn := x.drawnSteps(int(done))
		x.law.Some(x.request, x.done, drawn, &kept)
		for i := range all {
			v.tally[i] += kept[i] - all[i]
		}
		x.done += drawn
		x.bare = x.bare && done == 0
	}
}

// end takes note that a sequence has its output.
func (v *verifier) end(s sched.Seq) {
	x := &v.entries[s]
	if x.over {
		return
	}
	if x.over = true; !v.Drawn {
		v.flowing -= int64(x.steps) * x.slope
		v.flow -= x.slope
		v.given += int64(x.left)
	}
}

// advanceVerified is Advance where steps verify drafts, once the tick has moved on.
func (d *Decoders) advanceVerified(k int64) {
	v := d.verify
	if v.Drawn {
		v.draw(d)
		return
	}
	d.perCycle -= d.blocks.clear(int(k))
	v.flowing += k * v.flow
	for i := range v.shape.Reaches {
		w := &v.windows[i]
		if w.next != d.tick {
			continue
		}
		v.settle(d.tick)
		r := &v.shape.Reaches[i]
		for _, s := range w.take(d.tick, nil) {
			x := &v.entries[s]
			v.base[i] += int64(r.Size)<<partBits - (int64(x.known)<<partBits + (d.tick-x.joined)*x.slope)
			v.slopes[i] -= x.slope
		}
	}
}

// horizonVerified is Horizon where steps verify drafts.
func (d *Decoders) horizonVerified() int64 {
	v := d.verify
	if v.Drawn {
		return 1
	}
	at := d.finishes.next - d.tick
	for i := range v.shape.Reaches {
		at = min(at, v.windows[i].next-d.tick)
	}
	return at
}

// times is Times where steps verify drafts. A step's growth is counted in whole picoseconds from the
// tick on at which the sums last changed, wherever a run of steps begins.
func (v *verifier) times(tick int64, c *cost.RankDecode) (next, growth units.Picoseconds) {
	next = c.Fixed
	for i := range v.shape.Reaches {
		more := c.PerKey[i] * units.Picoseconds(v.slopes[i]) >> partBits
		next += c.PerKey[i]*units.Picoseconds(v.base[i]>>partBits) + units.Picoseconds(tick-v.since)*more
		growth += more
	}
	return next, growth
}

// addKeys is AddKeys where steps verify drafts.
func (v *verifier) addKeys(tick, steps int64, sums *[arch.MaxReaches]float64) {
	k := float64(steps)
	pairs := k * (k - 1) / 2
	for i := range v.shape.Reaches {
		keys := float64(k*float64(v.seen(tick, i))) + float64(pairs*float64(v.slopes[i]))
		sums[i] += float64(keys / float64(part))
	}
}

// Given is how many tokens steps have given since it was asked last; finished sequences have their output
// now. Tokens of which sequences have been given parts count when these make whole ones together.
func (d *Decoders) Given(finished []sched.Seq) int64 {
	v := d.verify
	for _, s := range finished {
		v.end(s)
	}
	all := v.given + v.flowing>>partBits
	given := all - v.told
	v.told = all
	return given
}
