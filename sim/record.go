package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// record records the sequences that ran and the blocks that were held during the flight, which is over now.
func (p *replica) record(now units.Picoseconds) {
	f, j := &p.flight, p.account.journal
	held := p.clock // since when the number of blocks has been what it is
	if f.steps > 1 {
		held = p.allocate()
	}
	end := metrics.At(now)
	j.running.Add(p.step.running, end-p.clock)
	j.held.Add(p.step.held, end-held)
	if w := j.series.Within(f.start, now); w != nil {
		w.Accrue(metrics.Running, metrics.AreaOf(p.step.running, end-p.clock))
		w.Accrue(metrics.Held, metrics.AreaOf(p.step.held, end-held))
		if w != p.account.window { // as storing a pointer takes longer than comparing it
			p.account.window = w
		}
	} else { // of a single step
		j.series.Hold(metrics.Running, p.step.running, f.start, now)
		j.series.Hold(metrics.Held, p.step.held, f.start, now)
		p.account.window = j.series.At(now)
	}
	p.clock = end
}

// rested records that nothing ran from the last flight until now.
func (p *replica) rested(now units.Picoseconds) {
	time, j := metrics.Between(p.since, now), p.account.journal
	j.running.Add(0, time)
	j.held.Add(0, time)
	p.clock = metrics.At(now)
}
