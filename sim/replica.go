package sim

import (
	"errors"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
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
	flying  bool
	flight  flight
	pure    bool                // the flight's steps only decode
	since   units.Picoseconds   // end of the last flight
	last    units.Picoseconds   // start of the last flight's last step
	inbox   inbox               // empty unless scheduling is asynchronous
	counts  []int               // of the flight's decoding sequences, by rank
	loads   []arch.Load         // reused
	slopes  []units.Picoseconds // reused: growth by rank
	times   []units.Picoseconds // reused: first step by rank
}

func newReplica(c *Config, s *shape, t *timer, keys *keyring, j *journal) (*replica, error) {
	p := &replica{
		config: c, timer: t, account: newAccount(c, j), ranks: make([]rank, c.DP),
		counts: make([]int, c.DP), loads: make([]arch.Load, c.DP),
		slopes: make([]units.Picoseconds, c.DP), times: make([]units.Picoseconds, c.DP),
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
func (p *replica) arrive(q request, now units.Picoseconds) bool {
	r := &p.ranks[0]
	for i := range p.ranks {
		if p.ranks[i].outstanding() < r.outstanding() {
			r = &p.ranks[i]
		}
	}
	most := p.config.Limits.MaxModelLen - int(q.input)
	q.maxOutput = int32(min(int(q.maxOutput), most))
	need := r.Footprint(r.policy.Demand(int(q.input), int(q.output), int(q.maxOutput)))
	if int(q.output) > most || need > r.Blocks() {
		p.account.refused(&q, now)
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

// enqueue lets a rank's policy see a request, at once or with the plan after the next.
func (p *replica) enqueue(q request, r *rank, now units.Picoseconds) {
	// The policy did not know of a waiting request when it planned the flight. One that queues behind others changes nothing.
	unforeseen := r.queue.n == 0
	steps := int64(0)
	if p.flying {
		steps = p.flight.until(now)
	}
	if p.config.plansAhead() && (p.flying || now == p.since) {
		r.queue.pushLate(waiter{request: q, seq: nobody})
		p.inbox.push(lateRequest{at: now, rank: r.number})
		steps++ // the next step is planned already
	} else {
		r.queue.push(waiter{request: q, seq: nobody}, sched.Tail)
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
	busy, waiting := false, false
	p.pure = true
	p.collect(now)
	for i := range p.ranks {
		r := &p.ranks[i]
		r.form(now)
		p.counts[i] = r.decoding()
		chunks := len(r.plan.chunks) > 0
		busy = busy || chunks || p.counts[i] > 0
		waiting = waiting || r.outstanding() > 0
		p.pure = p.pure && !chunks
	}
	if !busy {
		if waiting {
			return errStuck
		}
		return nil
	}
	if p.since < now {
		p.hold(0, 0, p.since, now)
	}
	p.flying = true
	p.flight = flight{start: now, steps: 1}
	if !p.pure {
		for i := range p.ranks {
			p.ranks[i].load(&p.loads[i])
		}
		p.flight.first = p.timer.step(p.loads)
		return nil
	}
	p.flight.first, p.flight.growth, p.flight.steps = p.cruise()
	if p.flight.steps > 1 && p.unforeseen() {
		p.flight.steps = 1
	}
	if p.flight.steps > 1 {
		// Within one window of the time series, so that all its tokens are counted there.
		border := p.account.journal.series.Border(now)
		p.flight.steps = max(1, p.flight.within(border-now-1))
	}
	return nil
}

// cruise times a run of pure decode steps: the first one, by how much each is longer than the one before, and how many there are
// until the schedule or the formula changes.
func (p *replica) cruise() (first, growth units.Picoseconds, steps int64) {
	d := p.timer.decode(p.counts)
	steps = sched.Always
	patience := steps
	slowest := 0
	for i := range p.ranks {
		r := &p.ranks[i]
		p.times[i], p.slopes[i] = d.Ranks[i].Fixed, 0
		if p.counts[i] == 0 {
			continue
		}
		p.times[i], p.slopes[i] = r.decoders.times(&d.Ranks[i])
		patience = min(patience, int64(r.plan.patience))
		steps = min(steps, r.decoders.horizon())
		if p.times[i] > p.times[slowest] || p.times[i] == p.times[slowest] && p.slopes[i] > p.slopes[slowest] {
			slowest = i
		}
	}
	if steps = min(steps, patience); patience == 1 {
		p.account.byStep++
	}
	first, growth = p.times[slowest], p.slopes[slowest]
	if d.Least > first {
		first, growth = d.Least, 0
	}
	for i := range p.ranks {
		if r := &p.ranks[i]; steps > 1 && p.counts[i] > 0 {
			// The slowest rank, or the host, sets the pace until a rank whose steps grow faster overtakes it.
			if overtake := p.slopes[i] - growth; overtake > 0 {
				steps = min(steps, int64((first-p.times[i])/overtake)+1)
			}
			steps = min(steps, 1+r.decoders.exhaustion(r.pool.Free(), steps-1))
		}
	}
	return d.Fixed + first, growth, steps
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
	p.account.landed(&p.flight, p.ranks, p.pure)
	p.allocate(now)
	for i := range p.ranks {
		p.ranks[i].land(&p.flight, now)
	}
	p.flying = false
	p.since, p.last = now, p.flight.end(p.flight.steps-1)
}

// allocate takes the blocks of the flight's steps after the first, whose blocks are taken, and records the levels meanwhile.
func (p *replica) allocate(end units.Picoseconds) {
	held, running := 0, 0
	for i := range p.ranks {
		held += p.ranks[i].pool.Held()
		running += p.ranks[i].roster.running
	}
	p.turnBlocks(1)
	if p.flight.steps == 1 {
		p.hold(running, held, p.flight.start, end)
		return
	}
	j := p.account.journal
	var area metrics.Area
	from := p.flight.start
	for step := int64(1); step < p.flight.steps; step++ {
		taken := 0
		for i := range p.ranks {
			if r := &p.ranks[i]; p.counts[i] > 0 {
				n := r.DecodeBlocks()
				r.pool.Take(n)
				taken += n
				r.decoders.blocks.advance(1)
			}
		}
		if taken > 0 {
			at := p.flight.end(step)
			area += j.held.Add(held, from, at)
			from = at
			held += taken
		} else if skip := p.untilBlocks(p.flight.steps - step - 1); skip > 0 {
			p.turnBlocks(skip)
			step += skip
		}
	}
	area += j.held.Add(held, from, end)
	// A flight of several steps lies within one window of the series.
	j.series.Accrue(metrics.Held, area, end)
	j.series.Accrue(metrics.Running, j.running.Add(running, p.flight.start, end), end)
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

// hold records levels over time.
func (p *replica) hold(running, held int, from, to units.Picoseconds) {
	j := p.account.journal
	runningArea, heldArea := j.running.Add(running, from, to), j.held.Add(held, from, to)
	if to < j.series.Border(from) {
		j.series.Accrue(metrics.Running, runningArea, to)
		j.series.Accrue(metrics.Held, heldArea, to)
		return
	}
	j.series.Hold(metrics.Running, running, from, to)
	j.series.Hold(metrics.Held, held, from, to)
}
