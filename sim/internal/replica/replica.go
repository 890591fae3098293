package replica

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/metrics"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// Replica is one copy of the served model: data-parallel ranks whose steps begin and end together. Most
// replicas have only one, so that the hot loop takes the first by itself.
type Replica struct {
	config   *contract.Config
	async    bool    // steps are planned ahead
	overseen bool    // plans are checked
	ranks    []*rank // lead and peers
	lead     rank
	// loops over them count up to their number, which takes less than a range where there are none
	peers []*rank
	// of the ranks' requests; nil where each goes to the rank with the fewest
	balancer router.Router
	timer    *Timer
	Account  Account
	Due      bool // to plan at this instant
	Flying   bool
	flight   decode.Flight
	step     stepSum
	Since    units.Picoseconds   // end of the last flight
	clock    metrics.Nanoseconds // beginning of the flight; between flights, end of the last one
	inbox    inbox               // empty unless scheduling is asynchronous
	roomy    int                 // a request of so many tokens, as declared, is never refused or cut
	counts   []int               // reused: of a cruise's decoding sequences, by rank
	loads    []arch.Load         // reused
	watched  *watched            // nil where nobody looks at it within a flight
	auditor  *auditor            // nil until a step is checked
	port     *port               // nil unless it computes prompts for others, or others for it
	rests    bool                // its last plan found nothing to run
	told     int64               // preemptions that Tell has told of
}

// stepSum is the step that the ranks plan together, and has what they bring to it.
type stepSum struct {
	decodes, prompts int
	running, held    int // sequences and blocks
}

// part is what a rank brings to the step that it has planned.
func (r *rank) part() stepSum {
	return stepSum{decodes: int(r.plan.decoding), prompts: len(r.plan.chunks), running: r.roster.running,
		held: r.pool.Held()}
}

func (a *stepSum) add(b stepSum) {
	a.decodes += b.decodes
	a.prompts += b.prompts
	a.running += b.running
	a.held += b.held
}

// newReplica is a replica at time 0, which shares the shape, the timer, the keyring and the journal with the
// others of its pool.
func newReplica(c *contract.Config, s *decode.Shape, t *Timer, keys *Keyring, j *Journal) (*Replica, error) {
	p := &Replica{
		config: c, async: c.PlansAhead(), timer: t, Account: NewAccount(c, j),
		counts: make([]int, c.DP), loads: make([]arch.Load, c.DP),
	}
	key, err := order.New(c.Order)
	if err != nil {
		return nil, err
	}
	for i := range c.DP {
		policy, err := sched.New(c.Policy, c.Limits, c.Stages)
		if err != nil {
			return nil, err
		}
		r := &p.lead
		if i > 0 {
			r = &rank{}
		}
		*r = rank{
			number: i, queue: queue{order: key, basis: &c.Basis}, roster: newRoster(), policy: policy, late: p.async,
			stages: c.Stages, piece: policy.Piece(), reserves: policy.Reserves(), shape: s, account: &p.Account,
			caching: policy.Caching(), whole: policy.Whole(),
			decoders: decode.NewDecoders(s), pool: kv.NewBlockPool(c.Blocks), keys: keys,
		}
		r.sliding = policy.Chunk() > 0 && s.Layout.Windows != nil
		r.snapshots = keys != nil && policy.Chunk() > 0 && s.Layout.Snapshot > 0
		r.sided = r.sliding || r.snapshots
		r.counter, _ = policy.(sched.Counter)
		r.watcher, _ = policy.(sched.Watcher)
		_, r.clips = policy.(sched.Clipper)
		if c.Check || sched.IsRegistered(c.Policy) {
			r.overseer, p.overseen = &overseer{rank: r, name: c.Policy}, true
		}
		if keys != nil {
			r.pool = kv.NewCachingBlockPool(c.Blocks, keys.strands, append(weights(&s.Layout), s.Layout.Full)...)
		}
		if c.LongGaps {
			r.tails = &tails{}
		}
		p.connect(r, c)
		if r.verifies = s.Verify != nil; r.verifies {
			r.decoders.Count(&p.Account.Drafts)
			r.room = math.MaxInt
			if crowded, ok := policy.(sched.Crowded); ok {
				r.room = crowded.Room()
			}
		}
		p.ranks = append(p.ranks, r)
	}
	p.peers = p.ranks[1:]
	if c.DP > 1 && c.Balancer != "" && c.Balancer != router.LeastOutstanding {
		terms := router.Terms{Replicas: router.Alike(c.DP), Seed: c.Seed}
		if p.balancer, err = router.New(c.Balancer, &terms); err != nil {
			return nil, err
		}
	}
	p.roomy = min(p.roomyFor(c), p.lead.policy.Longest())
	if _, ok := p.lead.policy.(sched.Hoarder); ok {
		p.roomy = 0
	}
	return p, nil
}

