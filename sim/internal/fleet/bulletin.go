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
	if ok = ok && len(f.replicas) > 1; !ok {
		reader = nil
	}
	interval := f.config.StatsInterval
	if ok {
		for _, p := range f.replicas {
			p.Watch()
		}
		if interval == router.Live {
			f.live, reader, ok = reader, nil, false
		}
	}
	ranks := f.config.Publishes() ||
		slices.ContainsFunc(f.config.Others, func(p contract.Pool) bool { return p.Publishes() })
	switch {
	case !ok && !ranks:
		return
	case interval > 0:
	case ok:
		interval = f.ownInterval()
	default:
		interval = router.StatsInterval(router.VLLMDP)
	}
	b := &bulletin{fleet: f, reader: reader, interval: interval}
	b.number = f.alarms.add(b)
	f.bulletin = b
}

// ownInterval is how often the router that subscribes asks for statistics: the more often of two.
func (f *Fleet) ownInterval() units.Picoseconds {
	if f.config.Exchange == nil {
		return router.StatsInterval(f.config.Router)
	}
	interval := units.Forever
	for side, r := range desksOf(f.router).of {
		if _, reads := r.(router.Subscriber); reads {
			interval = min(interval, router.StatsInterval(f.config.DeskOf(roleAt[side]).Router))
		}
	}
	return interval
}

// publish tells a router what each replica has to do now.
func (f *Fleet) publish(to router.Subscriber, now units.Picoseconds) {
	for i, p := range f.replicas {
		p.Settle(now)
		waiting, running := p.Crowd()
		to.Publish(i, router.Notice{Waiting: waiting, Running: running, Held: p.Held()})
	}
}

// ring publishes. Where nothing waits or runs there will be no news until a request comes.
func (b *bulletin) ring(now units.Picoseconds) units.Picoseconds {
	if b.reader != nil {
		b.fleet.publish(b.reader, now)
	}
	next := units.Forever
	for _, p := range b.fleet.replicas {
		p.Publish()
		// what has ended holds its blocks until the plan of this instant, or the flight that computes it, is over
		if waiting, running := p.Crowd(); waiting+running > 0 || p.Flying || p.Held() > 0 {
			next = now + b.interval
		}
	}
	if b.fleet.exchange != nil && b.fleet.exchange.stands() {
		return units.Forever
	}
	return next
}

// expect makes sure that there will be another one, as a request comes.
func (b *bulletin) expect(now units.Picoseconds) {
	if a := &b.fleet.alarms; !a.isSet(b.number) {
		a.set(b.number, now-now%b.interval+b.interval)
	}
}
