package fleet

import (
	"context"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/agenda"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// Simulate is the fleet at the end of its workload.
func Simulate(ctx context.Context, c *contract.Config) (*Fleet, error) {
	if n := workers(c); n > 0 {
		return SimulateOn(ctx, c, n)
	}
	f, err := New(c)
	if err != nil {
		return nil, err
	}
	return f, f.Run(ctx)
}

// New is a fleet at time 0.
func New(c *contract.Config) (*Fleet, error) {
	n := c.Copies()
	pools := c.Pools()
	r, err := direct(c, pools)
	if err != nil {
		return nil, err
	}
	known := contentsOf(pools)
	a, err := newArrivals(c, known)
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		config: c, router: r, arrivals: a,
		landings: agenda.New(n, int64(units.Forever)), alarms: alarms{due: units.Forever},
	}
	if n > 1 {
		f.watcher, _ = f.router.(router.Watcher)
		f.tracker, _ = f.router.(router.Tracker)
	}
	f.listens = f.watcher != nil || f.tracker != nil || a.listen || c.Admission != nil
	f.follows = f.listens || c.Check || c.Exchange != nil || c.Watching.Landed != nil
	f.together = a.listen || c.Exchange != nil || c.Admission != nil && c.Admission.GivesUp()
	if f.stride = 1; n == 1 {
		f.stride = longestStride
	}
	for i := range pools {
		pool, err := replica.NewPool(&pools[i], known)
		if err != nil {
			return nil, err
		}
		f.Pools = append(f.Pools, pool)
		f.replicas = append(f.replicas, pool.Replicas...)
	}
	if n > 1 {
		f.watchSystem()
	}
	f.subscribe()
	f.connect(pools)
	if f.exchange != nil && (f.exchange.compares() || c.Admission != nil && c.Admission.GivesUp()) {
		for _, p := range f.replicas {
			p.Watch() // it is looked at, or blocks are freed, while a flight is under way
		}
	}
	if f.exchange == nil && n > 1 {
		f.prefixes = f.probe(f.router, first(n))
	}
	for i, p := range f.replicas {
		p.Account.Listened = f.listens
		p.Account.Reports = f.trackerOf(i) != nil || c.Admission != nil && c.Admission.FirstTokenTimeout > 0
	}
	f.guard()
	return f, nil
}

// watchSystem makes the pools know the levels of all replicas together.
func (f *Fleet) watchSystem() {
	for _, pool := range f.Pools {
		pool.Journals[0].WatchSystem()
	}
}

// direct is what sends requests to replicas: a router, or one for each side of an exchange.
func direct(c *contract.Config, pools []contract.Config) (router.Router, error) {
	if c.Exchange != nil {
		return newDesks(c, pools)
	}
	return router.New(c.Router, settingOf(c, pools, func(contract.Role) bool { return true }))
}

// settingOf is what the router is told of the replicas of pools with some roles.
func settingOf(c *contract.Config, pools []contract.Config, of func(contract.Role) bool) *router.Terms {
	s := &router.Terms{Seed: c.Seed, Options: c.Options}
	for i := range pools {
		p := &pools[i]
		if !of(p.Role) {
			continue
		}
		for range p.Replicas {
			s.Replicas = append(s.Replicas,
				router.Member{Blocks: p.DP * p.Blocks, BlockTokens: p.Layout.BlockTokens})
		}
	}
	return s
}

// contentsOf keeps what prompts have, where any pool looks at it; nil where none does.
func contentsOf(pools []contract.Config) *replica.Contents {
	finest := 0
	for i := range pools {
		c := &pools[i]
		if !c.Caches() {
			continue
		}
		block := c.Layout.BlockTokens
		if policy, err := sched.New(c.Policy, c.Limits, max(1, c.Stages)); err == nil && policy.Caching().Partial {
			block = 1 // of what fills no block somebody asks
		}
		if finest == 0 || block < finest {
			finest = block
		}
	}
	if finest == 0 {
		return nil
	}
	return replica.NewContents(pools[0].Workload, finest)
}

// first are the numbers of so many replicas.
func first(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}
