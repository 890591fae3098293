package scenarios

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/sim"
)

// pools are all replicas of a resolved scenario, by what they are.
func (s *Scenario) pools() []Pool {
	if len(s.Pool) > 0 {
		return s.Pool
	}
	h := &s.Hardware
	return []Pool{{Replicas: h.Replicas, GPUs: h.GPUs, PricePerHour: h.PricePerHour, Device: h.Device}}
}

// copies is the number of replicas of all pools.
func (s *Scenario) copies() (n int) {
	for _, p := range s.pools() {
		n += p.Replicas
	}
	return n
}

// AllGPUs is the number of GPUs of all replicas of a resolved scenario.
func (s *Scenario) AllGPUs() (n int) {
	for _, p := range s.pools() {
		n += p.GPUs * p.Replicas
	}
	return n
}

// buildPools builds the pools of a scenario, of which b is the one that is shown.
func (s *Scenario) buildPools(b *Built) error {
	for i, y := range b.Parts.system.pools {
		pool := b
		if i != s.shown() {
			pool = &Built{}
			pool.Scenario, pool.Parts = y.serve(s.pooled(i))
		}
		if pool.system = y; !pool.Parts.Memory.Fits() {
			return fmt.Errorf("%s: %w", PoolPath(i), pool.Scenario.NoFit(pool.Parts))
		}
		if err := s.checkRoom(pool); err != nil {
			return err
		}
		var err error
		if pool.cost, err = y.model(pool.Scenario, pool.Parts); err != nil {
			return err
		}
		b.pools = append(b.pools, pool)
	}
	for i, pool := range b.pools {
		for _, warning := range pool.Parts.Warnings {
			if pool != b && !slices.Contains(b.Parts.Warnings, warning) {
				b.Parts.warn("%s: %s", PoolPath(i), warning)
			}
		}
	}
	return nil
}

// all are the pools of b, in their order; b alone where its scenario has none.
func (b *Built) all() []*Built {
	if b.pools == nil {
		return []*Built{b}
	}
	return b.pools
}

// simPools are the replicas of all pools.
func (b *Built) simPools() ([]sim.Pool, error) {
	var list []sim.Pool
	for i, pool := range b.all() {
		verify, err := pool.Parts.Speculation.verify(b.Scenario.Workload.Seed)
		if err != nil {
			return nil, err
		}
		p := pool.pool(verify)
		if b.Scenario.parted() {
			p.Role, p.Link = roleOf(b.Scenario.Pool[i].Role), pool.link(b.Scenario.KVTransfer.Bandwidth)
		}
		if p.Role == sim.Prefill {
			p.Verify = nil // it gives no token after the first
		}
		list = append(list, p)
	}
	return list, nil
}

// change builds b anew, each of its pools as build does.
func (b *Built) change(build func(*Built) (*Built, error)) (*Built, error) {
	if b.pools == nil {
		return build(b)
	}
	var changed *Built
	pools := make([]*Built, len(b.pools))
	for i, pool := range b.pools {
		var err error
		if pools[i], err = build(pool); err != nil {
			return nil, err
		}
		if pool == b {
			changed = pools[i]
		}
	}
	changed.pools = pools
	return changed, nil
}
