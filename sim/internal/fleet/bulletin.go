package fleet

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/router"
)

// bulletin publishes what the replicas have to do to the router that subscribes to it, and what their ranks
// have to replicas' balancers, at those multiples of an interval at which that may have changed since the
// one before.
type bulletin struct {
	fleet    *Fleet
	reader   router.Subscriber // nil where only balancers subscribe
	interval units.Picoseconds
	number   int // of its alarm
}

// subscribe makes the fleet have a bulletin where its router, or a replica's balancer, wants one.
func (f *Fleet) subscribe() {
	reader, ok := f.router.(router.Subscriber)
	if ok = ok && f.config.Copies() > 1; !ok {
		reader = nil
	}
	ranks := f.config.Publishes() ||
		slices.ContainsFunc(f.config.Others, func(p contract.Pool) bool { return p.Publishes() })
	if !ok && !ranks {
		return
	}
	b := &bulletin{fleet: f, reader: reader, interval: f.config.StatsInterval}
	if b.interval == 0 {
		b.interval = router.StatsInterval
	}
	b.number = f.alarms.add(b)
	f.bulletin = b
}

// ring publishes. Where nothing waits or runs there will be no news until a request comes.
func (b *bulletin) ring(now units.Picoseconds) units.Picoseconds {
	next := units.Forever
	for i, p := range b.fleet.replicas {
		waiting, running := p.Crowd()
		if b.reader != nil {
			b.reader.Publish(i, waiting, running)
		}
		p.Publish()
		if waiting+running > 0 {
			next = now + b.interval
		}
	}
	return next
}

// expect makes sure that there will be another one, as a request comes.
func (b *bulletin) expect(now units.Picoseconds) {
	if a := &b.fleet.alarms; !a.isSet(b.number) {
		a.set(b.number, now-now%b.interval+b.interval)
	}
}