// Arrive hands a request to the rank that the balancer chooses, or else to the one with the fewest
// outstanding ones. It reports false where the request is refused because it can never run.
func (p *Replica) Arrive(q *Request, now units.Picoseconds) bool {
	if int(q.Input)+int(q.MaxOutput) > p.roomy && !p.accept(q, &p.lead) {
		p.Account.Refused(q, now)
		if p.lead.keys != nil {
			p.lead.keys.Drop(q.Content)
		}
		return false
	}
	p.Account.arrived(now)
	r := &p.lead
	if len(p.peers) > 0 {
		r = p.choose(q)
	}
	p.enqueue(q, r, now)
	return true
}

// choose is the rank that a request goes to.
func (p *Replica) choose(q *Request) *rank {
	if p.balancer != nil {
		return p.ranks[p.balancer.Choose(&router.Request{Index: int(q.Index)})]
	}
	return p.idlest()
}

// Publish tells the balancer of the ranks what each has to do, where it goes by that.
func (p *Replica) Publish() {
	reader, ok := p.balancer.(router.Subscriber)
	if !ok {
		return
	}
	for i, r := range p.ranks {
		running := r.roster.running - len(r.leaving)
		reader.Publish(i, router.Notice{Waiting: r.outstanding() - running, Running: running})
	}
}

// accept tells whether a request can ever run, and cuts what it declares to what the model can generate and,
// under some policies, the pool can hold.
func (p *Replica) accept(q *Request, r *rank) bool {
	most := p.config.Limits.MaxModelLen - int(q.Input)
	q.MaxOutput = int32(min(int(q.MaxOutput), most))
	if r.clips {
		q.MaxOutput = int32(max(int(q.Output), min(int(q.MaxOutput), p.roomy-int(q.Input))))
	}
	need := r.peak(r.policy.Demand(int(q.Input), int(q.Output), int(q.MaxOutput)))
	return int(q.Output) <= most && need <= r.Blocks() && int(q.Input) <= r.policy.Longest()
}

// roomyFor is the longest request, prompt and declared output together, that is accepted as it is whatever
// the policy's Demand, which exceeds that length by sched.Headroom and what is held ahead at most.
func (p *Replica) roomyFor(c *contract.Config) int {
	return sort.Search(c.Limits.MaxModelLen,
		func(tokens int) bool { return p.lead.peak(tokens+1+sched.Headroom+c.Limits.Ahead) > c.Blocks })
}

// peak is the most blocks that a sequence of so many tokens may hold at once.
func (r *rank) peak(tokens int) int {
	if r.sliding {
		return r.shape.Layout.Peak(tokens, r.policy.Chunk())
	}
	return r.Footprint(tokens)
}

// idlest is the first of the ranks with the fewest outstanding requests.
func (p *Replica) idlest() *rank {
	least := &p.lead
	for i := 0; i < len(p.peers); i++ {
		if p.peers[i].outstanding() < least.outstanding() {
			least = p.peers[i]
		}
	}
	return least
}

// enqueue lets a rank's policy see a request, at once or with the plan after the next.
func (p *Replica) enqueue(q *Request, r *rank, now units.Picoseconds) {
	// The policy did not know of this head when it planned the flight. A request that queues behind others
	// changes nothing, unless it may pass them.
	unforeseen := p.Flying && p.flight.Steps > 1 && (r.queue.overtakes(q) || r.policy.Open())
	late := p.async && (p.Flying || now == p.Since && !p.rests)
	if late {
		r.queue.pushLate(q)
		p.inbox.push(lateRequest{at: now, rank: r.number})
	} else {
		r.queue.push(q, decode.Nobody, sched.Tail)
	}
	if f := &p.flight; unforeseen {
		steps := f.Until(now)
		if late {
			steps++ // the next step is planned already
		}
		f.Cut(steps)
	}
}

// deliver makes the policies see the late requests that came at or before an instant.
func (p *Replica) deliver(until units.Picoseconds) {
	for b := &p.inbox; b.came(until); b.first++ {
		p.ranks[b.late[b.first].rank].queue.deliver()
	}
	if p.port != nil {
		p.deliverLots(until)
	}
	if len(p.Account.leavers) > 0 {
		p.dismissUntil(until)
	}
}

