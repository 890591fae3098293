package replica

import "github.com/roofserve/roofserve/hw/units"

// inbox tells when the late requests came, which stand in their ranks' queues already. Under asynchronous
// scheduling an engine plans a step when the one before it begins, so that the plan is ready when that ends:
// what arrives meanwhile is seen by the plan after.
type inbox struct {
	late  []lateRequest // in order of arrival
	first int
}

type lateRequest struct {
	at   units.Picoseconds // when it reached the scheduler
	rank int
}

func (b *inbox) empty() bool { return b.first == len(b.late) }

func (b *inbox) push(l lateRequest) {
	if b.empty() {
		b.late, b.first = b.late[:0], 0
	} else if b.first > len(b.late)/2 && len(b.late) == cap(b.late) {
		b.late, b.first = append(b.late[:0], b.late[b.first:]...), 0
	}
	b.late = append(b.late, l)
}

// came tells whether there is a request that came at or before an instant. The first one is taken out by
// counting first on.
func (b *inbox) came(until units.Picoseconds) bool { return !b.empty() && b.late[b.first].at <= until }
