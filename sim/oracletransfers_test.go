package sim

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// Prompts that one replica computes for another, in the oracle: two jobs for each, one on either side, and a
// ferry that knows of both.

var errDeadlock = errors.New("deadlock")

type ferry struct {
	prompt, job      *job
	source, mate     *oracleReplica
	from, home       *oracleRank
	request          workloads.Request
	begun, computed  bool
	starts, done     units.Picoseconds // of the prompt
	tokens           int               // that it holds at its source, when it does not run any more
	fetched          bool
	parked, moves    bool
	since, set, came units.Picoseconds // when blocks were set aside; the transfer's begin and end
	there            int               // tokens
	bytes, left      int64             // left in millionths
	rate             int64
	flown            bool // all bytes have gone
	sought           bool // the transfer has been asked for
	isLeft           bool // by its client
	sails, landed    bool // its transfer has begun, has ended
	told             bool // it waits where it is decoded: its prompt is computed
	joins, first     units.Picoseconds
}

// harbour is what the fleet has of ferries.
type harbour struct {
	desks   []*oracle // one for each side, which routes
	ferries map[*ferry]bool
	flows   []*ferry // whose bytes go
	ends    []appointment
	at      units.Picoseconds // of the flows' rates
	handed  []*ferry
	firsts  []*ferry
	// a prompt is driven out again and again
	livelock bool
	tally    *replica.Tally
}

// appointment is when a transfer begins or ends.
type appointment struct {
	at    units.Picoseconds
	begin bool
	*ferry
}

// parting is what a rank has of ferries: awaiting and parked ones, those that have come, and pinned prompts.
type parting struct {
	awaiting, aside, here []*ferry
	coming                []*ferry // come, which the plan that is due does not know
	fresh                 []*ferry // have joined and not decoded
	pinned                []*job
	order                 []*ferry // in which they came
	doomed                []*ferry // whose clients have left, and whose caches still come
}

func (r *oracleRank) contained() int {
	return len(r.awaiting) + len(r.aside) + len(r.here) + len(r.coming)
}

func (r *oracleRank) computedElsewhere() (n int) {
	for _, f := range slices.Concat(r.awaiting, r.aside, r.here, r.coming) {
		if f.told {
			n++
		}
	}
	return n
}

// holders are the jobs that hold blocks and do not run.
func (r *oracleRank) holders() []*job {
	list := slices.Clone(r.pinned)
	for _, f := range slices.Concat(r.aside, r.here, r.coming, r.doomed) {
		list = append(list, f.job)
	}
	return list
}

func (r *oracleRank) besides() (n int) {
	for _, j := range r.pinned {
		n += r.Footprint(j.ferry.tokens)
	}
	for _, f := range slices.Concat(r.aside, r.here, r.coming, r.doomed) {
		n += r.Footprint(f.job.Input)
	}
	return n
}

func (r *oracleRank) reservedBesides() (n int) {
	for _, j := range r.pinned {
		n += r.Footprint(j.ferry.tokens)
	}
	for _, f := range slices.Concat(r.aside, r.here, r.coming, r.doomed) {
		n += r.Footprint(r.policy.Demand(f.job.Input, f.job.Output, f.job.maxOutput))
	}
	return n
}

// build makes the desks.
func (o *oracle) build() {
	if o.c.Exchange == nil {
		return
	}
	o.ferries, o.tally = map[*ferry]bool{}, replica.NewTally(&o.c)
	for side, role := range []Role{Prefill, Decode} {
		desk := &oracle{c: o.c, draws: rand.New(rand.NewPCG(o.c.Seed+uint64(side), 0))}
		own := o.c.DeskOf(role)
		desk.c.Router, desk.c.Options, desk.c.Seed = own.Router, own.Options, o.c.Seed+uint64(side)
		for _, p := range o.replicas {
			if (p.pool.c.Role == Decode) == (side == 1) {
				desk.replicas = append(desk.replicas, p)
			}
		}
		desk.scores, desk.stats = make([]int, len(desk.replicas)), make([]oracleStats, len(desk.replicas))
		o.desks = append(o.desks, desk)
	}
}

