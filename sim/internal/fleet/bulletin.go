package fleet

import (
	"cmp"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/router"
)

// bulletin publishes what the replicas have to do to the router that subscribes to it, at those multiples of
// an interval at which that may have changed since the one before.
type bulletin struct {
	fleet    *Fleet
	reader   router.Subscriber
	interval units.Picoseconds
	number   int // of its alarm
}

// subscribe makes the fleet have a bulletin where its router wants one.
func (f *Fleet) subscribe() {
	reader, ok := f.router.(router.Subscriber)
	if !ok || f.config.Copies() == 1 {
		return
	}
	b := &bulletin{fleet: f, reader: reader, interval: cmp.Or(f.config.StatsInterval, reader.Interval())}
	b.number = f.alarms.add(b)
	f.bulletin = b
}

// ring publishes. Where nothing waits or runs there will be no news until a request comes.
func (b *bulletin) ring(now units.Picoseconds) units.Picoseconds {
	next := units.Forever
	for i, p := range b.fleet.replicas {
		waiting, running := p.Crowd()
		b.reader.Publish(i, waiting, running)
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
