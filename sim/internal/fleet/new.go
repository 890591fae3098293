package fleet

import (
	"context"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/agenda"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/router"
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
	r, err := router.New(c.Router, c.Replicas, c.Seed)
	if err != nil {
		return nil, err
	}
	keys := replica.NewKeyring(c)
	a, err := newArrivals(c, keys)
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		config: c, router: r, arrivals: a, Journals: []*replica.Journal{replica.NewJournal(c)},
		landings: agenda.New(c.Replicas, int64(units.Forever)), alarms: alarms{due: units.Forever},
	}
	f.subscribe()
	if c.Replicas > 1 {
		f.watcher, _ = f.router.(router.Watcher)
	}
	f.listens = f.watcher != nil || a.listen
	f.follows = f.listens || c.Check
	if f.stride = 1; c.Replicas == 1 {
		f.stride = longestStride
	}
	shape, timer := decode.NewShape(c.Step.Reaches(), c.Layout), replica.NewTimer(c.Step)
	for range c.Replicas {
		p, err := replica.New(c, shape, timer, keys, f.Journals[0])
		if err != nil {
			return nil, err
		}
		p.Account.Listened = f.listens
		f.Replicas = append(f.Replicas, p)
	}
	return f, nil
}
