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
	default:
		return o.replicas[turn%len(o.replicas)]
	}
}

// publish lets the front end know what the replicas have to do.
func (o *oracle) publish() {
	for i, p := range o.replicas {
		waiting, running := 0, 0
		for _, r := range p.ranks {
			waiting += len(r.waiting) + len(r.late)
			running += r.outstanding() - len(r.waiting) - len(r.late)
		}
		o.scores[i] = 4*waiting + running
	}
	o.tick += o.c.StatsInterval
}
