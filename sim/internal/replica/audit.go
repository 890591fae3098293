package replica

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// audit verifies conservation laws that hold for every schedule. Its errors mean a mistake in the engine,
// never in its input.

// auditor paces a replica's audits. One takes as long as there is to look at, so that it waits until the
// steps since the last one have earned it: a run with checks then takes about twice as long as one without,
// whatever its size. Small systems are looked at after every step, and what a mistake leaves behind in a
// large one is there at the next look.
type auditor struct {
	at            units.Picoseconds // of the latest step
	earned, spent int               // entries: by steps since the last look, and by that look
	round         int32             // number of the look
	met           []int32           // by kv.Node: the last look that met it
}

// earning is how many entries a step pays for: looking at one takes a few nanoseconds, a step about a
// hundred.
const earning = 16

// due tells whether a look has been earned.
func (a *auditor) due() bool {
	if a.earned += earning; a.earned < a.spent {
		return false
	}
	a.earned, a.spent = 0, 0
	a.round++
	return true
}

// meet tells whether the present look has met a node before.
func (a *auditor) meet(n kv.Node) bool {
	for int(n) >= len(a.met) {
		a.met = append(a.met, 0)
	}
	before := a.met[n] == a.round
	a.met[n] = a.round
	return before
}

// AuditStep compares what a replica's ranks keep as sums with the sequences that they are sums of.
func (p *Replica) AuditStep(now units.Picoseconds) error {
	if p.auditor == nil {
		p.auditor = &auditor{}
	}
	if now < p.auditor.at {
		return fmt.Errorf("conservation: time runs back from %d to %d ps", p.auditor.at, now)
	}
	p.auditor.at = now
	if !p.auditor.due() {
		return nil
	}
	for i, r := range p.ranks {
		if err := r.audit(p.auditor); err != nil {
			return fmt.Errorf("conservation: rank %d at %d ps: %w", i, now, err)
		}
		p.auditor.round++ // nodes of another pool
	}
	return nil
}

func (r *rank) audit(look *auditor) error {
	held, ended, sitting := 0, 0, 0
	var decoding, context int64
	for _, a := range r.roster.eldest() {
		id := a.seq
		s := &r.roster.all[id]
		held -= r.sharedBlocks(id, look)
		if s.partial {
			held += r.Footprint(r.held(s, 0))
			continue
		}
		if s.left && !s.overruns {
			held += r.Footprint(r.extent(s))
			ended++
			continue
		}
		if s.sits {
			held += r.sittingBlocks(a.seq, s)
			sitting++
			continue
		}
		held += r.decoders.HeldBlocks(&s.Entry, false)
		decoding++
		context += r.decoders.Weight(&s.Entry)
	}
	for _, x := range r.apart() {
		held += r.Footprint(x.tokens) - r.sharedBlocks(x.seq, look)
	}
	look.spent += r.pool.Entries()
	if err := r.pool.Audit(); err != nil {
		return err
	}
	switch {
	case held != r.pool.Held() || held > r.pool.Size():
		return fmt.Errorf("%d of %d blocks are held, the sequences' contexts take %d", r.pool.Held(), r.pool.Size(), held)
	case decoding != r.decoders.N || int(decoding)+len(r.partial)+ended+sitting != r.roster.running:
		return fmt.Errorf("%d sequences run, %d decode and %d have a partial prompt", r.roster.running, decoding, len(r.partial))
	case context != r.decoders.Total():
		return fmt.Errorf("decodes see %d tokens, their contexts have %d", r.decoders.Total(), context)
	}
	return nil
}

// sharedBlocks is how many of the pool blocks that a sequence holds others hold too, and have been met.
func (r *rank) sharedBlocks(id sched.Seq, look *auditor) (blocks int) {
	look.spent++
	count := func(weight int) func(kv.Node, int) {
		return func(n kv.Node, held int) {
			if look.spent++; look.meet(n) {
				blocks += weight * held
			}
		}
	}
	for _, s := range r.roster.chains[id] {
		r.pool.Nodes(s, count(r.shape.Layout.Full))
	}
	for _, x := range r.roster.sides[id] {
		r.pool.Nodes(x.held, count(r.shape.Layout.Windows[x.group].Blocks))
	}
	return blocks
}

// AuditEnd verifies that a replica's ranks have nothing left at the end of a run.
func (p *Replica) AuditEnd() error {
	for _, r := range p.ranks {
		if r.outstanding() > 0 || r.pool.Held() > 0 || r.reserved != 0 {
			return fmt.Errorf("conservation: %d requests and %d blocks are left over", r.outstanding(), r.pool.Held())
		}
	}
	return nil
}
