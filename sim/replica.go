package sim

import (
	"errors"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/metrics"
	"github.com/roofserve/roofserve/sim/sched"
)

// replica is one copy of the served model: data-parallel ranks whose steps begin and end together.
type replica struct {
	config  *Config
	ranks   []rank
	timer   *timer
	account *account
	due     bool // to plan at this instant
	flying  bool
	flight  flight
	pure    bool              // the flight's steps only decode
	since   units.Picoseconds // end of the last flight
	last    units.Picoseconds // start of the last flight's last step
	inbox   inbox             // empty unless scheduling is asynchronous
	counts  []int             // of the flight's decoding sequences, by rank
	loads   []arch.Load       // reused
	paces   []pace            // reused: by rank
}

// pace is how long a rank's next decode step takes, and by how much each after it takes longer.
type pace struct{ next, growth units.Picoseconds }

func newReplica(c *Config, s *shape, t *timer, keys *keyring, j *journal) (*replica, error) {
	p := &replica{
		config: c, timer: t, account: newAccount(c, j), ranks: make([]rank, c.DP),
		counts: make([]int, c.DP), loads: make([]arch.Load, c.DP),
		paces: make([]pace, c.DP),
	}
	for i := range p.ranks {
		policy, err := sched.New(c.Policy, c.Limits, c.Stages)
		if err != nil {
			return nil, err
		}
		p.ranks[i] = rank{
			number: i, policy: policy, stages: c.Stages, piece: policy.Piece(), shape: s, account: p.account,
			roster: newRoster(), decoders: newDecoders(s), pool: kv.NewPool(c.Blocks), keys: keys,
		}
		if keys != nil {
			p.ranks[i].pool = kv.NewCachingPool(c.Blocks, s.layout.Full)
		}
	}
	return p, nil
}

// arrive hands a request to the rank with the fewest outstanding ones, as vLLM's data-parallel load balancer does. It reports false
// where the request is refused because it can never run.
func (p *replica) arrive(q *request, now units.Picoseconds) bool {
	r := p.idlest()
	most := p.config.Limits.MaxModelLen - int(q.input)
	q.maxOutput = int32(min(int(q.maxOutput), most))
	need := r.Footprint(r.policy.Demand(int(q.input), int(q.output), int(q.maxOutput)))
	if int(q.output) > most || need > r.Blocks() {
		p.account.refused(q, now)
		if r.keys != nil {
			r.keys.drop(q.content)
		}
		return false
	}
	p.account.queue.add(p.waiting())
	p.account.journal.arrived(now)
	p.enqueue(q, r, now)
	return true
}

// idlest is the first of the ranks with the fewest outstanding requests.
func (p *replica) idlest() *rank {
	r := &p.ranks[0]
	for i := 1; i < len(p.ranks); i++ {
		if p.ranks[i].outstanding() < r.outstanding() {
			r = &p.ranks[i]
		}
	}
	return r
}

// enqueue lets a rank's policy see a request, at once or with the plan after the next.
func (p *replica) enqueue(q *request, r *rank, now units.Picoseconds) {
	// The policy did not know of a waiting request when it planned the flight. One that queues behind others changes nothing.
	unforeseen := r.queue.n == 0
	steps := int64(0)
	if p.flying {
		steps = p.flight.until(now)
	}
	if p.config.plansAhead() && (p.flying || now == p.since) {
		r.queue.pushLate(q)
		p.inbox.push(lateRequest{at: now, rank: r.number})
		steps++ // the next step is planned already
	} else {
		r.queue.push(q, nobody, sched.Tail)
	}
	if p.flying && unforeseen {
		p.flight.steps = min(p.flight.steps, steps)
	}
}

// deliver makes the policies see the late requests that came at or before an instant.
func (p *replica) deliver(until units.Picoseconds) {
	for i := p.inbox.pop(until); i >= 0; i = p.inbox.pop(until) {
		p.ranks[i].queue.deliver()
	}
}

// collect delivers what the plan that is due may know of: what came before the last step began, or all where nothing runs and
// the engine just waits for requests.
func (p *replica) collect(now units.Picoseconds) {
	if p.inbox.empty() {
		return
	}
	p.deliver(p.last)
	for i := range p.ranks {
		if r := &p.ranks[i]; r.queue.n+r.roster.running > 0 {
			return
		}
	}
	p.deliver(now)
}

// unforeseen tells whether a late request waits for a rank whose policy knows of none.
func (p *replica) unforeseen() bool {
	for i := range p.ranks {
		if r := &p.ranks[i]; r.queue.late > 0 && r.queue.n == 0 {
			return true
		}
	}
	return false
}

// waiting is the number of requests that wait.
func (p *replica) waiting() (n int) {
	for i := range p.ranks {
		n += p.ranks[i].queue.n + p.ranks[i].queue.late
	}
	return n
}

var errStuck = errors.New("internal error: the policy runs nothing although requests wait")

// depart plans the steps that begin now, if there is anything to do.
func (p *replica) depart(now units.Picoseconds) error {
	p.collect(now)
	busy := false
	p.pure = true
	for i := range p.ranks {
		r := &p.ranks[i]
		r.form(now)
		n := r.decoding()
		p.counts[i] = n
		if len(r.plan.chunks) > 0 {
			p.pure, busy = false, true
		} else if n > 0 {
			busy = true
		}
	}
	if !busy {
		return p.rest()
	}
	if p.since < now {
		p.account.journal.hold(0, 0, p.since, now)
	}
	p.flying = true
	p.flight.start = now
	if p.pure {
		p.cruise()
		return nil
	}
	for i := range p.ranks {
		p.ranks[i].load(&p.loads[i])
	}
	p.flight.first, p.flight.growth, p.flight.steps = p.timer.step(p.loads), 0, 1
	return nil
}

