package sim

import (
	"math/rand/v2"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/metrics"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// The oracle is a plain engine: one step at a time, one sequence at a time, every sum taken afresh. It shares
// the policies, the cost model and the metrics' containers with the engine, and none of what makes the engine
// fast.

type job struct {
	Finished
	maxOutput, priority int
	seen                units.Picoseconds // by the scheduler
	content             []uint64
	beyond              bool       // they go on into the answer
	blocks, others      []*block   // with prefix caching: of context, and of windows and constant state
	pieces              [][]piece  // of vLLM's windows, by group: blocks of known content
	plain               [][]*block // and the others
	generated, computed int
	decoded             int // steps since it was admitted
	running, decoding   bool
	sits                bool                // out the step
	rows                int                 // that are computed all the same
	intervals           []units.Picoseconds // between its tokens
	unfiled             bool                // its prompt is computed, which the cache does not know
	filed               int                 // tokens that it knows
	ended               bool                // answered, while the plan for the next step still counts it
	first, last         units.Picoseconds   // ends of the steps of the first and latest token
	chunk               int                 // tokens in the present step
	lag                 units.Picoseconds   // of its tokens behind their rounds' ends
	ferry               *ferry              // of a prompt that is computed for another replica
	left                bool                // by its client
	gone                bool                // which the scheduler knows
	try                 int                 // how often it was sent before
	guess                                   // where steps verify drafts
}

func (j *job) known() int { return j.Input + j.generated }

// isTold tells that what a job has of its answer is to be known: all of it, or as much as anybody waited for.
func (j *job) isTold() bool { return j.gone || j.generated == j.Output }

// isOver tells that a job has its output, or nobody to give it to.
func (j *job) isOver() bool { return j.left || j.generated == j.Output }

type oracleRank struct {
	pool     *oraclePool
	policy   sched.Policy
	jobs     []*job // by Seq
	waiting  []*job
	late     []*job // under asynchronous scheduling: not known to the plan that is due
	running  []*job // in order of admission
	ghosts   []*job // gone, and computed in the step under way
	decodes  bool
	plain    bool        // the step under way drafts nothing
	cache    *blockCache // nil without prefix caching
	place    int         // of the waiting job looked at last
	sglang   sglangWalk  // what its rules remember
	memories []memory    // of the cache, for routers that know of it later
	parting
	parking
	// Where steps verify drafts evenly: parts of keys seen and added when they last changed, the steps since,
	// and tokens given and told of.
	base, slopes [arch.MaxReaches]int
	since        int
	changed      bool
	given, told  int
}

type oracleReplica struct {
	pool        *oraclePool
	ranks       []*oracleRank
	scores      []int // of the ranks, as vLLM's front end has them
	rankTurn    int
	flying      bool
	idle        bool // found nothing to do at its last plan
	start, end  units.Picoseconds
	pure        bool
	queue       replica.QueueLengths
	runs, holds int // running ones and their blocks in the present step
	leavers     []leaver
}

type oracle struct {
	draws    *rand.Rand        // of a router
	scores   []int             // of replicas, as vLLM's front end has them
	stats    []oracleStats     // of replicas, as routers know them
	hops     []hop             // of all requests, as Dynamo's router remembers them
	gone     []int             // requests to each replica
	tick     units.Picoseconds // when they are published next
	interval units.Picoseconds
	c        Config
	pools    []*oraclePool
	replicas []*oracleReplica // of all pools
	now      units.Picoseconds
	turn     int
	requests []workloads.Request
	arrived  []bool // by request
	sends    []sent // in order
	literal  bool   // follow the engines' rules to the letter instead of the policies
	written  written
	harbour
	gate
}

// oraclePool is equal replicas, and what they report together.
type oraclePool struct {
	*oracle
	c        Config // in which it is the only pool
	journal  *replica.Journal
	account  replica.Account
	replicas []*oracleReplica
}

func (p *oracleReplica) begin() {
	o := p.pool
	var loads []arch.Load
	busy := false
	p.pure = true
	p.collect()
	// a plan that finds nothing to run is made again when the last step's results are known
	for driven := o.account.Preemptions - 1; !busy && o.account.Preemptions > driven; {
		if loads != nil {
			driven = o.account.Preemptions
		}
		loads = nil
		for _, r := range p.ranks {
			r.board()
			r.plan()
			r.process()
			r.park()
			l := r.load()
			busy = busy || l.Tokens() > 0
			p.pure = p.pure && l.Chunks == 0
			loads = append(loads, l)
		}
		if !busy {
			p.take(true)
		}
	}
	p.idle = !busy
	if !busy {
		return
	}
	o.hold(0, 0, p.end, o.now)
	p.runs, p.holds = 0, 0
	for _, r := range p.ranks {
		p.runs += len(r.running)
		p.holds += r.held()
	}
	p.flying, p.start, p.end = true, o.now, o.now+p.takes(loads)+p.swaps()
	o.account.Steps++
	if p.pure {
		o.account.DecodeSteps++
		for _, l := range loads {
			o.account.DecodeSequences += int64(l.Decodes)
			for i := range o.c.Step.Reaches() {
				o.account.DecodeKeys[i] += float64(l.DecodeKeys[i])
			}
		}
		for _, r := range p.ranks {
			if r.evenly() { // the parts that are left of whole ones
				for i := range o.c.Step.Reaches() {
					seen, _ := r.sums(i)
					o.account.DecodeKeys[i] += float64(seen%parts) / parts
				}
			}
		}
	}
}

// takes is how long a step takes.
func (p *oracleReplica) takes(loads []arch.Load) units.Picoseconds {
	if v := p.pool.c.Verify; v == nil || v.Drawn {
		if p.ranks[0].plain {
			return p.pool.c.Plain.Step(loads)
		}
		return p.pool.c.Step.Step(loads)
	}
	for _, r := range p.ranks {
		if r.decodes {
			r.settle()
		}
	}
	if p.pure {
		return p.verifying(loads)
	}
	return p.pool.c.Step.Step(loads)
}

// collect lets the queues have the late requests that came before the last step began, and all of them where
// the replica is idle.
func (p *oracleReplica) collect() {
	p.take(!p.pool.c.PlansAhead() || p.idle)
	for _, r := range p.ranks {
		if len(r.waiting)+len(r.here) > 0 || slices.ContainsFunc(r.running, r.counts) {
			return
		}
	}
	for _, r := range p.ranks {
		r.process()
	}
	p.take(true)
}

// take lets the queues have the late requests that came before the last step began, or all of them.
func (p *oracleReplica) take(all bool) {
	for _, r := range p.ranks {
		for len(r.late) > 0 && (all || r.late[0].seen <= p.start) {
			r.waiting, r.late = append(r.waiting, r.late[0]), r.late[1:]
		}
		r.arriveLate(all, p.start)
		r.stand()
	}
	p.dismiss(all)
}

func (p *oracleReplica) finish() {
	o := p.pool
	o.hold(p.runs, p.holds, p.start, p.end)
	o.account.Window = o.account.Journal.Series.At(o.now)
	for _, r := range p.ranks {
		var still []*job
		for _, j := range r.running {
			if j.chunk > 0 && j.generated == 0 {
				j.lag = replica.LagAfter(j.lag, p.end-p.start, j.chunk, r.policy.Piece(), o.c.Stages)
			}
			r.advance(j)
		}
		for _, j := range r.running {
			if j.generated < j.Output {
				still = append(still, j)
				continue
			}
			if j.left {
				p.leavers = slices.DeleteFunc(p.leavers, func(l leaver) bool { return l.job == j })
			}
			switch {
			case j.ferry != nil:
				o.handOver(j)
			case !j.left:
				o.answer(j)
			}
			if o.c.PlansAhead() {
				j.ended = true
				still = append(still, j)
			} else {
				r.drop(j)
				r.left(j, j.Output, false)
				r.letGo(j)
			}
		}
		if r.decodes {
			r.since++
		}
		for _, j := range r.ghosts {
			r.drop(j)
		}
		r.running, r.ghosts = still, nil
		if r.decodes && r.evenly() {
			r.tell()
		}
		r.joinedOnes()
	}
	p.flying = false
}

// advance gives a job what the step computed.
func (r *oracleRank) advance(j *job) {
	o, cache := r.pool, r.cache
	if j.rows > 0 {
		r.verifySome(j)
		return
	}
	if j.chunk == 0 {
		return
	}
	n, gained, verified := j.chunk, 1, j.decoding && r.verifies()
	if verified && j.ended {
		j.chunk = 0
		r.verified(j, 0)
		return
	}
	if verified {
		gained = r.gain(j)
		n = gained
	}
	j.computed += n
	if j.chunk, j.decoded = 0, j.decoded+1; !j.decoding {
		j.decoded = 0
	}
	if !j.decoding {
		cache.passed(j, o.c.PlansAhead())
		cache.landed(j, n)
	}
	if j.computed < j.known() {
		return
	}
	measured := j.Arrival >= o.c.Warmup
	silent := j.ferry != nil && o.c.Exchange.Again
	if silent {
		j.first, j.last, j.generated, j.decoding = o.now, o.now, 1, true
		return
	}
	if j.generated == 0 {
		j.first = o.now
		o.account.Window.Add(metrics.InputTokens, int64(j.Input))
		if measured && !patient(&o.c) {
			o.account.TTFT.Add(float64(o.now+j.lag+o.c.TokenDelay-j.Arrival), 1)
		}
	} else {
		j.intervals = append(j.intervals, o.now-j.last)
		if measured {
			o.account.ITL.Add(float64(o.now-j.last), 1)
			o.written.gaps = append(o.written.gaps, float64(o.now-j.last)/1e9)
		}
	}
	if !verified || !r.evenly() {
		o.account.Decoded(int64(gained))
	}
	j.generated += gained
	j.last = o.now
	if verified {
		r.verified(j, gained)
		cache.accepted(j)
	}
	begins := !j.decoding && (j.generated < j.Output || r.overruns(j))
	if j.decoding = true; begins && r.verifies() {
		j.bare = false // the pass has drafted, too
		r.starts(j)
	}
}

func (o *oraclePool) answer(j *job) {
	s := &replica.Sequence{
		Request: replica.Request{Arrival: j.Arrival, Index: uint32(j.Index), Input: int32(j.Input),
			Output: int32(j.Output)},
		First: j.first, Preemptions: int32(j.Preemptions), Cached: int32(j.Cached), Lag: j.lag,
	}
	o.account.LongGaps = 0
	if n := len(j.intervals); n > 0 && o.c.LongGaps {
		slices.Sort(j.intervals)
		slices.Reverse(j.intervals)
		most := j.intervals[:(n+9)/10]
		for _, gap := range most {
			o.account.LongGaps += gap
		}
		o.account.LongGaps /= units.Picoseconds(len(most))
	}
	o.account.Finished(s, o.now)
}

func (o *oraclePool) hold(running, held int, from, to units.Picoseconds) {
	if from < to {
		o.written.spans = append(o.written.spans, span{running, held, int64(from), int64(to)})
		o.journal.Running.Add(running, metrics.Between(from, to))
		o.journal.Held.Add(held, metrics.Between(from, to))
		o.journal.Series.Hold(metrics.Running, running, from, to)
		o.journal.Series.Hold(metrics.Held, held, from, to)
		if s := o.journal.System; s != nil {
			s.Hold(metrics.Running, running, metrics.At(from), metrics.At(to))
			s.Hold(metrics.Held, held, metrics.At(from), metrics.At(to))
		}
	}
}

// the fleet

func (p *oracleReplica) outstanding() (n int) {
	for _, r := range p.ranks {
		n += r.outstanding()
	}
	return n - len(p.leavers)
}

func (r *oracleRank) outstanding() (n int) {
	for _, j := range r.running {
		if !j.ended {
			n++
		}
	}
	return n + len(r.waiting) + len(r.late) + r.contained() + len(r.swapped)
}
