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

// NewPool is a pool at time 0, whose replicas look at contents that are known by their rows.
func NewPool(c *contract.Config, known *Contents) (*Pool, error) {
	pool := &Pool{Config: c, Journals: []*Journal{NewJournal(c)}}
	shape := decode.NewVerifyingShape(c.Step.Reaches(), c.Layout, c.Verify)
	timer, keys := NewTimer(c.Step), newKeyring(c, known)
	for range c.Replicas {
		p, err := newReplica(c, shape, timer, keys, pool.Journals[0])
		if err != nil {
			return nil, err
		}
		pool.Replicas = append(pool.Replicas, p)
	}
	return pool, nil
}
