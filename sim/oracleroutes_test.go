package sim

import (
	"slices"

	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// route chooses a request's replica.
func (o *oracle) route(q *workloads.Request, index int) *oracleReplica {
	turn := o.turn
	o.turn++
	if o.c.StatsInterval == router.Live {
		o.tell()
	}
	switch o.c.Router {
	case router.LeastOutstanding:
		return slices.MinFunc(o.replicas, func(a,
			b *oracleReplica) int {
			return a.outstanding() - b.outstanding()
		})
	case router.PowerOfTwo:
		if len(o.replicas) == 1 {
			return o.replicas[0]
		}
		i, j := o.draws.IntN(len(o.replicas)), o.draws.IntN(len(o.replicas)-1)
		others := slices.Delete(slices.Clone(o.replicas), i, i+1)
		if others[j].outstanding() < o.replicas[i].outstanding() {
			return others[j]
		}
		return o.replicas[i]
	case router.VLLMDP:
		i := slices.Index(o.scores, slices.Min(o.scores))
		o.scores[i] += 4
		return o.replicas[i]
	case router.SessionSticky:
		x := q.Session
		if x == 0 {
			x = uint64(index + 1)
		}
		for _, factor := range []uint64{18397679294719823053, 14181476777654086739} {
			x ^= x / (1 << 33)
			x *= factor
		}
		x ^= x / (1 << 33)
		return o.replicas[x%uint64(len(o.replicas))]
	case router.PrefixAffinity:
		return o.nearest(q, index)
	case router.KV:
		return o.cheapest(q, index)
	case router.Weighted:
		return o.highest(q, index)
	case router.LeastKV:
		return o.emptiest(q)
	default:
		return o.replicas[turn%len(o.replicas)]
	}
}

// choose is the rank that a request goes to.
func (p *oracleReplica) choose() *oracleRank {
	switch p.pool.c.Balancer {
	case router.RoundRobin:
		p.rankTurn++
		return p.ranks[(p.rankTurn-1)%len(p.ranks)]
	case router.VLLMDP:
		i := slices.Index(p.scores, slices.Min(p.scores))
		p.scores[i] += 4
		return p.ranks[i]
	}
	return slices.MinFunc(p.ranks, func(a, b *oracleRank) int { return a.outstanding() - b.outstanding() })
}

// tell lets the router know what the replicas have to do.
func (o *oracle) tell() {
	for i, p := range o.replicas {
		waiting, running := 0, 0
		for _, r := range p.ranks {
			waits := len(r.waiting) + len(r.late) + r.contained() + len(r.swapped)
			waiting += waits
			running += r.outstanding() - waits
		}
		o.scores[i] = 4*waiting + running
		o.stats[i] = oracleStats{waiting: waiting, held: p.held()}
	}
}

// publish lets the router, and the ranks' balancers, know what there is to do.
func (o *oracle) publish() {
	if o.c.StatsInterval != router.Live {
		o.tell()
		for _, desk := range o.desks {
			desk.tell()
		}
	}
	for _, p := range o.replicas {
		for i, r := range p.ranks {
			late := len(r.waiting) + len(r.late) + r.contained() + len(r.swapped)
			p.scores[i] = 4*late + r.outstanding() - late
		}
	}
	o.tick += o.interval
}

// ask lets the router of a side choose a replica.
func (o *oracle) ask(side int, q *workloads.Request, index int) *oracleReplica {
	desk := o.desks[side]
	desk.now = o.now
	return desk.route(q, index)
}

// remind tells the router of a side which job is the request that it was asked about last, and whether its
// prompt is computed elsewhere.
func (o *oracle) remind(side int, j *job, elsewhere bool) {
	if hops := o.desks[side].hops; len(hops) > 0 {
		if h := &hops[len(hops)-1]; h.index == j.Index {
			if h.job = j; elsewhere {
				h.missing = 0
			}
		}
	}
}