// rest makes sure that nothing waits where nothing runs.
func (p *replica) rest() error {
	for i := range p.ranks {
		if p.ranks[i].outstanding() > 0 {
			return errStuck
		}
	}
	return nil
}

// cruise plans a flight of pure decode steps, as many as there are until the schedule or the formula of their times changes.
func (p *replica) cruise() {
	d := p.timer.decode(p.counts)
	steps, slowest := p.measure(d)
	top := p.paces[slowest]
	if d.Least > top.next {
		top = pace{next: d.Least}
	}
	for i := range p.ranks {
		if steps == 1 {
			break
		}
		if r := &p.ranks[i]; p.counts[i] > 0 {
			// The slowest rank, or the host, sets the pace until a rank whose steps grow faster overtakes it.
			if overtake := p.paces[i].growth - top.growth; overtake > 0 {
				steps = min(steps, int64((top.next-p.paces[i].next)/overtake)+1)
			}
			steps = min(steps, 1+r.decoders.exhaustion(r.pool.Free(), steps-1))
		}
	}
	f := &p.flight
	f.first, f.growth, f.steps = d.Fixed+top.next, top.growth, steps
	if steps > 1 && p.unforeseen() {
		f.steps = 1
	}
	if f.steps > 1 {
		// Within one window of the time series, so that all its tokens are counted there.
		border := p.account.journal.series.Border(f.start)
		f.steps = max(1, f.within(border-f.start-1))
	}
}

// measure finds every rank's pace and the slowest rank, and for how many steps neither policies nor growths change.
func (p *replica) measure(d *cost.Decode) (steps int64, slowest int) {
	steps = sched.Always
	patience := sched.Always
	for i := range p.ranks {
		own := &p.paces[i]
		*own = pace{next: d.Ranks[i].Fixed}
		if p.counts[i] > 0 {
			r := &p.ranks[i]
			own.next, own.growth = r.decoders.times(&d.Ranks[i])
			steps = min(steps, r.decoders.horizon())
			patience = min(patience, r.plan.patience)
		}
		if top := &p.paces[slowest]; own.next > top.next || own.next == top.next && own.growth > top.growth {
			slowest = i
		}
	}
	if patience == 1 {
		p.account.byStep++
	}
	return min(steps, int64(patience)), slowest
}

// end is the instant at which the replica's flight lands.
func (p *replica) end() units.Picoseconds {
	if !p.flying {
		return units.Forever
	}
	return p.flight.end(p.flight.steps)
}

// land carries out the flight, which is over now.
func (p *replica) land(now units.Picoseconds) {
	f, a := &p.flight, p.account
	a.steps += f.steps
	if p.pure {
		a.decodeSteps += f.steps
		for i := range p.ranks {
			if p.counts[i] > 0 {
				a.cruised(f, &p.ranks[i].decoders)
			}
		}
	}
	p.allocate(now)
	a.begin(now)
	for i := range p.ranks {
		p.ranks[i].land(f, now)
	}
	p.flying = false
	p.since, p.last = now, f.end(f.steps-1)
}

// allocate takes the blocks of the flight's steps after the first, whose blocks are taken, and records the levels meanwhile.
func (p *replica) allocate(end units.Picoseconds) {
	held, running := 0, 0
	for i := range p.ranks {
		r := &p.ranks[i]
		held += r.pool.Held()
		running += r.roster.running
		if p.counts[i] > 0 {
			r.decoders.blocks.advance(1)
		}
	}
	f, j := &p.flight, p.account.journal
	if f.steps == 1 {
		j.hold(running, held, f.start, end)
		return
	}
	var area metrics.Area
	from := f.start
	for step := int64(1); step < f.steps; step++ {
		if taken := p.takeBlocks(); taken > 0 {
			at := f.end(step)
			area += j.held.Add(held, metrics.Between(from, at))
			from = at
			held += taken
		} else if skip := p.untilBlocks(f.steps - step - 1); skip > 0 {
			p.turnBlocks(skip)
			step += skip
		}
	}
	area += j.held.Add(held, metrics.Between(from, end))
	// A flight of several steps lies within one window of the series.
	j.series.Accrue(metrics.Held, area, end)
	j.series.Accrue(metrics.Running, j.running.Add(running, metrics.Between(f.start, end)), end)
}

// takeBlocks takes what the next decode step needs, and moves the block boundaries on by it.
func (p *replica) takeBlocks() (taken int) {
	for i := range p.ranks {
		if p.counts[i] > 0 {
			r := &p.ranks[i]
			if n := r.DecodeBlocks(); n > 0 {
				r.pool.Take(n)
				taken += n
			}
			r.decoders.blocks.advance(1)
		}
	}
	return taken
}

// untilBlocks is the number of steps, up to most, until one that takes blocks.
func (p *replica) untilBlocks(most int64) int64 {
	for i := range p.ranks {
		if p.counts[i] > 0 {
			most = min(most, p.ranks[i].decoders.blocks.ahead())
		}
	}
	return most
}

// turnBlocks moves the block boundaries of the ranks that decode some steps on.
func (p *replica) turnBlocks(steps int64) {
	for i := range p.ranks {
		if p.counts[i] > 0 {
			p.ranks[i].decoders.blocks.advance(steps)
		}
	}
}
