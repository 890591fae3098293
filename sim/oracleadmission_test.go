package sim

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// A gateway before the router, in the oracle: every request that was let in is looked at at every instant.

// gate is what the oracle has of a gateway.
type gate struct {
	GateStats
	tries     []int               // by request: how often it was sent before
	firstSent []units.Picoseconds // by request
	visits    []*visit
	tokens    float64 // of the bucket
	counted   units.Picoseconds
	sayings   []replica.Answer // that clients have heard, and not acted upon
}

// visit is a request that was let in.
type visit struct {
	*job
	request workloads.Request
	at      units.Picoseconds
	replica *oracleReplica
	rank    *oracleRank
	ferry   *ferry // of a prompt that is computed for another replica; else nil
}

// leaver is a job whose client has left.
type leaver struct {
	at units.Picoseconds
	*job
	rank  *oracleRank
	ferry *ferry // that brings it; nil where none does
}

// first tells whether a visit's first token has come.
func (v *visit) first() bool {
	switch f := v.ferry; {
	case f == nil:
		return v.generated > 0
	case f.from.pool.c.Exchange.Again:
		return f.job != nil && f.job.generated > 0
	default:
		return f.computed
	}
}

// over tells that nobody waits for a visit any more.
func (v *visit) over() bool {
	if f := v.ferry; f != nil {
		return f.isLeft || f.job != nil && f.job.isOver()
	}
	return v.isOver()
}

// open makes the gateway.
func (o *oracle) open() {
	o.tries, o.firstSent = make([]int, len(o.requests)), make([]units.Picoseconds, len(o.requests))
	if a := o.c.Admission; a != nil {
		o.tokens = a.Capacity
	}
}

// sending is a request as it is sent: its latencies count from when it was sent first.
func (o *oracle) sending(s sent) workloads.Request {
	q := o.requests[s.request]
	if q.Arrival = s.at; o.tries[s.request] > 0 {
		q.Arrival = o.firstSent[s.request]
	}
	o.firstSent[s.request] = q.Arrival
	return q
}

// patient tells whether requests may time out.
func patient(c *Config) bool {
	return c.Admission != nil && (c.Admission.FirstTokenTimeout > 0 || c.Admission.RequestTimeout > 0)
}

// letsIn tells whether a request passes the gateway.
func (o *oracle) letsIn(q *workloads.Request, index int) bool {
	a := o.c.Admission
	if a == nil {
		return true
	}
	waiting := 0
	for _, p := range o.replicas {
		for _, r := range p.ranks {
			waiting += len(r.waiting) + len(r.late) + r.contained() + len(r.swapped)
		}
	}
	passes := true
	switch a.Policy {
	case TokenBucket:
		o.tokens = min(o.tokens+a.Refill*float64(o.now-o.counted)/1e12, a.Capacity)
		o.counted = o.now
		if passes = o.tokens >= float64(q.Input); passes {
			o.tokens -= float64(q.Input)
		}
	case QueueLimit:
		passes = waiting < a.MaxQueue
	case TierShed:
		passes = waiting < a.MaxQueue || int(q.Priority) <= a.ShedAbove
	}
	if !passes {
		o.lose(q, index, o.now+o.c.TokenDelay, &o.Rejected, Finished{Rejected: true})
	}
	return passes
}

// lose has a client, who knows that a request came to nothing, send it anew, or counts it.
func (o *oracle) lose(q *workloads.Request, index int, at units.Picoseconds, count *int, end Finished) {
	if tries := &o.tries[index]; *tries < o.c.Admission.Retries {
		wait := o.c.Admission.Backoff
		for range *tries {
			wait *= 2
		}
		*tries++
		o.Retried++
		o.sends = append(o.sends, sent{at + wait, index})
		return
	}
	*count++
	o.sayings = append(o.sayings, replica.Answer{At: at, Index: uint32(index)})
	end.Index, end.Arrival, end.Input, end.Output = index, q.Arrival, q.Input, q.Output
	if o.c.OnFinish != nil {
		o.c.OnFinish(&end)
	}
}

// visit begins to wait for a request's tokens.
func (o *oracle) visit(j *job, p *oracleReplica, q workloads.Request, index int) {
	if j == nil || !patient(&o.c) {
		return
	}
	j.try = o.tries[index]
	for _, r := range p.ranks {
		if slices.Contains(r.late, j) {
			o.visits = append(o.visits, &visit{job: j, request: q, at: o.now, replica: p, rank: r})
		}
	}
}

