package fleet

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/router"
)

// exchange takes requests from prefill to decode replicas. It knows what happened to each, and carries their
// caches over links. What happens there at an instant of its own, it has one alarm for.
type exchange struct {
	*contract.Exchange
	fleet    *Fleet
	desks    *desks
	number   int // of its alarm
	links    links
	first    []int        // by replica: its first rank's link
	known    [2]*prefixes // by side: in caches, where its router looks for them; else nil
	waiting  []due        // in order of time, then of the requests' numbers
	moves    []*move      // by the tickets of their requests
	open     int          // moves that are not over
	spare    []*move      // others, to be used again
	held     []*move      // others yet to be let go by their source, in order
	tally    *replica.Tally
	received int64 // bytes
}

// due is a transfer that begins, or ends, at an instant.
type due struct {
	at    units.Picoseconds
	begin bool
	*replica.Remote
}

// newExchange is the fleet's.
func newExchange(f *Fleet, pools []contract.Config) *exchange {
	x := &exchange{Exchange: f.config.Exchange, fleet: f,
		tally: replica.NewTally(f.config)}
	var egress, ingress []int64
	for i := range pools {
		c := &pools[i]
		for range c.Replicas * c.DP {
			if c.Role == contract.Prefill {
				egress = append(egress, whole(c.Link))
			} else {
				ingress = append(ingress, whole(c.Link))
			}
		}
	}
	x.links = links{capacity: append(egress, ingress...), apart: x.Apart}
	next := [2]int{0, len(egress)}
	for i := range pools {
		c := &pools[i]
		side := sideOf(c.Role)
		for range c.Replicas {
			x.first = append(x.first, next[side])
			next[side] += c.DP
		}
	}
	x.desks = desksOf(f.router)
	for side, r := range x.desks.of {
		if x.desks.isAsked(side) {
			x.known[side] = f.probe(r, x.desks.numbers[side])
		}
	}
	return x
}

// The sides of an exchange.
const (
	prefillSide = iota
	decodeSide
)

// roleAt is whose replicas stand on a side.
var roleAt = [...]contract.Role{prefillSide: contract.Prefill, decodeSide: contract.Decode}

// sideOf is where replicas of a role stand.
func sideOf(r contract.Role) int {
	if r == contract.Prefill {
		return prefillSide
	}
	return decodeSide
}

// arrive sends a request that comes now on its way.
func (x *exchange) arrive(now units.Picoseconds) error {
	f := x.fleet
	q, session := f.arrivals.head()
	mate, rank := -1, 0
	x.look(now)
	if !x.PairLate || x.Local == contract.Always {
		mate = x.choose(decodeSide, q, session, now)
		rank = f.replicas[mate].RankFor(q)
	}
	switch {
	case mate >= 0 && x.local(mate, rank, q, now):
		x.judge(decodeSide, mate)
		x.own(q, mate)
		x.send(q, mate, rank, now)
	default:
		source := x.choose(prefillSide, q, session, now)
		x.judge(prefillSide, source)
		m := x.paired(q)
		x.own(q, source)
		switch p := f.replicas[source]; {
		case q.Output == 1 && !x.Again: // the prefill's token is all
			x.cancel(m)
			x.send(q, source, -1, now)
		case !x.accepted(q) || !p.Computes(q):
			x.cancel(m)
			if f.gateway != nil {
				f.gateway.forget(f.gateway.content)
			}
			p.Refuse(q, now)
			f.load(source, 1)
			f.release(source, p)
		default:
			v := x.of(m)
			v.source, v.session = source, session
			f.sent(int(q.Index), source, now)
			p.Prefill(q, m, now)
			f.load(source, 1)
			f.touch(source, p)
			if mate >= 0 {
				x.pair(m, mate, rank, now)
			}
			if f.gateway != nil {
				f.gateway.follow(q, m, now)
			}
		}
	}
	err := f.arrivals.pass()
	f.progress()
	return err
}

// choose is the replica of a side that its router sends a request to, by what it knows of the caches there.
func (x *exchange) choose(side int, q *replica.Request, session uint64, now units.Picoseconds) int {
	f := x.fleet
	f.asking = router.Request{Index: int(q.Index), Session: session, Input: int(q.Input)}
	if known := x.known[side]; known != nil {
		known.find(q, now, &f.asking)
	}
	return x.desks.choose(side, &f.asking)
}

// judge counts where the prompt is computed that a side's router was asked about last.
func (x *exchange) judge(side, chosen int) {
	if known := x.known[side]; known != nil {
		known.judge(x.desks.place[chosen], &x.fleet.replicas[chosen].Account)
	}
}

// look lets routers read what replicas have to do, where they do so for each request.
func (x *exchange) look(now units.Picoseconds) {
	if f := x.fleet; f.live != nil {
		f.publish(f.live, now)
	}
}

// compares tells whether what a decode replica has cached decides where a prompt is computed.
func (x *exchange) compares() bool { return x.Local >= 0 && x.Local != contract.Always }