// part sends a request on its way to a prefill replica, or to one that decodes and computes its prompt, too.
func (o *oracle) part(q workloads.Request, index int) {
	x := o.c.Exchange
	var mate *oracleReplica
	var home *oracleRank
	if !x.PairLate || x.Local == Always {
		mate = o.ask(1, &q, index)
		home = mate.choose()
	}
	if mate != nil && x.Local != Never && (x.Local == Always || q.Input-home.lookedUp(&q, index) <= x.Local) {
		o.gone[slices.Index(o.replicas, mate)]++
		o.desks[1].judge(&q, mate)
		j := o.enter(mate, home, q, index)
		if o.visit(j, mate, q, index); j != nil {
			o.remind(1, j, false)
		}
		return
	}
	source := o.ask(0, &q, index)
	o.desks[0].judge(&q, source)
	if q.Output == 1 && !x.Again {
		o.gone[slices.Index(o.replicas, source)]++
		j := o.enter(source, nil, q, index)
		if o.visit(j, source, q, index); j != nil {
			o.remind(0, j, false)
		}
		return
	}
	alone := q
	alone.Output, alone.MaxOutput = 1, 1
	f := &ferry{request: q, source: source, prompt: source.pool.newJob(&alone, index)}
	f.prompt.ferry, f.prompt.content, f.prompt.seen = f, q.Blocks, o.now
	can := source.pool.serves(f.prompt)
	for _, pool := range o.pools {
		can = can && (pool.c.Role == Prefill || pool.serves(pool.newJob(&q, index)))
	}
	if !can {
		o.gone[slices.Index(o.replicas, source)]++
		source.pool.refuse(&q, index)
		return
	}
	o.ferries[f] = true
	o.remind(0, f.prompt, false)
	source.came()
	f.from = source.choose()
	f.from.late = append(f.from.late, f.prompt)
	f.prompt.try = o.tries[index]
	if mate != nil {
		o.await(f, mate, home)
	}
	if patient(&o.c) {
		o.visits = append(o.visits, &visit{job: f.prompt, request: q, at: o.now, ferry: f})
	}
}

// lookedUp is how many tokens of a request's prompt a rank has cached.
func (r *oracleRank) lookedUp(q *workloads.Request, index int) int {
	c := &r.pool.c
	if r.cache == nil || slides(c) || snapshots(c) {
		return 0
	}
	j := r.pool.newJob(q, index)
	j.content = q.Blocks
	return len(r.cache.find(j)) * c.Layout.BlockTokens
}

// await puts a request among those that wait for blocks.
func (o *oracle) await(f *ferry, mate *oracleReplica, home *oracleRank) {
	f.mate, f.home = mate, home
	o.gone[slices.Index(o.replicas, mate)]++
	f.job = mate.pool.newJob(&f.request, f.prompt.Index)
	f.job.try = f.prompt.try
	o.remind(1, f.job, true)
	if c := &mate.pool.c; !slides(c) && !snapshots(c) {
		f.job.content, f.job.beyond = f.request.Blocks, f.request.Beyond
	}
	if f.computed {
		mate.came()
		f.told = true
	}
	home.awaiting = append(home.awaiting, f)
	home.order = append(home.order, f)
}

// handOver takes a computed prompt.
func (o *oraclePool) handOver(j *job) {
	f := j.ferry
	f.computed, f.done = true, o.now+j.lag
	o.handed = append(o.handed, f)
}

// letGo frees a job's blocks, unless they are to be fetched.
func (r *oracleRank) letGo(j *job) {
	if f := j.ferry; f != nil && f.computed && !f.fetched {
		f.tokens = j.computed + j.chunk
		r.pinned = append(r.pinned, j)
		return
	}
	r.cache.release(j)
}

// landed sees to what a landing gave.
func (o *oracle) landed() {
	for _, f := range o.handed {
		if f.isLeft {
			o.strand(f)
			continue
		}
		if f.mate == nil {
			q := f.request
			mate := o.ask(1, &q, f.prompt.Index)
			o.await(f, mate, mate.choose())
		} else {
			f.mate.came()
			f.told = true
		}
		if f.flown {
			o.conclude(f)
		} else {
			o.seek(f)
		}
	}
	o.handed = nil
	for _, f := range o.firsts {
		m := &replica.Remote{Begun: f.starts, Done: f.done, Since: f.since, Joined: f.joins, First: f.first}
		m.Arrival = f.job.Arrival
		o.tally.Joined(m, f.set, f.came)
		delete(o.ferries, f)
	}
	o.firsts = nil
}

