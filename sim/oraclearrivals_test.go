package sim

import (
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

func (o *oracle) arrive(q workloads.Request, index int) {
	if o.arrived[index] = true; !o.letsIn(&q, index) {
		return
	}
	if o.c.Exchange != nil {
		o.part(q, index)
		return
	}
	p := o.route(&q, index)
	o.count(&q, p)
	o.visit(o.enter(p, nil, q, index), p, q, index)
}

// enter hands a request to a replica, and there to a rank, if it is known to which.
// It returns nil where that refuses it.
func (o *oracle) enter(p *oracleReplica, r *oracleRank, q workloads.Request, index int) *job {
	j := p.pool.newJob(&q, index)
	if !p.pool.serves(j) {
		p.pool.refuse(&q, index)
		return nil
	}
	p.came()
	if r == nil {
		r = p.choose()
	}
	j.content, j.beyond, j.seen = q.Blocks, q.Beyond, o.now
	if len(o.hops) > 0 && o.hops[len(o.hops)-1].index == index {
		o.hops[len(o.hops)-1].job = j
	}
	r.late = append(r.late, j)
	return j
}

// newJob is a request in a pool, which cuts what it declares.
func (o *oraclePool) newJob(q *workloads.Request, index int) *job {
	j := &job{Finished: Finished{Index: index, Arrival: q.Arrival, Input: q.Input, Output: q.Output},
		maxOutput: min(max(q.Output, q.MaxOutput), o.c.Limits.MaxModelLen-q.Input), priority: int(q.Priority)}
	for o.c.Policy == "sglang" && j.maxOutput > j.Output && // init_req_max_new_tokens
		peak(&o.c, j.Input+j.maxOutput+2+o.c.Limits.Ahead) > o.c.Blocks {
		j.maxOutput--
	}
	return j
}

// serves tells whether a job can ever run in a pool.
func (o *oraclePool) serves(j *job) bool {
	l := &o.c.Limits
	whole := o.c.Policy == "trtllm" && !l.ChunkedPrefill && j.Input > l.MaxNumBatchedTokens
	demand := o.replicas[0].ranks[0].policy.Demand(j.Input, j.Output, j.maxOutput)
	return j.Input+j.Output <= l.MaxModelLen && !whole && peak(&o.c, demand) <= o.c.Blocks
}

// refuse turns a request away.
func (o *oraclePool) refuse(q *workloads.Request, index int) {
	o.account.Refused(&replica.Request{Arrival: q.Arrival, Index: uint32(index), Input: int32(q.Input),
		Output: int32(q.Output)}, o.now)
}

// came counts a request that waits at a replica from now on.
func (p *oracleReplica) came() {
	waiting := 0
	for _, r := range p.ranks {
		waiting += len(r.waiting) + len(r.late) + r.computedElsewhere() + len(r.swapped)
	}
	p.queue.Add(waiting)
	p.pool.journal.Wait(p.pool.now, 1)
	p.pool.journal.Arrived(p.pool.now)
}
