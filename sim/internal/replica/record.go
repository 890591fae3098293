package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// record records the sequences that ran and the blocks that were held during the flight, which is over now.
func (p *Replica) record(now units.Picoseconds) {
	f, j := &p.flight, p.Account.Journal
	held := p.clock // since when the number of blocks has been what it is
	if f.Steps > 1 {
		held = p.allocate()
	}
	end := metrics.At(now)
	j.Running.Add(p.step.running, end-p.clock)
	j.Held.Add(p.step.held, end-held)
	if w := j.Series.Within(f.Start, now); w != nil {
		w.Accrue(metrics.Running, metrics.AreaOf(p.step.running, end-p.clock))
		w.Accrue(metrics.Held, metrics.AreaOf(p.step.held, end-held))
		if w != p.Account.Window { // as storing a pointer takes longer than comparing it
			p.Account.Window = w
		}
	} else { // of a single step
		p.Account.Window = j.Series.Pass(p.step.running, p.step.held, f.Start, now)
	}
	if j.System != nil {
		j.System.Hold(metrics.Running, p.step.running, p.clock, end)
		j.System.Hold(metrics.Held, p.step.held, held, end)
	}
	p.clock = end
}

// Rested records that nothing ran from the last flight until now.
func (p *Replica) Rested(now units.Picoseconds) {
	time, j := metrics.Between(p.Since, now), p.Account.Journal
	j.Running.Add(0, time)
	j.Held.Add(0, time)
	p.clock = metrics.At(now)
}