// until is when a request is given up.
func (o *oracle) until(v *visit) units.Picoseconds {
	at, a := units.Forever, o.c.Admission
	if v.over() {
		return at
	}
	if a.FirstTokenTimeout > 0 && !v.first() {
		at = v.at + a.FirstTokenTimeout
	}
	if a.RequestTimeout > 0 {
		at = min(at, v.at+a.RequestTimeout)
	}
	return at
}

// nextGivenUp is when a request is given up next.
func (o *oracle) nextGivenUp() units.Picoseconds {
	at := units.Forever
	for _, v := range o.visits {
		at = min(at, o.until(v))
	}
	return at
}

// giveUp gives up those for which the time is over: first those without a first token.
func (o *oracle) giveUp() {
	for _, late := range []bool{false, true} {
		for _, v := range o.visits {
			if o.until(v) > o.now || !late && (v.first() || v.at+o.c.Admission.FirstTokenTimeout > o.now) {
				continue
			}
			if v.ferry != nil {
				o.abandon(v.ferry)
			} else {
				v.left = true
				o.gone[slices.Index(o.replicas, v.replica)]--
				v.replica.leavers = append(v.replica.leavers, leaver{o.now, v.job, v.rank, nil})
			}
			o.lose(&v.request, v.Index, o.now, &o.TimedOut, Finished{TimedOut: true})
		}
	}
}

// dismiss takes out those who left before the last step began, or all of them.
func (p *oracleReplica) dismiss(all bool) {
	for len(p.leavers) > 0 && (all || p.leavers[0].at <= p.start) {
		l := p.leavers[0]
		p.leavers = p.leavers[1:]
		if l.ferry == nil || !l.rank.dismissFerry(l.ferry) {
			l.rank.dismiss(l.job)
		}
	}
}

// dismiss takes a job out of a rank.
func (r *oracleRank) dismiss(j *job) {
	if i := slices.Index(r.waiting, j); i >= 0 {
		r.waiting = slices.Delete(r.waiting, i, i+1)
		r.pool.journal.Wait(r.pool.now, -1)
		return
	}
	r.running = slices.DeleteFunc(r.running, func(k *job) bool { return k == j })
	if r.drop(j) {
		r.interrupted(j)
	}
	if j.decoding {
		r.left(j, j.generated, r.pool.c.PlansAhead())
	}
	j.unfiled, j.gone = false, true
	r.fresh = slices.DeleteFunc(r.fresh, func(f *ferry) bool { return f.job == j })
	r.letGo(j)
}

// abandon lets a ferry's client leave.
func (o *oracle) abandon(f *ferry) {
	f.isLeft = true
	delete(o.ferries, f)
	o.ends = slices.DeleteFunc(o.ends, func(e appointment) bool { return e.begin && e.ferry == f })
	if f.computed {
		o.strand(f)
	} else {
		f.prompt.left = true
		f.source.leavers = append(f.source.leavers, leaver{o.now, f.prompt, f.from, nil})
		if f.flown {
			o.conclude(f)
		}
	}
	if f.mate != nil {
		f.job.left = true
		o.gone[slices.Index(o.replicas, f.mate)]--
		f.mate.leavers = append(f.mate.leavers, leaver{o.now, f.job, f.home, f})
	}
}

// strand frees a computed prompt that nobody is going to fetch, or has fetched.
func (o *oracle) strand(f *ferry) {
	if f.sails && !f.landed {
		return
	}
	f.fetched = true
	if i := slices.Index(f.from.pinned, f.prompt); i >= 0 {
		f.from.pinned = slices.Delete(f.from.pinned, i, i+1)
		f.from.cache.release(f.prompt)
	}
}

// dismissFerry takes a ferry out of a rank where it has not joined. What comes still keeps its berth.
func (r *oracleRank) dismissFerry(f *ferry) bool {
	out := func(list *[]*ferry) bool {
		before := len(*list)
		*list = slices.DeleteFunc(slices.Clone(*list), func(x *ferry) bool { return x == f })
		return len(*list) < before
	}
	awaits, aside := out(&r.awaiting), out(&r.aside)
	come := out(&r.here)
	come = out(&r.coming) || come
	switch {
	case aside && f.sails && !f.landed:
		r.doomed = append(r.doomed, f)
	case aside || come:
		r.cache.giveUp(f.job)
	case !awaits:
		return false
	}
	if f.told {
		r.pool.journal.Wait(r.pool.now, -1)
	}
	return true
}
