package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/sched"
)

// A rank of a decode pool has a lot for requests whose prompts others compute. Blocks for a prompt are set
// aside, in the order in which requests came, once they fit beside what is held; a request whose blocks
// are there is parked, does not run, and is not preempted. When its cache has come it joins the decoders
// with the next plan, without the policy, as far as there are places.
//
// Blocks that are set aside for prompts still being computed elsewhere could keep each other's owners from
// going on. So they are given up again where a computed prompt finds no room, or a request waits for the
// policy, as one that was preempted does; both go first.

// lot is a rank's. All of its requests are in one of three lists, in order, or have joined.
type lot struct {
	port      *port
	awaiting  []*Remote // blocks
	parked    []*Remote // with blocks, until their cache has come
	ready     []*Remote // whose cache has come
	late      []arrived // the same, but not known to the plan that is due: see inbox.go
	fresh     []*Remote // have joined, and have not decoded yet
	came      int64     // number of requests so far
	recalled  bool      // the last plan gave blocks up again
	contained int       // requests in the three lists
	unwanted  []*Remote // whose clients have left, while their cache was on its way
}

// arrived is when a cache came.
type arrived struct {
	at units.Picoseconds
	*Remote
}

// Await puts a request into the lot of one of the replica's ranks.
func (p *Replica) Await(m *Remote, rank int, now units.Picoseconds) {
	r := p.ranks[rank]
	if r.keys != nil && r.sided && m.Content != NoContent { // windows and states are not looked up
		r.keys.Drop(m.Content)
		m.Content = NoContent
	}
	m.home, m.number = r, r.lot.came
	r.lot.came++
	r.lot.contained++
	r.lot.awaiting = append(r.lot.awaiting, m)
	if m.Computed {
		m.told = true
		p.Account.arrived(now)
	}
	p.stir(now, 0)
}

// Expect lets a rank know that a prompt, which it awaits or has blocks for, is computed.
func (p *Replica) Expect(m *Remote, now units.Picoseconds) {
	m.told = true
	p.Account.arrived(now)
	if !m.Parked {
		p.stir(now, 0)
	}
}

// Receive lets a request join whose cache has come. It reports false where nobody waits for it any more, and
// frees its blocks.
func (p *Replica) Receive(m *Remote, now units.Picoseconds) bool {
	l := m.home.lot
	if i := slices.Index(l.unwanted, m); i >= 0 {
		l.unwanted = slices.Delete(l.unwanted, i, i+1)
		p.Settle(now) // the steps under way took their blocks before
		m.home.drop(m)
		p.stir(now, 0)
		return false
	}
	if !m.Computed { // and never will be: its client has left, of which the scheduler is yet to hear
		m.Moving = false
		return true
	}
	l.parked = slices.DeleteFunc(l.parked, func(x *Remote) bool { return x == m })
	if p.async && (p.Flying || now == p.Since && !p.rests) {
		l.late = append(l.late, arrived{now, m})
		p.stir(now, 1) // the next step is planned already
		return true
	}
	l.ready = append(l.ready, m)
	p.stir(now, 0)
	return true
}

// stir cuts a flight short some steps after the one under way. What happens as it begins is known to its
// second plan.
func (p *Replica) stir(now units.Picoseconds, later int64) {
	f := &p.flight
	switch {
	case !p.Flying || f.Steps == 1:
	case now == f.Start:
		f.Cut(1)
	default:
		f.Cut(f.Until(now) + later)
	}
}

// deliver makes known what came at or before an instant.
func (l *lot) deliver(until units.Picoseconds) {
	for len(l.late) > 0 && l.late[0].at <= until {
		l.ready = append(l.ready, l.late[0].Remote)
		l.late = slices.Delete(l.late, 0, 1)
	}
}

// board lets those join the decoders whose cache has come, as far as there are places.
func (r *rank) board(now units.Picoseconds) {
	l := r.lot
	for len(l.ready) > 0 && r.roster.running < r.policy.Seats() {
		m := l.ready[0]
		l.ready = slices.Delete(l.ready, 0, 1)
		l.contained--
		r.join(m, now)
	}
}

