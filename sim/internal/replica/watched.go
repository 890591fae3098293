package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Where somebody looks at a replica's cache while a flight is under way, the blocks that its steps take are
// taken as far as these have begun; elsewhere all of them are when it lands.

// watched is how far the flight under way has been settled.
type watched struct {
	steps int64               // whose blocks are taken; 0 where it has not been settled
	since metrics.Nanoseconds // when the number of blocks became what it is
	at    units.Picoseconds   // when what changes now does, within a flight; 0 between steps
}

// rest ends the settling of a flight, and tells since when its number of blocks is what it is.
func (w *watched) rest() metrics.Nanoseconds {
	w.steps = 0
	return w.since
}

// Watch makes it possible to look at the replica's cache at any time.
func (p *Replica) Watch() {
	if p.watched == nil {
		p.watched = &watched{}
	}
}

// Held is the number of blocks that sequences hold, as of the last landing, departure or settling.
func (p *Replica) Held() (blocks int) {
	for _, r := range p.ranks {
		blocks += r.pool.Held()
	}
	return blocks
}

// Settle takes the blocks of those steps of the flight under way that began before an instant.
func (p *Replica) Settle(now units.Picoseconds) {
	f, w := &p.flight, p.watched
	if !p.Flying || f.Steps == 1 {
		return
	}
	until := f.Until(now)
	if w.steps == 0 && until > 1 {
		w.steps, w.since = 1, p.clock
	}
	for w.steps > 0 && w.steps < until {
		idle := min(p.nextBlocks(), until-w.steps)
		if idle > 0 {
			p.turnBlocks(idle)
			w.steps += idle
			continue
		}
		w.at = f.End(w.steps)
		w.since = p.holds(w.since, w.at)
		p.takeBlocks()
		w.steps++
	}
	w.at = 0
}

// holds records how many blocks were held up to an instant within a flight, and returns it.
func (p *Replica) holds(since metrics.Nanoseconds, until units.Picoseconds) metrics.Nanoseconds {
	j, at := p.Account.Journal, metrics.At(until)
	j.Held.Add(p.step.held, at-since)
	j.Series.At(p.flight.Start).Accrue(metrics.Held, metrics.AreaOf(p.step.held, at-since))
	if j.System != nil {
		j.System.Hold(metrics.Held, p.step.held, since, at)
	}
	return at
}

// Inform lets each rank have a follower of its cache, which is empty now. Those who ask when something
// happens are told at once.
func (p *Replica) Inform(of func(rank int) kv.Follower, punctually bool) {
	p.Watch()
	for i, r := range p.ranks {
		r.pool.Inform(of(i), punctually)
	}
}

// Happens is when that happens which a rank's follower is being told of: at the beginning of a step whose
// blocks are being taken within a flight, or when a prompt's blocks were fetched, else at the end of the
// flight that lands, else when a plan is made.
func (p *Replica) Happens(rank int) units.Picoseconds {
	switch {
	case p.watched.at > 0:
		return p.watched.at
	case p.Flying:
		return p.flight.Over
	}
	return p.ranks[rank].now
}

// Uncover settles the flight under way up to an instant, and lets the caches forget what it has taken.
func (p *Replica) Uncover(now units.Picoseconds) {
	p.Settle(now)
	for _, r := range p.ranks {
		r.pool.Forget()
	}
}

// Strands are those on which contents lie.
func (k *Keyring) Strands() *kv.Strands { return k.strands }

// Portions lists the full blocks of a request's prompt whose content is known. It is valid until the next
// call.
func (k *Keyring) Portions(q *Request) []Portion { return k.portions(q, 0, k.named(q)) }

// BlockTokens is the tokens of a block.
func (k *Keyring) BlockTokens() int { return k.block }

// Keyring names what the replica has in its caches; nil without prefix caching.
func (p *Replica) Keyring() *Keyring { return p.lead.keys }
