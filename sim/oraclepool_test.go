package sim

import (
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/internal/summary"
	"github.com/roofserve/roofserve/sim/sched"
)

// newOraclePool is a pool at time 0.
func newOraclePool(o *oracle, c Config) (*oraclePool, error) {
	pool := &oraclePool{oracle: o, c: c}
	pool.journal = replica.NewJournal(&pool.c)
	if o.c.Copies() > 1 {
		pool.journal.WatchSystem()
	}
	pool.account = replica.NewAccount(&pool.c, pool.journal)
	pool.account.Listened = true
	for range c.Replicas {
		p := &oracleReplica{pool: pool, idle: true, scores: make([]int, c.DP)}
		for range c.DP {
			policy, err := sched.New(c.Policy, c.Limits, c.Stages)
			if err != nil {
				return nil, err
			}
			p.ranks = append(p.ranks, &oracleRank{pool: pool, policy: policy, cache: newBlockCache(&pool.c)})
		}
		pool.replicas = append(pool.replicas, p)
	}
	return pool, nil
}

// sum gives each pool's account to the engine's summary, as that of its first replica.
func (o *oracle) sum() *Result {
	var pools []*replica.Pool
	for _, pool := range o.pools {
		sum := &replica.Pool{Config: &pool.c, Journals: []*replica.Journal{pool.journal}}
		for i, q := range pool.replicas {
			p := &replica.Replica{Account: pool.account, Since: q.end}
			if i > 0 {
				p.Account = replica.NewAccount(&pool.c, pool.journal)
			}
			p.Account.Queue = q.queue
			sum.Replicas = append(sum.Replicas, p)
		}
		pools = append(pools, sum)
	}
	r := summary.Of(&o.c, pools)
	r.Router.PerReplica = o.gone
	r.Gate = o.GateStats
	if o.c.Exchange != nil {
		r.Transfers = summary.Transfers(&o.c, o.tally, r.Duration)
	}
	return r
}
