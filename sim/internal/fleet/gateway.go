package fleet

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/register"
	"github.com/roofserve/roofserve/sim/internal/replica"
)

// gateway is what requests pass before the router. It lets them in or rejects them, gives up those that take
// too long, and has clients send anew what came to nothing. For what takes too long it has one alarm.
type gateway struct {
	*contract.Admission
	fleet   *Fleet
	number  int                       // of its alarm
	level   float64                   // of the bucket, in tokens
	filled  units.Picoseconds         // when it was that
	open    register.Register[*visit] // let in and not answered, by request
	first   deadlines                 // of first tokens
	last    deadlines                 // of answers
	came    int                       // requests, however often they were sent
	content int32                     // a copy of the present request's, should it be sent anew
	contract.GateStats
}

// visit is a request that was let in. Its content is a copy of its own, where it may be sent anew.
type visit struct {
	replica.Request
	session         uint64
	tries           int // how often it was sent before
	replica, rank   int
	remote          *replica.Remote // while it is between replicas; else nil
	hasFirst, isOut bool            // its first token has come; it is answered or given up
}

// deadlines are when waiting for requests ends. All wait equally long, so that the first to come is the first
// to be given up.
type deadlines struct {
	wait units.Picoseconds // 0: for ever
	list []deadline
}

type deadline struct {
	at units.Picoseconds
	*visit
}

// guard gives the fleet its gateway, if it has one, with the last alarm.
func (f *Fleet) guard() {
	a := f.config.Admission
	if a == nil {
		return
	}
	f.gateway = &gateway{Admission: a, fleet: f, level: a.Capacity,
		first: deadlines{wait: a.FirstTokenTimeout}, last: deadlines{wait: a.RequestTimeout}}
	f.gateway.number = f.alarms.add(f.gateway)
}

// Gate is what a result says of the gateway.
func (f *Fleet) Gate() contract.GateStats {
	if f.gateway == nil {
		return contract.GateStats{}
	}
	return f.gateway.GateStats
}

// admits tells whether the request that comes now is let in. Who is not hears of it at once.
func (g *gateway) admits(now units.Picoseconds) bool {
	a := &g.fleet.arrivals
	q, session := a.head()
	tries := a.tries()
	if tries == 0 {
		g.came++
	}
	if g.lets(q, now) {
		g.content = replica.NoContent
		if g.GivesUp() && tries < g.Retries && q.Content != replica.NoContent {
			g.content = a.known.Copy(q.Content)
		}
		return true
	}
	g.comeToNothing(&visit{Request: *q, session: session, tries: tries}, now+g.fleet.config.TokenDelay,
		&g.Rejected, &contract.Finished{Rejected: true})
	return false
}

// lets asks the policy.
func (g *gateway) lets(q *replica.Request, now units.Picoseconds) bool {
	switch g.Policy {
	case contract.TokenBucket:
		g.level = min(g.Capacity, g.level+float64(g.Refill*float64(now-g.filled)/1e12))
		g.filled = now
		if float64(q.Input) > g.level {
			return false
		}
		g.level -= float64(q.Input)
	case contract.TierShed:
		return int(q.Priority) <= g.ShedAbove || g.waiting() < g.MaxQueue
	case contract.QueueLimit:
		return g.waiting() < g.MaxQueue
	}
	return true
}

// waiting is how many requests wait at all replicas.
func (g *gateway) waiting() (n int) {
	for _, p := range g.fleet.replicas {
		waiting, _ := p.Crowd()
		n += waiting
	}
	return n
}

// passOn hands a request to a replica, and there to a rank, unless that is -1. It may be refused.
func (g *gateway) passOn(q *replica.Request, to, rank int, now units.Picoseconds) bool {
	p := g.fleet.replicas[to]
	switch {
	case g.GivesUp():
	case rank < 0:
		return p.Arrive(q, now)
	default:
		return p.ArriveAt(rank, q, now)
	}
	v := g.received(q)
	if !p.Serves(q) {
		g.forget(v.Content)
		p.Refuse(q, now)
		return false
	}
	g.await(v, now)
	if v.replica, v.rank = to, rank; rank < 0 {
		v.rank = p.RankFor(q)
	}
	return p.ArriveAt(v.rank, q, now)
}

// follow begins to wait for a request whose prompt is computed for another replica.
func (g *gateway) follow(q *replica.Request, m *replica.Remote, now units.Picoseconds) {
	if g.GivesUp() {
		v := g.received(q)
		v.remote = m
		g.await(v, now)
	}
}

