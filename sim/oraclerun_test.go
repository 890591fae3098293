package sim

import (
	"math/rand/v2"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/internal/fleet"
	"github.com/roofserve/roofserve/sim/router"
)

// The oracle's run from the first arrival to the last end.

func (o *oracle) run() (*Result, error) {
	if err := complete(&o.c); err != nil {
		return nil, err
	}
	c := &o.c
	o.draws = rand.New(rand.NewPCG(c.Seed, 0))
	o.scores, o.tick = make([]int, c.Copies()), units.Forever
	o.stats, o.gone = make([]oracleStats, c.Copies()), make([]int, c.Copies())
	if o.interval = c.StatsInterval; c.StatsInterval == router.Live {
		o.interval = 100e9 // of balancers
	}
	if o.interval > 0 {
		o.tick = o.interval
	}
	for _, alone := range c.Pools() {
		pool, err := newOraclePool(o, alone)
		if err != nil {
			return nil, err
		}
		o.pools = append(o.pools, pool)
		o.replicas = append(o.replicas, pool.replicas...)
	}
	o.readAll()
	o.build()
	o.open()
	front := fleet.NewFrontend(&o.c)
	for {
		o.now = units.Forever
		if at := o.nextSent(); at < units.Forever {
			o.now = front.Ready(at, o.nextTokens())
		}
		o.now = min(o.now, o.nextTransfer(), o.nextLanding(), o.nextGivenUp())
		if o.now == units.Forever {
			return o.sum(), o.stuck()
		}
		o.now = min(o.now, o.tick)
		for _, p := range o.replicas {
			if p.flying && p.end == o.now {
				p.finish()
				o.send()
				o.landed()
			}
		}
		if o.now == o.tick {
			o.publish()
		}
		o.transfer()
		o.giveUp()
		o.send()
		for o.nextSent() < units.Forever && front.Ready(o.nextSent(), o.nextTokens()) == o.now {
			s := o.sends[0]
			front.Pass(s.at, o.nextTokens())
			o.sends = o.sends[1:]
			if s.request < 0 {
				s.request = o.fresh()
			}
			o.arrive(o.sending(s), s.request)
			o.send()
		}
		for _, p := range o.replicas {
			if !p.flying {
				if p.begin(); o.livelock {
					return nil, errDeadlock
				}
				o.departed()
			}
		}
		o.remember()
	}
}

func (r *oracleRank) load() (l arch.Load) {
	for _, j := range slices.Concat(r.running, r.ghosts) {
		switch {
		case j.rows > 0:
			r.loadRows(j, &l)
		case j.chunk == 0:
		case j.decoding:
			l.AddDecode(r.pool.c.Step.Reaches(), j.known())
		default:
			for from, left := j.computed, j.chunk; left > 0; {
				n := min(left, r.policy.Piece())
				from, left = from+n, left-n
				l.AddChunk(r.pool.c.Step.Reaches(), from-n, n, from == j.known())
			}
		}
	}
	for i := range r.pool.c.Step.Reaches() {
		if r.evenly() {
			seen, _ := r.sums(i)
			l.DecodeKeys[i] = int64(seen / parts)
		}
	}
	return l
}

// nextLanding is when a step ends next.
func (o *oracle) nextLanding() units.Picoseconds {
	at := units.Forever
	for _, p := range o.replicas {
		if p.flying {
			at = min(at, p.end)
		}
	}
	return at
}