// join makes a sequence decode whose cache has come. Where its first token is computed anew, the last token
// of the prompt is, too.
func (r *rank) join(m *Remote, now units.Picoseconds) {
	id, s := m.place, &r.roster.all[m.place]
	computed := int(s.Input)
	s.generated, s.First = 1, m.Done
	if r.lot.port.again {
		computed--
		s.generated, s.First = 0, 0
	}
	r.roster.run(id, s)
	s.Cached, s.Preemptions, s.last, s.sat = m.Cached, m.Preemptions, s.First, r.gaps.latest
	s.computed, s.filed = int32(computed), int32(computed)
	if r.tails != nil {
		r.tails.begin(id, none, true)
		if s.generated > 0 {
			r.tails.begin(id, s.First, true)
		}
	}
	r.pool.Spoil(r.Footprint(int(s.Input)) - r.Footprint(computed))
	switch {
	case r.keys == nil:
	case r.caching.AfterPass:
		r.file(id, s, computed)
	default:
		r.name(id, computed)
	}
	if r.verifies {
		r.decoders.Introduce(id, &s.Entry, s.Index, true)
		if r.lot.port.again {
			r.decoders.Undrafted(id)
		}
	}
	s.overruns = r.late && r.policy.Overruns(int(s.Output), int(s.MaxOutput))
	r.decoders.Join(id, &s.Entry, s.known(), int(s.Output-s.generated), s.overruns)
	if s.generated > 0 && r.account.measures(s.Arrival) {
		r.gaps.reopen(s.First)
	}
	r.account.wait(now, -1)
	m.Joined = now
	r.lot.fresh = append(r.lot.fresh, m)
}

// nameLast makes known the last blocks of prompts whose last token the planned step computes.
func (r *rank) nameLast() {
	if !r.lot.port.again || r.keys == nil {
		return
	}
	for _, m := range r.lot.fresh {
		if s := &r.roster.all[m.place]; !s.sits {
			r.name(m.place, int(s.Input))
		}
	}
}

// park sets blocks aside after a plan.
func (r *rank) park(now units.Picoseconds) {
	l := r.lot
	l.recalled = false
	if r.queue.n > 0 {
		r.recall()
		return
	}
	for i := 0; i < len(l.awaiting); {
		m := l.awaiting[i]
		switch {
		case !m.Computed:
			i++
			continue
		case !r.setAside(m, now) && !(r.recall() && r.setAside(m, now)):
			return
		}
		i = slices.Index(l.awaiting, m)
		l.awaiting = slices.Delete(l.awaiting, i, i+1)
	}
	for len(l.awaiting) > 0 && r.setAside(l.awaiting[0], now) {
		l.awaiting = slices.Delete(l.awaiting, 0, 1)
	}
}

// setAside makes a request hold the blocks of its prompt, of which the cache may have the first. It reports
// false where they do not fit.
func (r *rank) setAside(m *Remote, now units.Picoseconds) bool {
	need, found, reserved := r.Footprint(int(m.Input)), 0, 0
	r.hit = nil
	if w := (waiter{Request: m.Request, seq: decode.Nobody}); r.mayBeCached(&w) {
		r.hit = r.cached(&w)
		need -= r.claimed()
	}
	if r.reserves {
		reserved = r.Footprint(r.policy.Demand(int(m.Input), int(m.Output), int(m.MaxOutput)))
	}
	if need > r.pool.Free() || reserved > r.Blocks()-r.reserved+r.Doubled() {
		return false
	}
	id, s := r.roster.enrol(&m.Request)
	if r.hit != nil {
		found = r.claim(id, r.hit)
		r.hit = nil
	}
	r.pool.Take(r.Footprint(int(m.Input)) - found*r.shape.Layout.Full)
	s.reserved = int32(reserved)
	r.reserved += reserved
	m.place, m.There, m.Parked, m.Since = id, found*r.shape.Layout.BlockTokens, true, now
	r.lot.parked = append(r.lot.parked, m)
	r.lot.port.parked = append(r.lot.port.parked, m)
	return true
}

