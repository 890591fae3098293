package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/metrics"
	"github.com/roofserve/roofserve/sim/sched"
)

// A flight of pure decode steps is planned and carried out as a whole, in time that grows with the blocks
// that it takes.

// pace is how long a rank's next decode step takes, and by how much each after it takes longer.
type pace struct{ next, growth units.Picoseconds }

// cruise plans a flight of pure decode steps, as many as there are until the schedule or the formula of their
// times changes.
func (p *Replica) cruise(now units.Picoseconds) {
	p.counts[0] = int(p.lead.plan.decoding)
	for i := 0; i < len(p.peers); i++ {
		p.counts[1+i] = int(p.peers[i].plan.decoding)
	}
	d := p.timer.of(p.lead.plain).decode(p.counts)
	c := course{steps: sched.Always, top: pace{next: d.Least}}
	c.include(&p.lead, &d.Ranks[0])
	for i := 0; i < len(p.peers); i++ {
		c.include(p.peers[i], &d.Ranks[1+i])
	}
	if c.impatient {
		p.Account.ByStep++
	}
	if c.steps > 1 && (len(p.peers) > 0 || c.top != p.lead.pace) {
		c.steps = p.overtaken(c.steps, c.top)
	}
	if c.steps > 1 && p.unforeseen() {
		c.steps = 1
	}
	swaps := p.swapTime()
	if swaps > 0 {
		c.steps = 1
	}
	f := &p.flight
	f.Cruise(now, d.Fixed+c.top.next+swaps, c.top.growth, c.steps)
	if c.steps > 1 {
		// Within one window of the time series, so that all its tokens are counted there.
		if border := p.Account.Journal.Series.Border(now); f.Over >= border {
			f.Cut(max(1, f.Within(border-now-1)))
		}
	}
}

// course is the pace that all ranks keep, which the slowest rank or the host sets, and for how many steps
// neither policies nor growths change and the blocks suffice.
type course struct {
	steps     int64
	top       pace
	impatient bool // a policy wants to be asked again after one step
}

// include finds a rank's pace and makes the course one that it can keep, too.
func (c *course) include(r *rank, times *cost.RankDecode) {
	r.pace = pace{next: times.Fixed}
	if r.plan.decoding > 0 {
		r.pace.next, r.pace.growth = r.decoders.Times(times)
		c.steps = min(c.steps, int64(r.plan.patience), r.decoders.Horizon())
		c.steps = 1 + r.decoders.Exhaustion(r.pool.Free(), c.steps-1)
		c.impatient = c.impatient || r.plan.patience == 1
	}
	if r.changes() {
		c.steps = 1
	}
	if r.pace.next > c.top.next || r.pace.next == c.top.next && r.pace.growth > c.top.growth {
		c.top = r.pace
	}
}

// changes tells that a rank's next plan will differ from the present one, whatever happens: who has ended is
// gone from it, or a policy that has driven out all that ran admits again.
func (r *rank) changes() bool {
	return len(r.ghosts) > 0 || r.queue.n > 0 && (r.plan.seen || r.plan.decoding == 0) ||
		len(r.swapped) > 0 && r.plan.decoding == 0 || r.lot != nil && r.restless()
}

// overtaken is for how many of some steps no rank's become slower than those of the slowest now.
func (p *Replica) overtaken(steps int64, top pace) int64 {
	for _, r := range p.ranks {
		if overtake := r.pace.growth - top.growth; overtake > 0 {
			steps = min(steps, int64((top.next-r.pace.next)/overtake)+1)
		}
	}
	return steps
}

// allocate takes the blocks of the flight's steps after the first, whose blocks are taken, and records how
// many were held until the last of them were taken. It returns when that was.
//
//go:noinline // so that what it calls is
func (p *Replica) allocate() metrics.Nanoseconds {
	f, j := &p.flight, p.Account.Journal
	if p.watched != nil {
		p.Settle(f.Over)
		return p.watched.rest()
	}
	w := j.Series.At(f.Start) // and to the end, as a flight of several steps lies within one window
	from := p.clock
	step, next := int64(1), p.nextBlocks()
	for step+next < f.Steps {
		if next > 0 {
			p.turnBlocks(next)
			step += next
		}
		at := metrics.At(f.End(step))
		j.Held.Add(p.step.held, at-from)
		w.Accrue(metrics.Held, metrics.AreaOf(p.step.held, at-from))
		if j.System != nil {
			j.System.Hold(metrics.Held, p.step.held, from, at)
		}
		from = at
		next = p.takeBlocks()
		step++
	}
	if step < f.Steps {
		p.turnBlocks(f.Steps - step)
	}
	return from
}

// takeBlocks takes what the next decode step needs and moves the block boundaries on by it. It returns the
// number of steps from there until the next one that takes blocks.
func (p *Replica) takeBlocks() int64 {
	taken, next := p.lead.takeBlocks()
	for i := 0; i < len(p.peers); i++ {
		n, after := p.peers[i].takeBlocks()
		taken, next = taken+n, min(next, after)
	}
	p.step.held += taken
	return next
}

// nextBlocks is the number of steps until one that takes blocks.
func (p *Replica) nextBlocks() int64 {
	next := p.lead.nextBlocks()
	for i := 0; i < len(p.peers); i++ {
		next = min(next, p.peers[i].nextBlocks())
	}
	return next
}

// turnBlocks moves the block boundaries some steps on.
func (p *Replica) turnBlocks(steps int64) {
	p.lead.turnBlocks(steps)
	for i := 0; i < len(p.peers); i++ {
		p.peers[i].turnBlocks(steps)
	}
}

// takeBlocks takes what the next of a flight's decode steps needs, moves the block boundaries on by it, and
// tells when blocks are taken next.
func (r *rank) takeBlocks() (taken int, next int64) {
	if r.plan.decoding == 0 {
		return 0, decode.Never
	}
	taken, next = r.decoders.PassBlocks()
	r.pool.Take(taken)
	return taken, next
}

// nextBlocks is the number of a flight's further steps before the first that takes blocks.
func (r *rank) nextBlocks() int64 {
	if r.plan.decoding == 0 {
		return decode.Never
	}
	return r.decoders.IdleBlocks()
}

// turnBlocks moves the block boundaries on by steps of a flight that take none.
func (r *rank) turnBlocks(steps int64) {
	if r.plan.decoding > 0 {
		r.decoders.SkipBlocks(steps)
	}
}