// local tells whether the decode replica computes a prompt itself.
func (x *exchange) local(mate, rank int, q *replica.Request, now units.Picoseconds) bool {
	if !x.compares() {
		return x.Local == contract.Always
	}
	return int(q.Input)-x.fleet.replicas[mate].CachedAt(rank, q, now) <= x.Local
}

// send hands a whole request to a replica, and there to a rank, unless that is -1.
func (x *exchange) send(q *replica.Request, to, rank int, now units.Picoseconds) {
	f := x.fleet
	p := f.replicas[to]
	f.load(to, 1)
	taken := false
	switch {
	case f.gateway != nil:
		taken = f.gateway.passOn(q, to, rank, now)
	case rank < 0:
		taken = p.Arrive(q, now)
	default:
		taken = p.ArriveAt(rank, q, now)
	}
	if taken {
		f.touch(to, p)
	} else {
		f.release(to, p)
	}
}

// paired is a request as its decode replica will have it.
func (x *exchange) paired(q *replica.Request) *replica.Remote {
	v := x.fresh()
	m := &v.remote
	m.Request = *q
	if q.Content != replica.NoContent {
		m.Content = x.fleet.arrivals.known.Copy(q.Content)
	}
	return m
}

// cancel takes back a move of a request that goes to no decode replica.
func (x *exchange) cancel(m *replica.Remote) {
	x.desks.ended(decodeSide, m.Index)
	x.drop(m)
	x.close(x.of(m))
}

// drop forgets what is known of a request's content on the decode side.
func (x *exchange) drop(m *replica.Remote) {
	if m.Content != replica.NoContent {
		x.fleet.arrivals.known.Drop(m.Content)
		m.Content = replica.NoContent
	}
}

// own lets a request's content be known at a replica that looks at it.
func (x *exchange) own(q *replica.Request, at int) {
	if q.Content != replica.NoContent && !x.fleet.replicas[at].Caches() {
		x.fleet.arrivals.known.Drop(q.Content)
		q.Content = replica.NoContent
	}
}

// accepted tells whether all decode pools can serve a request.
func (x *exchange) accepted(q *replica.Request) bool {
	for _, pool := range x.fleet.Pools {
		declared := q.MaxOutput
		if pool.Config.Role == contract.Decode && !pool.Replicas[0].Serves(q) {
			return false
		}
		q.MaxOutput = declared
	}
	return true
}

// pair lets a decode replica have a request.
func (x *exchange) pair(m *replica.Remote, mate, rank int, now units.Picoseconds) {
	f := x.fleet
	p := f.replicas[mate]
	x.of(m).mate = mate
	if t := x.desks.tracks[decodeSide]; t != nil {
		t.Begun(int(m.Index)) // its prompt is computed elsewhere
	}
	f.sent(int(m.Index), mate, now)
	if !p.Caches() {
		x.drop(m)
	}
	p.Serves(&m.Request) // which cuts what it declares
	f.load(mate, 1)
	p.Await(m, rank, now)
	f.touch(mate, p)
}

// landed takes what a replica's landing gave: prompts that are computed, and first tokens.
func (x *exchange) landed(i int, p *replica.Replica, now units.Picoseconds) {
	f := x.fleet
	for _, m := range p.TakeComputed() {
		v := x.of(m)
		if v.left {
			x.inVain(m, v, now)
			continue
		}
		f.load(i, -1)
		x.desks.ended(prefillSide, m.Index)
		if v.mate < 0 {
			x.look(now)
			mate := x.choose(decodeSide, &m.Request, v.session, now)
			x.pair(m, mate, f.replicas[mate].RankFor(&m.Request), now)
		} else {
			mate := f.replicas[v.mate]
			mate.Expect(m, now)
			f.touch(v.mate, mate)
		}
		if v.flown { // layer by layer, while the prompt was computed
			x.finish(m, v, now)
		} else {
			x.ask(m, v, now)
		}
	}
	for _, m := range p.TakeJoined() {
		x.joined(m, x.of(m))
	}
}

// joined takes note that a request has decoded for the first time, or was driven out before: it is its
// replica's alone now.
func (x *exchange) joined(m *replica.Remote, v *move) {
	if m.First != replica.Dropped {
		x.tally.Joined(m, v.start, v.arrived)
	}
	if v.left {
		v.free = true
		x.retire(v)
		return
	}
	if g := x.fleet.gateway; g != nil {
		g.settle(m, v.mate)
	}
	x.close(v)
}

// departed takes what a replica's plan gave: requests that it has let go, prompts that are begun, and blocks
// that are set aside.
func (x *exchange) departed(i int, p *replica.Replica, now units.Picoseconds) {
	for _, m := range p.TakeGone() {
		v := x.of(m)
		if x.desks.side[i] == prefillSide {
			v.let = true
		} else {
			v.free = true
		}
		x.retire(v)
	}
	for _, m := range p.TakeBegun() {
		x.ask(m, x.of(m), now)
	}
	for _, m := range p.TakeParked() {
		if m.Parked { // and not given up again
			x.ask(m, x.of(m), now)
		}
	}
}
