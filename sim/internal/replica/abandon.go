package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/sched"
)

// A client may leave before it is answered. The scheduler hears of that as it hears of a request that comes:
// before its next plan, or, where that is made already, before the one after. Until then the request is
// served, for nothing; then its blocks are free, as those of one that has ended.

// leaver is a request whose client has left.
type leaver struct {
	at     units.Picoseconds
	index  uint32
	rank   int
	remote *Remote // that it was at a decode rank, under a number; else nil
	number int64
}

// Abandon lets the replica know that the client of a request, which is at one of its ranks, leaves now.
func (p *Replica) Abandon(index uint32, rank int, now units.Picoseconds) {
	p.leave(leaver{at: now, index: index, rank: rank}, now)
}

// AbandonRemote is Abandon where the request is decoded whose prompt another replica computes.
func (p *Replica) AbandonRemote(m *Remote, now units.Picoseconds) {
	p.leave(leaver{at: now, index: m.Index, rank: m.HomeRank(), remote: m, number: m.number}, now)
}

// leave adds to the requests of which the scheduler is to hear.
func (p *Replica) leave(l leaver, now units.Picoseconds) {
	p.Account.leavers = append(p.Account.leavers, l)
	later := int64(0)
	if p.async {
		later = 1 // the next step is planned already
	}
	p.stir(now, later)
}

// Dismiss lets go, before a plan, of requests whose clients have left as far as the plan may know.
func (p *Replica) Dismiss(now units.Picoseconds) {
	if len(p.Account.leavers) == 0 {
		return
	}
	for _, r := range p.ranks {
		r.now = now
	}
	if p.async && !p.rests {
		p.collect(now)
	} else {
		p.dismissUntil(now)
	}
}

// Hurry makes a flight a single step where the plan after it knows of somebody who leaves.
func (p *Replica) Hurry() {
	if len(p.Account.leavers) > 0 && p.Flying {
		p.flight.Cut(1)
	}
}

// dismissUntil lets go of those who had left at an instant. Whoever sends a request anew does so later, so
// that of two alike the one that has run, or else stands first, is abandoned.
func (p *Replica) dismissUntil(until units.Picoseconds) {
	a := &p.Account
	for len(a.leavers) > 0 && a.leavers[0].at <= until {
		l := a.leavers[0]
		a.leavers = slices.Delete(a.leavers, 0, 1)
		p.ranks[l.rank].abandon(&l)
	}
}

// abandon takes a request out, wherever it is.
func (r *rank) abandon(l *leaver) {
	index := l.index
	if len(r.sitting) > 0 {
		r.resume()
	}
	if r.exports != nil {
		r.exports.forget(index)
	}
	if l.remote != nil && r.abandonRemote(l.remote, l.number) {
		return
	}
	for _, x := range r.roster.eldest() {
		if s := &r.roster.all[x.seq]; s.Index == index && !s.left {
			r.abandonRunning(x.seq, s)
			return
		}
	}
	at := -1
	for i := range r.queue.n {
		if w := r.queue.at(i); w.Index == index && (at < 0 || w.seq != decode.Nobody) {
			if at = i; w.seq != decode.Nobody {
				break
			}
		}
	}
	w := *r.queue.at(at)
	r.queue.remove(at)
	r.account.wait(r.now, -1)
	if r.keys != nil {
		r.keys.Drop(w.Content)
	}
	if w.seq == decode.Nobody {
		r.account.abandoned(0, r.now)
		return
	}
	r.account.abandoned(r.roster.all[w.seq].generated, r.now)
	r.roster.dismiss(w.seq)
}

// abandonRunning takes out a sequence that runs.
func (r *rank) abandonRunning(id sched.Seq, s *Sequence) {
	tokens := int(s.computed)
	if s.partial {
		r.leavePartial(id)
	} else {
		known := r.decoders.Known(&s.Entry)
		tokens = known - 1
		if r.verifies {
			r.giveAhead(s, tokens, false)
		}
		r.pause(id, s)
		if r.watcher != nil {
			r.watcher.Left(sched.Decoding{Seq: id, Input: int(s.Input), Generated: int(s.generated),
				MaxOutput: int(s.MaxOutput)}, r.late)
		}
	}
	if r.lot != nil {
		r.lot.unjoin(id)
	}
	s.unfiled = false
	r.account.abandoned(s.generated, r.now)
	r.leave(id, s, tokens)
	s.partial = false
}

// abandoned counts a request that is abandoned, with the tokens that were computed for nothing.
func (a *Account) abandoned(tokens int32, now units.Picoseconds) {
	a.Wasted += int64(tokens)
	a.Journal.finished(now)
}

// unheard tells whether the client of a sequence which has its answer left without the scheduler knowing yet,
// and counts it then as abandoned.
func (a *Account) unheard(s *Sequence, end units.Picoseconds) bool {
	i := a.leaverOf(s)
	if i < 0 {
		return false
	}
	a.leavers = slices.Delete(a.leavers, i, i+1)
	a.abandoned(s.Output, end)
	return true
}

// stayed forgets that the client of a sequence has left, whose prompt is computed for others all the same.
func (a *Account) stayed(s *Sequence) {
	if i := a.leaverOf(s); i >= 0 {
		a.leavers = slices.Delete(a.leavers, i, i+1)
	}
}

// leaverOf is the place of a sequence's client among those who left; negative for none.
func (a *Account) leaverOf(s *Sequence) int {
	return slices.IndexFunc(a.leavers, func(l leaver) bool { return l.index == s.Index })
}

// report tells who follows requests that one has its first token.
func (a *Account) report(s *Sequence) {
	if a.leaverOf(s) < 0 {
		a.begun = append(a.begun, s.Index)
	}
}

// remove takes out the request at a place that the policy sees.
func (q *queue) remove(place int) {
	if q.order == nil {
		q.pick(place)
		return
	}
	// the last one that the policy sees takes its place, and the late ones move up
	q.n--
	*q.at(place) = *q.at(q.n)
	for i := q.n; i < q.n+q.late; i++ {
		*q.at(i) = *q.at(i + 1)
	}
	if place < q.n {
		q.rise(place)
		q.sink(place)
	}
}
