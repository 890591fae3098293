package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// journal is what replicas that are simulated together record into together.
type journal struct {
	ttft, tpot, itl, e2e *metrics.Sketch
	running, held        metrics.Levels // of one replica
	series               metrics.Series

	waiting int
	since   units.Picoseconds // of the latest change of waiting

	law *littlesLaw // nil where it is not checked
}

// littlesLaw is requests in the system now, the integral of their number over time, and the sum of the times that answered ones
// spent there. Both sums wrap around, which leaves their equality to be seen.
type littlesLaw struct {
	inside    int
	at        units.Picoseconds
	integral  uint64
	residence uint64 // modulo 2^64: each request subtracts when it comes and adds when it goes
}

func newJournal(c *Config) *journal {
	j := &journal{
		ttft: metrics.NewSketch(), tpot: metrics.NewSketch(), itl: metrics.NewSketch(), e2e: metrics.NewSketch(),
		running: metrics.NewLevels(c.DP * c.Limits.MaxNumSeqs * c.Stages),
		held:    metrics.NewLevels(c.DP * c.Blocks),
		series:  metrics.NewSeries(c.SeriesInterval),
	}
	if c.Check {
		j.law = &littlesLaw{}
	}
	return j
}

// wait changes the number of waiting requests.
func (j *journal) wait(now units.Picoseconds, by int) {
	if j.waiting > 0 {
		j.waited(now)
	}
	j.waiting += by
	j.since = now
}

//go:noinline // so that wait is, which rarely needs it
func (j *journal) waited(until units.Picoseconds) {
	j.series.Hold(metrics.Waiting, j.waiting, j.since, until)
}

// arrived counts a request that a scheduler takes.
func (j *journal) arrived(now units.Picoseconds) {
	j.series.At(now).Add(metrics.Arrivals, 1)
	if j.law != nil {
		j.law.come(now)
	}
}

// finished counts a request that is answered.
func (j *journal) finished(end units.Picoseconds) {
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

// merge adds what another journal recorded.
func (j *journal) merge(o *journal) {
	j.ttft.Merge(o.ttft)
	j.tpot.Merge(o.tpot)
	j.itl.Merge(o.itl)
	j.e2e.Merge(o.e2e)
	j.running.Merge(&o.running)
	j.held.Merge(&o.held)
	j.series.Merge(&o.series)
}