// collect delivers what the plan that is due may know of: what came before the last step began, or all where
// nothing runs and the engine just waits for requests.
func (p *Replica) collect(now units.Picoseconds) {
	p.deliver(p.flight.End(p.flight.Steps - 1))
	if p.lead.aware() {
		return
	}
	for i := 0; i < len(p.peers); i++ {
		if p.peers[i].aware() {
			return
		}
	}
	for _, r := range p.ranks {
		r.now = now
		r.see()
	}
	p.deliver(now)
}

// unforeseen tells whether a late request waits for a rank whose policy knows of none, or may have another
// head then.
func (p *Replica) unforeseen() bool {
	if p.inbox.empty() {
		return false
	}
	for _, r := range p.ranks {
		if r.queue.late > 0 && (r.queue.n == 0 || r.queue.order != nil || r.policy.Open()) {
			return true
		}
	}
	return false
}

// Depart plans the steps that begin now, if there is anything to do.
func (p *Replica) Depart(now units.Picoseconds) error {
	if !p.inbox.empty() || p.port != nil && p.lateLots() {
		p.collect(now)
	}
	p.form(now)
	if p.overseen || p.port != nil {
		if err := p.misplanned(); err != nil {
			return err
		}
	}
	p.rests = false
	if p.step.decodes+p.step.prompts == 0 {
		if p.reconsider(now); p.step.decodes+p.step.prompts == 0 {
			p.rests = true
			return p.rest()
		}
	}
	if p.Since < now {
		p.Rested(now)
	}
	p.Flying = true
	if p.step.prompts == 0 {
		p.cruise(now)
		return nil
	}
	p.lead.load(&p.loads[0])
	for i := 0; i < len(p.peers); i++ {
		p.peers[i].load(&p.loads[1+i])
	}
	p.flight.Single(now, p.timer.of(p.lead.plain).step(p.loads)+p.swapTime())
	return nil
}

// form lets the ranks plan the next step.
func (p *Replica) form(now units.Picoseconds) {
	if p.port != nil {
		p.formLots(now)
		return
	}
	p.lead.form(now)
	p.step = p.lead.part()
	for i := 0; i < len(p.peers); i++ {
		p.peers[i].form(now)
		p.step.add(p.peers[i].part())
	}
}

// reconsider plans again where a plan found nothing to run: meanwhile the last step's results are known, and
// what has arrived or left. A plan that drove somebody out and still found nothing leaves more room for the
// next.
func (p *Replica) reconsider(now units.Picoseconds) {
	awaited := p.awaited()
	if p.deliver(now); !awaited { // a policy that saw nobody has nothing to see again
		return
	}
	a := &p.Account
	for driven := a.Preemptions - 1; p.step.decodes+p.step.prompts == 0 && a.Preemptions > driven; {
		driven = a.Preemptions
		p.form(now)
	}
}

// awaited tells whether anybody waits for an answer.
func (p *Replica) awaited() bool {
	return slices.ContainsFunc(p.ranks, func(r *rank) bool { return r.outstanding() > 0 })
}

// rest makes sure that nothing waits where nothing runs.
func (p *Replica) rest() error {
	for _, r := range p.ranks {
		if r.outstanding() > 0 && p.port == nil { // else it may wait for what happens elsewhere
			return fmt.Errorf("policy %q runs nothing although requests wait", p.config.Policy)
		}
	}
	return nil
}

// Caches tells whether the replica looks at what prompts have.
func (p *Replica) Caches() bool { return p.lead.keys != nil }

// Idle tells that the replica has nothing to run and nobody waits: its last plan found nothing.
func (p *Replica) Idle() bool {
	return p.rests && !p.awaited()
}

// Crowd is how many requests wait at the replica and how many run there. It is the same at every step of a
// flight.
func (p *Replica) Crowd() (waiting, running int) {
	for _, r := range p.ranks {
		n := r.roster.running - len(r.leaving)
		waiting, running = waiting+r.outstanding()-n, running+n
	}
	return waiting, running
}

// End is the instant at which the replica's flight lands.
func (p *Replica) End() units.Picoseconds {
	if !p.Flying {
		return units.Forever
	}
	return p.flight.Over
}

// Land carries out the flight, which is over now.
//
//go:noinline // so that what it calls is
func (p *Replica) Land(now units.Picoseconds) {
	f, a := &p.flight, &p.Account
	a.Steps += f.Steps
	if f.Pure {
		a.DecodeSteps += f.Steps
	}
	p.record(now)
	p.lead.land(f, now)
	for i := 0; i < len(p.peers); i++ {
		p.peers[i].land(f, now)
	}
	p.Flying = false
	p.Since = now
}
