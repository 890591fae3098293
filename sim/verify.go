package sim

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/metrics"
)

// audit verifies conservation laws that hold for every schedule. Its errors mean a mistake in the engine, never in its input.

// auditStep compares what a replica's ranks keep as sums with the sequences that they are sums of.
func (p *replica) auditStep(now units.Picoseconds) error {
	if now < p.since {
		return fmt.Errorf("conservation: time runs back from %d to %d ps", p.since, now)
	}
	for i, r := range p.ranks {
		if err := r.audit(); err != nil {
			return fmt.Errorf("conservation: rank %d at %d ps: %w", i, now, err)
		}
	}
	return nil
}

func (r *rank) audit() error {
	held := 0
	var decoding, context int64
	shared := map[kv.Node]bool{}
	for _, a := range r.roster.eldest() {
		id := a.seq
		s := &r.roster.all[id]
		for _, n := range r.roster.chains[id] {
			if shared[n] {
				held -= r.shape.layout.Full
			}
			shared[n] = true
		}
		if s.partial {
			held += r.Footprint(int(s.computed))
			continue
		}
		known := r.decoders.known(&s.entry)
		held += r.Footprint(known - 1)
		decoding++
		context += int64(known)
	}
	if err := r.pool.Audit(); err != nil {
		return err
	}
	switch {
	case held != r.pool.Held() || held > r.pool.Size():
		return fmt.Errorf("%d of %d blocks are held, the sequences' contexts take %d", r.pool.Held(), r.pool.Size(), held)
	case decoding != r.decoders.n || int(decoding)+len(r.partial) != r.roster.running:
		return fmt.Errorf("%d sequences run, %d decode and %d have a partial prompt", r.roster.running, decoding, len(r.partial))
	case context != r.decoders.context:
		return fmt.Errorf("decodes see %d tokens, their contexts have %d", r.decoders.context, context)
	}
	return nil
}

// auditEnd verifies that a finished run has left nothing behind.
func (f *fleet) auditEnd() error {
	var emitted, answered int64
	for _, p := range f.replicas {
		answered += p.account.output
		for _, r := range p.ranks {
			if r.outstanding() > 0 || r.pool.Held() > 0 || r.reserved != 0 {
				return fmt.Errorf("conservation: %d requests and %d blocks are left over", r.outstanding(), r.pool.Held())
			}
		}
	}
	for _, j := range f.journals {
		emitted += j.series.Count(metrics.OutputTokens)
	}
	if emitted != answered {
		return fmt.Errorf("conservation: %d tokens were computed, %d were answered", emitted, answered)
	}
	for _, j := range f.journals {
		if err := j.law.audit(); err != nil {
			return fmt.Errorf("conservation: %w", err)
		}
	}
	return nil
}

func (l *littlesLaw) audit() error {
	switch {
	case l.inside != 0:
		return fmt.Errorf("%d more requests came than went", l.inside)
	case l.integral != l.residence:
		return fmt.Errorf("requests in the system, over time, differ by %d ps from their residence (Little's law)", int64(l.integral-l.residence))
	}
	return nil
}