// departed sees to what plans gave: prompts that begin, and blocks that are set aside.
func (o *oracle) departed() {
	for f := range o.ferries {
		if !f.begun && f.prompt.running {
			f.begun, f.starts = true, o.now
		}
	}
	for f := range o.ferries {
		o.seek(f)
	}
}

// seek asks for a transfer where all that it needs is there.
func (o *oracle) seek(f *ferry) {
	layers := o.c.Exchange.Layerwise
	if f.sought || f.isLeft || !f.parked || !f.computed && !(layers && f.begun) {
		return
	}
	f.sought, f.moves = true, true
	if !layers && f.done > o.now {
		o.ends = append(o.ends, appointment{f.done, true, f})
		return
	}
	o.depart(f)
}

// depart begins a transfer.
func (o *oracle) depart(f *ferry) {
	there := f.there
	if o.c.Exchange.Whole {
		there = 0
	}
	f.sails = true
	f.set, f.bytes = o.now, o.c.Exchange.Payload.Bytes(f.job.Input, there)
	o.tally.Bytes += f.bytes
	if f.left = f.bytes * 1e6; o.lone(f) == 0 || f.bytes == 0 {
		o.arriveWhole(f)
		return
	}
	o.flow()
	o.flows = append(o.flows, f)
	o.divide()
}

// arriveWhole takes note that all bytes have gone.
func (o *oracle) arriveWhole(f *ferry) {
	if f.flown = true; f.computed || f.isLeft {
		o.conclude(f)
	}
}

// conclude knows when a transfer ends.
func (o *oracle) conclude(f *ferry) {
	at := max(o.now, f.done)
	if lone := o.lone(f); o.c.Exchange.Layerwise && lone > 0 {
		work := lone * int64(o.c.Exchange.Payload.Layers)
		at = max(o.now, f.done+units.Picoseconds((f.bytes*1e6+work-1)/work))
	}
	o.ends = append(o.ends, appointment{at + o.c.Exchange.Latency, false, f})
}

// nextTransfer is when something happens next.
func (o *oracle) nextTransfer() units.Picoseconds {
	at := units.Forever
	for _, e := range o.ends {
		at = min(at, e.at)
	}
	for _, f := range o.flows {
		at = min(at, o.at+units.Picoseconds((f.left+f.rate-1)/f.rate))
	}
	return at
}

// transfer lets happen what is due.
func (o *oracle) transfer() {
	for again := o.c.Exchange != nil; again; {
		again = false
		o.flow()
		var over []*ferry
		o.flows = slices.DeleteFunc(o.flows, func(f *ferry) bool {
			if f.left == 0 {
				over = append(over, f)
			}
			return f.left == 0
		})
		o.divide()
		for _, f := range over {
			again = true
			o.arriveWhole(f)
		}
		slices.SortStableFunc(o.ends, func(a, b appointment) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.prompt.Index, b.prompt.Index))
		})
		if len(o.ends) > 0 && o.ends[0].at <= o.now {
			e := o.ends[0]
			o.ends, again = o.ends[1:], true
			if e.begin {
				o.depart(e.ferry)
			} else {
				o.deliver(e.ferry)
			}
		}
	}
}

// deliver ends a transfer.
func (o *oracle) deliver(f *ferry) {
	f.came, f.fetched, f.landed = o.now, true, true
	o.tally.Moved(f.set, o.now)
	if i := slices.Index(f.from.pinned, f.prompt); i >= 0 {
		f.from.pinned = slices.Delete(f.from.pinned, i, i+1)
		f.from.cache.release(f.prompt)
	}
	if i := slices.Index(f.home.doomed, f); i >= 0 {
		f.home.doomed = slices.Delete(f.home.doomed, i, i+1)
		f.home.cache.giveUp(f.job)
		return
	}
	if !f.computed {
		f.moves = false
		return
	}
	f.home.aside = slices.DeleteFunc(f.home.aside, func(x *ferry) bool { return x == f })
	f.home.coming = append(f.home.coming, f)
}

// stuck tells of requests that wait for each other for ever.
func (o *oracle) stuck() error {
	if len(o.ferries) > 0 {
		return errDeadlock
	}
	return nil
}
