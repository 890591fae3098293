package replica

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/sched"
)

// port is where the fleet takes what a replica has for it that computes prompts for others, or has others
// compute its own.
type port struct {
	again    bool      // the first token is computed anew where the sequence decodes
	begun    []*Remote // prompts whose first step begins
	computed []*Remote // and those that have been computed
	parked   []*Remote // for which blocks have been set aside
	joined   []*Remote // whose first token here has been computed
	gone     []*Remote // whose clients have left
	stuck    bool      // a prompt is computed and driven out for ever
}

// mostDrivenOut is how often a prompt of a prefill pool may be driven out. Its own decode replica may hold up
// what is pinned in its way, and is never asked to wait, once the prompt's layers are on their way there.
const mostDrivenOut = 1000

// errLivelock is what happens then, which no step would end.
var errLivelock = fmt.Errorf("deadlock: a prompt has been driven out of a prefill replica %d times, by others that "+
	"wait for the blocks set aside for it; give the pools more blocks, or fetch whole caches (nixl)", mostDrivenOut)

// connect gives a rank its part in an exchange.
func (p *Replica) connect(r *rank, c *contract.Config) {
	if c.Exchange == nil {
		return
	}
	if p.port == nil {
		p.port = &port{again: c.Exchange.Again}
	}
	if c.Role == contract.Prefill {
		r.silent = c.Exchange.Again
		r.exports = &exports{port: p.port}
	} else {
		r.lot = &lot{port: p.port}
	}
}

// take empties a list, which is valid until it is filled again.
func take(list *[]*Remote) []*Remote {
	taken := *list
	*list = taken[:0]
	return taken
}

// TakeBegun lists the prompts that plans have begun.
func (p *Replica) TakeBegun() []*Remote { return take(&p.port.begun) }

// TakeComputed lists the prompts that have been computed for others.
func (p *Replica) TakeComputed() []*Remote { return take(&p.port.computed) }

// TakeParked lists the requests for which plans have set blocks aside.
func (p *Replica) TakeParked() []*Remote { return take(&p.port.parked) }

// TakeJoined lists the requests that have decoded here for the first time.
func (p *Replica) TakeJoined() []*Remote { return take(&p.port.joined) }

// TakeGone lists the requests that plans have let go of since their clients left.
func (p *Replica) TakeGone() []*Remote { return take(&p.port.gone) }

// Serves tells whether a request can ever run, and cuts what it declares.
func (p *Replica) Serves(q *Request) bool {
	return int(q.Input)+int(q.MaxOutput) <= p.roomy || p.accept(q, &p.lead)
}

// prompt is the part of a request that is computed for others.
func prompt(q *Request) Request {
	alone := *q
	alone.Output, alone.MaxOutput = 1, 1
	return alone
}

// Computes tells whether a request's prompt can ever be computed for others.
func (p *Replica) Computes(q *Request) bool {
	alone := prompt(q)
	return p.Serves(&alone)
}

// Refuse counts a request that cannot be served.
func (p *Replica) Refuse(q *Request, now units.Picoseconds) {
	p.Account.Refused(q, now)
	if p.lead.keys != nil {
		p.lead.keys.Drop(q.Content)
	}
}

// Prefill hands a request's prompt, which it can compute, to the replica.
func (p *Replica) Prefill(q *Request, m *Remote, now units.Picoseconds) {
	alone := prompt(q)
	p.Account.arrived(now)
	r := p.ranks[p.RankFor(q)]
	m.rank = r
	r.exports.expect(m)
	p.enqueue(&alone, r, now)
}

// RankFor is the number of the rank that the next request goes to.
func (p *Replica) RankFor(q *Request) int {
	if len(p.peers) == 0 {
		return 0
	}
	return p.choose(q).number
}

// ArriveAt is Arrive at a rank that is chosen already.
func (p *Replica) ArriveAt(rank int, q *Request, now units.Picoseconds) bool {
	if !p.Serves(q) {
		p.Refuse(q, now)
		return false
	}
	p.Account.arrived(now)
	p.enqueue(q, p.ranks[rank], now)
	return true
}

// CachedAt is how many tokens of a request's prompt a rank has cached now, in the middle of a flight maybe.
func (p *Replica) CachedAt(rank int, q *Request, now units.Picoseconds) int {
	p.Settle(now)
	r, w := p.ranks[rank], waiter{Request: *q, seq: decode.Nobody}
	if r.sided || !r.mayBeCached(&w) {
		return 0
	}
	return r.cached(&w).blocks() * r.shape.Layout.BlockTokens
}

// formLots is form where requests join that others have computed the prompts of.
func (p *Replica) formLots(now units.Picoseconds) {
	p.lead.formLot(now)
	p.step = p.lead.part()
	for i := 0; i < len(p.peers); i++ {
		p.peers[i].formLot(now)
		p.step.add(p.peers[i].part())
	}
}

// formLot is form where requests may join that others have computed the prompts of.
func (r *rank) formLot(now units.Picoseconds) {
	if r.lot == nil {
		r.form(now)
		return
	}
	if r.now = now; len(r.lot.ready) > 0 {
		r.board(now)
	}
	r.form(now)
	r.park(now)
}

// lateLots tells whether a cache has come that a plan does not know of.
func (p *Replica) lateLots() bool {
	for _, r := range p.ranks {
		if r.lot != nil && len(r.lot.late) > 0 {
			return true
		}
	}
	return false
}

// deliverLots makes known what caches came at or before an instant.
func (p *Replica) deliverLots(until units.Picoseconds) {
	for _, r := range p.ranks {
		if r.lot != nil {
			r.lot.deliver(until)
		}
	}
}

// holding is a sequence that holds blocks and does not run.
type holding struct {
	seq    sched.Seq
	tokens int
}

// apart lists those that hold blocks and do not run: parked ones, and those whose blocks are pinned.
func (r *rank) apart() (list []holding) {
	if x := r.exports; x != nil {
		for id, m := range x.pinned {
			if m != nil && m.pinned {
				list = append(list, holding{sched.Seq(id), m.tokens})
			}
		}
	}
	if l := r.lot; l != nil {
		for _, m := range l.parked {
			list = append(list, holding{m.place, int(m.Input)})
		}
		for _, m := range l.ready {
			list = append(list, holding{m.place, int(m.Input)})
		}
		for _, m := range l.late {
			list = append(list, holding{m.place, int(m.Input)})
		}
		for _, m := range l.unwanted {
			list = append(list, holding{m.place, int(m.Input)})
		}
	}
	return list
}
