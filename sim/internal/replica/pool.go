package replica

import (
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/decode"
)

// Pool is replicas that are equal, and what they record together.
type Pool struct {
	Config   *contract.Config // in which it is the only pool
	Replicas []*Replica
	Journals []*Journal // of the replicas; several where they were simulated in parallel
}

// Release gives away the memory of journals and of rosters. Nobody reads them, nor simulates the replicas,
// from then on.
func (p *Pool) Release() {
	for _, q := range p.Replicas {
		for _, r := range q.ranks {
			r.roster.release()
		}
	}
	for _, j := range p.Journals {
		j.Release()
	}
	p.Journals = nil
}

// NewPool is a pool at time 0, whose replicas look at contents that are known by their rows.
func NewPool(c *contract.Config, known *Contents) (*Pool, error) {
	pool := &Pool{Config: c, Journals: []*Journal{NewJournal(c)}}
	shape := decode.NewVerifyingShape(c.Step.Reaches(), c.Layout, c.Verify)
	most := c.Limits.MaxNumSeqs * c.Stages
	timer, keys := NewTimer(c.Step, c.DP, most), newKeyring(c, known)
	if c.Plain != nil {
		timer.plain = NewTimer(c.Plain, c.DP, most)
	}
	for range c.Replicas {
		p, err := newReplica(c, shape, timer, keys, pool.Journals[0])
		if err != nil {
			return nil, err
		}
		pool.Replicas = append(pool.Replicas, p)
	}
	return pool, nil
}
