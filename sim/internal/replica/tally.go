package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Tally is what transfers between replicas add up to.
type Tally struct {
	Bytes  int64
	Time   Latency
	Parked metrics.Moments
	Parts  [parts]metrics.Moments
	warmup units.Picoseconds
}

// The parts of the time to the first token on the decode side.
const (
	PartQueue = iota
	PartPrefill
	PartDecodeQueue
	PartTransfer
	PartFirstStep
	parts
)

// NewTally has nothing to add up yet.
func NewTally(c *contract.Config) *Tally {
	return &Tally{Time: Latency{sketch: metrics.NewSketch()}, warmup: c.Warmup}
}

// Sketch is that of the transfers' times.
func (t *Tally) Sketch() *metrics.Sketch { return t.Time.sketch }

// Moved counts a transfer that has ended.
func (t *Tally) Moved(from, to units.Picoseconds) { t.Time.Add(float64(to-from), 1) }

// Joined counts a request whose first token on the decode side has been computed: it came, its prompt was
// begun and computed, its transfer began and ended.
func (t *Tally) Joined(m *Remote, start, end units.Picoseconds) {
	t.Parked.Add(float64(m.Joined-m.Since), 1)
	if m.Arrival < t.warmup {
		return
	}
	moved := end - max(start, m.Done)
	for part, time := range [parts]units.Picoseconds{
		PartQueue: m.Begun - m.Arrival, PartPrefill: m.Done - m.Begun, PartTransfer: moved,
		PartDecodeQueue: m.Joined - m.Done - moved, PartFirstStep: m.First - m.Joined,
	} {
		t.Parts[part].Add(float64(time), 1)
	}
}
