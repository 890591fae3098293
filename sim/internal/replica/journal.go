package replica

import (
	"fmt"
	"sync"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Journal is what replicas that are simulated together record into together.
type Journal struct {
	TTFT, TPOT, ITL, E2E *metrics.Sketch
	Running, Held        metrics.Levels // of one replica
	Series               metrics.Series
	// System has the levels of all replicas together; nil where one is all of them, or the result is not asked
	// for.
	System *metrics.Instants

	waiting int
	since   units.Picoseconds // of the latest change of waiting

	law *littlesLaw // nil where it is not checked
}

// littlesLaw is requests in the system now, the integral of their number over time, and the sum of the times
// that answered ones spent there. Both sums wrap around, which leaves their equality to be seen.
type littlesLaw struct {
	inside    int
	at        units.Picoseconds
	integral  uint64
	residence uint64 // modulo 2^64: each request subtracts when it comes and adds when it goes
}

// journals are those that nobody reads any more, for the next simulations to write into.
var journals = sync.Pool{New: func() any {
	return &Journal{
		TTFT: metrics.NewSketch(), TPOT: metrics.NewSketch(), ITL: metrics.NewSketch(), E2E: metrics.NewSketch(),
	}
}}

// NewJournal is the journal of replicas that a configuration describes.
func NewJournal(c *contract.Config) *Journal {
	j := journals.Get().(*Journal)
	j.Running.Reset(c.DP * c.Limits.MaxNumSeqs * c.Stages)
	j.Held.Reset(c.DP * c.Blocks)
	if c.NumbersOnly {
		j.Series = metrics.NewTotals(c.SeriesInterval)
	} else {
		j.Series = metrics.NewSeries(c.SeriesInterval)
	}
	if c.Check {
		j.law = &littlesLaw{}
	}
	return j
}

// Release gives a journal away that nobody reads any more.
func (j *Journal) Release() {
	for _, s := range []*metrics.Sketch{j.TTFT, j.TPOT, j.ITL, j.E2E} {
		s.Reset()
	}
	j.Series, j.System, j.waiting, j.since, j.law = metrics.Series{}, nil, 0, 0, nil
	journals.Put(j)
}

// WatchSystem makes the journal know the levels of all replicas that record into it, or into others that are
// merged into it.
func (j *Journal) WatchSystem() { j.System = metrics.NewInstants() }

// Wait changes the number of waiting requests.
func (j *Journal) Wait(now units.Picoseconds, by int) {
	if j.waiting > 0 {
		j.waited(now)
	}
	j.waiting += by
	j.since = now
}

//go:noinline // so that wait is, which rarely needs it
func (j *Journal) waited(until units.Picoseconds) {
	j.Series.Hold(metrics.Waiting, j.waiting, j.since, until)
}

// Arrived counts a request that a scheduler takes.
func (j *Journal) Arrived(now units.Picoseconds) {
	j.Series.At(now).Add(metrics.Arrivals, 1)
	if j.law != nil {
		j.law.come(now)
	}
}

// finished counts a request that is answered.
func (j *Journal) finished(end units.Picoseconds) {
	if j.law != nil {
		j.law.leave(end)
	}
}

func (l *littlesLaw) come(now units.Picoseconds) {
	l.pass(now, 1)
	l.residence -= uint64(now)
}

func (l *littlesLaw) leave(now units.Picoseconds) {
	l.pass(now, -1)
	l.residence += uint64(now)
}

// pass changes the number of requests in the system.
func (l *littlesLaw) pass(now units.Picoseconds, by int) {
	l.integral += uint64(l.inside) * uint64(now-l.at)
	l.inside += by
	l.at = now
}

// Merge adds what another journal of the same pool recorded.
func (j *Journal) Merge(o *Journal) {
	j.Running.Merge(&o.Running)
	j.Held.Merge(&o.Held)
	j.Join(o)
}

// Join adds what the journal of another pool recorded, but for the levels of single replicas.
func (j *Journal) Join(o *Journal) {
	j.TTFT.Merge(o.TTFT)
	j.TPOT.Merge(o.TPOT)
	j.ITL.Merge(o.ITL)
	j.E2E.Merge(o.E2E)
	j.Series.Merge(&o.Series)
	if j.System != nil {
		j.System.Merge(o.System)
	}
}

// Audit verifies Little's law at the end of a run whose journal checks it.
func (j *Journal) Audit() error {
	l := j.law
	switch {
	case l.inside != 0:
		return fmt.Errorf("%d more requests came than went", l.inside)
	case l.integral != l.residence:
		return fmt.Errorf("requests in the system, over time, differ by %d ps from their residence (Little's law)", int64(l.integral-l.residence))
	}
	return nil
}