// settle takes note that a request is one replica's alone now.
func (g *gateway) settle(m *replica.Remote, at int) {
	if v := g.open.At(int(m.Index)); v != nil && (*v).remote == m {
		(*v).remote, (*v).replica, (*v).rank = nil, at, m.HomeRank()
	}
}

// received is the visit of the request that comes now.
func (g *gateway) received(q *replica.Request) *visit {
	v := &visit{Request: *q, tries: g.fleet.arrivals.tries()}
	_, v.session = g.fleet.arrivals.head()
	v.Content = g.content
	return v
}

// await begins to wait for a visit's tokens.
func (g *gateway) await(v *visit, now units.Picoseconds) {
	*g.open.Put(int(v.Index)) = v
	g.first.add(v, now)
	g.last.add(v, now)
	g.fleet.alarms.set(g.number, g.next())
}

// add begins to wait for a request.
func (d *deadlines) add(v *visit, now units.Picoseconds) {
	if d.wait > 0 {
		d.list = append(d.list, deadline{now + d.wait, v})
	}
}

// next is when the first request is given up for which over does not tell that nothing is waited for.
func (d *deadlines) next(over func(*visit) bool) units.Picoseconds {
	for len(d.list) > 0 && over(d.list[0].visit) {
		d.list = d.list[1:]
	}
	if len(d.list) == 0 {
		return units.Forever
	}
	return d.list[0].at
}

// next is when a request is given up next.
func (g *gateway) next() units.Picoseconds {
	return min(g.first.next(func(v *visit) bool { return v.isOut || v.hasFirst }),
		g.last.next(func(v *visit) bool { return v.isOut }))
}

// ring gives up those for which the time is over.
func (g *gateway) ring(now units.Picoseconds) units.Picoseconds {
	for g.next() == now {
		d := &g.first
		if len(d.list) == 0 || d.list[0].at > now {
			d = &g.last
		}
		g.giveUp(d.list[0].visit, now)
	}
	return g.next()
}

// giveUp has a replica abandon a request.
func (g *gateway) giveUp(v *visit, now units.Picoseconds) {
	f := g.fleet
	g.close(v)
	if v.remote != nil {
		f.exchange.leave(v.remote, now)
	} else {
		p := f.replicas[v.replica]
		f.load(v.replica, -1)
		if tracker := f.trackerOf(v.replica); tracker != nil {
			tracker.Ended(int(v.Index))
		}
		p.Abandon(v.Index, v.rank, now)
		f.touch(v.replica, p)
	}
	g.comeToNothing(v, now, &g.TimedOut, &contract.Finished{TimedOut: true})
}

// comeToNothing has a client, who knows at an instant that a request has come to nothing, send it anew, or
// counts it as what has become of it.
func (g *gateway) comeToNothing(v *visit, at units.Picoseconds, count *int, end *contract.Finished) {
	f := g.fleet
	if v.tries < g.Retries {
		g.Retried++
		f.arrivals.again(&v.Request, v.session, at+g.Backoff<<v.tries, v.tries+1)
		return
	}
	*count++
	g.forget(v.Content)
	f.arrivals.answered([]replica.Answer{{At: at, Index: v.Index, Arrival: v.Arrival}})
	if f.config.OnFinish != nil {
		end.Index, end.Arrival, end.Input, end.Output = int(v.Index), v.Arrival, int(v.Input), int(v.Output)
		f.config.OnFinish(end)
	}
}

// begun takes note of a request's first token.
func (g *gateway) begun(index uint32) {
	if v := g.open.At(int(index)); v != nil {
		(*v).hasFirst = true
	}
}

// ended takes note of an answer.
func (g *gateway) ended(index uint32) {
	if v := g.open.At(int(index)); v != nil {
		content := (*v).Content
		g.close(*v)
		g.forget(content)
	}
}

// close takes note that nobody waits for a request any more.
func (g *gateway) close(v *visit) {
	v.isOut = true
	g.open.Drop(int(v.Index))
}

// forget drops what a request's content was, which is not sent anew.
func (g *gateway) forget(content int32) {
	if content != replica.NoContent {
		g.fleet.arrivals.known.Drop(content)
	}
}

// audit verifies that every request has come to an end.
func (g *gateway) audit() error {
	done := 0
	for _, p := range g.fleet.replicas {
		done += p.Account.Completed + p.Account.Failed
	}
	if g.open.Len() > 0 || done+g.Rejected+g.TimedOut != g.came {
		return fmt.Errorf("conservation: of %d requests %d completed or failed, %d were rejected and %d timed out", g.came,
			done, g.Rejected, g.TimedOut)
	}
	return nil
}