// recall gives the blocks up again that were set aside for prompts which are not computed yet, unless their
// transfer goes on. It tells whether there were any.
func (r *rank) recall() bool {
	l, before := r.lot, len(r.lot.parked)
	l.parked = slices.DeleteFunc(l.parked, func(m *Remote) bool {
		if m.Computed || m.Moving {
			return false
		}
		r.giveUp(m)
		at, _ := slices.BinarySearchFunc(l.awaiting, m.number, (*Remote).after)
		l.awaiting = slices.Insert(l.awaiting, at, m)
		return true
	})
	l.recalled = l.recalled || len(l.parked) < before
	return len(l.parked) < before
}

// giveUp frees the blocks of a parked request, of which only what the cache found has a known content.
func (r *rank) giveUp(m *Remote) {
	s, chain := &r.roster.all[m.place], r.roster.chains[m.place]
	r.pool.Spoil(r.Footprint(int(s.Input)) - reach(chain)*r.shape.Layout.Full)
	r.release(chain)
	r.roster.chains[m.place] = chain[:0]
	r.reserved -= int(s.reserved)
	r.roster.dismiss(m.place)
	m.Parked = false
}

// abandonRemote takes a request out of the lot whose client has left. It reports false where it is not there
// any more under its number, and maybe another has its place in memory. Blocks to which a cache is on its way
// are freed when it has come.
func (r *rank) abandonRemote(m *Remote, number int64) bool {
	l := r.lot
	is := func(x *Remote) bool { return x == m && m.number == number }
	count := func() int { return len(l.awaiting) + len(l.parked) + len(l.ready) + len(l.late) }
	before := count()
	moves := m.Moving && slices.ContainsFunc(l.parked, is)
	l.awaiting, l.parked = slices.DeleteFunc(l.awaiting, is), slices.DeleteFunc(l.parked, is)
	l.ready = slices.DeleteFunc(l.ready, is)
	l.late = slices.DeleteFunc(l.late, func(x arrived) bool { return is(x.Remote) })
	if count() == before {
		return false
	}
	l.contained--
	if m.told {
		r.account.wait(r.now, -1)
		r.account.abandoned(0, r.now)
	}
	if moves {
		l.unwanted = append(l.unwanted, m)
		return true
	}
	r.drop(m)
	l.port.gone = append(l.port.gone, m)
	return true
}

// drop frees what a request holds that does not join.
func (r *rank) drop(m *Remote) {
	if m.Parked {
		r.giveUp(m)
	}
	if r.keys != nil {
		r.keys.Drop(m.Content)
	}
}

// unjoin takes note that a sequence is gone which has joined and not decoded.
func (l *lot) unjoin(id sched.Seq) {
	l.fresh = slices.DeleteFunc(l.fresh, func(m *Remote) bool {
		if m.place == id {
			l.port.gone = append(l.port.gone, m)
		}
		return m.place == id
	})
}

// decodedFirst takes note that those which had joined have decoded in a flight's first step.
func (r *rank) decodedFirst(f *decode.Flight) {
	l := r.lot
	waits := l.fresh[:0]
	for _, m := range l.fresh {
		s := &r.roster.all[m.place]
		if s.sits {
			waits = append(waits, m)
			continue
		}
		l.port.joined = append(l.port.joined, m)
		m.First = f.End(1)
		if l.port.again {
			s.First = m.First
			r.account.firstToken(s, m.First)
			if r.account.measures(s.Arrival) {
				r.gaps.open(m.First, 1)
			}
		}
	}
	l.fresh = waits
}

// hasReady tells whether somebody may join with the next plan.
func (l *lot) hasReady() bool { return l != nil && len(l.ready) > 0 }

// drop forgets that a sequence has joined: it is preempted before it has decoded.
func (l *lot) drop(id sched.Seq) {
	l.fresh = slices.DeleteFunc(l.fresh, func(m *Remote) bool {
		if m.place == id {
			m.First = Dropped
			l.port.joined = append(l.port.joined, m)
		}
		return m.place == id
	})
}

// restless tells that the rank's next plan will differ from the present one, whatever happens.
func (r *rank) restless() bool {
	l := r.lot
	return len(l.late) > 0 || len(l.fresh) > 0 && l.port.again || l.recalled ||
		len(l.ready) > 0 && r.roster.running < r.policy.Seats()
}
