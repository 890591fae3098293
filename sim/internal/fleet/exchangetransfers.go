package fleet

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
)

// ask lets a transfer begin when all that it needs is there.
func (x *exchange) ask(m *replica.Remote, v *move, now units.Picoseconds) {
	if v.asked || v.left || !m.Parked || !m.Computed && !(x.Layerwise && m.HasBegun()) {
		return
	}
	v.asked, m.Moving = true, true
	if at := max(now, m.Done); !x.Layerwise && at > now {
		x.wait(due{at, true, m})
		x.rearm()
		return
	}
	x.begin(m, v, now)
}

// begin is the beginning of a transfer.
func (x *exchange) begin(m *replica.Remote, v *move, now units.Picoseconds) {
	there := m.There
	if x.Whole {
		there = 0
	}
	v.begun = true
	v.start, v.bytes = now, x.Payload.Bytes(int(m.Input), there)
	x.tally.Bytes += v.bytes
	if from, to := x.route(m, v); x.links.begin(m, from, to, v.bytes, now) {
		x.fly(m, v, now)
	}
	x.rearm()
}

// route is the links of a transfer.
func (x *exchange) route(m *replica.Remote, v *move) (from, to int) {
	return x.first[v.source] + m.SourceRank(), x.first[v.mate] + m.HomeRank()
}

// fly takes note that the bytes of a transfer have gone.
func (x *exchange) fly(m *replica.Remote, v *move, now units.Picoseconds) {
	v.flown = true
	if m.Computed || v.left {
		x.finish(m, v, now)
	}
}

// finish makes a transfer end whose bytes have gone and whose prompt is computed: layer by layer, the last
// one's cache goes after it.
func (x *exchange) finish(m *replica.Remote, v *move, now units.Picoseconds) {
	at := max(now, m.Done)
	if rate := x.links.alone(x.route(m, v)); x.Layerwise && rate > 0 {
		layer := units.CeilDiv(v.bytes*millionths, rate*int64(max(1, x.Payload.Layers)))
		at = max(now, m.Done+units.Picoseconds(layer))
	}
	x.wait(due{at + x.Latency, false, m})
	x.rearm()
}

// wait puts something that will happen into its place.
func (x *exchange) wait(d due) {
	at, _ := slices.BinarySearchFunc(x.waiting, d, func(a, b due) int {
		if a.at != b.at {
			return int(min(1, max(-1, a.at-b.at)))
		}
		return int(a.Index) - int(b.Index)
	})
	x.waiting = slices.Insert(x.waiting, at, d)
}

// due is when something happens next.
func (x *exchange) due() units.Picoseconds {
	at := x.links.next()
	if len(x.waiting) > 0 {
		at = min(at, x.waiting[0].at)
	}
	return at
}

// rearm sets the alarm.
func (x *exchange) rearm() { x.fleet.alarms.set(x.number, x.due()) }

// ring lets happen what is due now.
func (x *exchange) ring(now units.Picoseconds) units.Picoseconds {
	for {
		for _, m := range x.links.ended(now) {
			x.fly(m, x.of(m), now)
		}
		if len(x.waiting) == 0 || x.waiting[0].at > now {
			return x.due()
		}
		d := x.waiting[0]
		x.waiting = slices.Delete(x.waiting, 0, 1)
		if d.begin {
			x.begin(d.Remote, x.of(d.Remote), now)
		} else {
			x.end(d.Remote, x.of(d.Remote), now)
		}
	}
}

// end is the end of a transfer.
func (x *exchange) end(m *replica.Remote, v *move, now units.Picoseconds) {
	f := x.fleet
	v.arrived, v.over = now, true
	x.received += v.bytes
	x.tally.Moved(v.start, now)
	if moved := f.config.Watching.Moved; moved != nil {
		moved(&contract.Move{Request: int(m.Index), From: v.source, To: v.mate, Start: v.start, End: now,
			Bytes: v.bytes})
	}
	x.free(m, v, now)
	v.let = v.let || m.Computed
	p := f.replicas[v.mate]
	v.free = !p.Receive(m, now)
	f.touch(v.mate, p)
	x.retire(v)
}
