package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/register"
	"github.com/roofserve/roofserve/sim/sched"
)

// A replica of a prefill pool computes prompts with one token each. A sequence that has it runs no more, but
// its blocks stay as they are, pinned, until the decode side has fetched them.

// exports is what a rank computes for others.
type exports struct {
	port   *port
	remote register.Register[*Remote] // requests that are to be decoded elsewhere
	pinned []*Remote                  // by Seq: whose prompt is computed; nil where it is not
}

// keep takes note of a sequence whose blocks are kept for a remote.
func (x *exports) keep(id sched.Seq, m *Remote) {
	for int(id) >= len(x.pinned) {
		x.pinned = append(x.pinned, nil)
	}
	x.pinned[id], m.exported = m, true
}

// letGo takes note that a sequence's blocks are kept no longer.
func (x *exports) letGo(id sched.Seq) {
	x.pinned[id].exported = false
	x.pinned[id] = nil
}

// expect takes note of a prompt that is to be computed. One that its client sends anew may come before the
// one that it gave up is let go; what stands first is also computed first.
func (x *exports) expect(m *Remote) {
	at := x.remote.At(int(m.Index))
	if at == nil {
		*x.remote.Put(int(m.Index)) = m
		return
	}
	last := *at
	for last.anew != nil {
		last = last.anew
	}
	last.anew = m
}

// take is the first of the prompts of a request, which is expected no longer; nil where there is none.
func (x *exports) take(index uint32) *Remote {
	at := x.remote.At(int(index))
	if at == nil {
		return nil
	}
	m := *at
	if *at = m.anew; m.anew == nil {
		x.remote.Drop(int(index))
	}
	m.anew = nil
	return m
}

// begins takes note that the first step of a prompt begins.
func (x *exports) begins(index uint32, now units.Picoseconds) {
	at := x.remote.At(int(index))
	if at == nil {
		return
	}
	m := *at
	for m.begun && m.anew != nil {
		m = m.anew
	}
	if !m.begun {
		m.begun, m.Begun = true, now
		x.port.begun = append(x.port.begun, m)
	}
}

// forget takes note that a prompt is not to be computed, whose client has left.
func (x *exports) forget(index uint32) {
	if m := x.take(index); m != nil {
		x.port.gone = append(x.port.gone, m)
	}
}

// export hands over a sequence whose prompt is computed. It reports false where this replica answers the
// request itself.
func (r *rank) export(id sched.Seq, s *Sequence, end units.Picoseconds) bool {
	m := r.exports.take(s.Index)
	if m == nil {
		return false
	}
	r.account.stayed(s)
	r.account.Journal.finished(end)
	m.Done, m.Cached, m.Preemptions, m.Computed = end+s.Lag, s.Cached, s.Preemptions, true
	m.seq, m.rank = id, r
	r.exports.keep(id, m)
	r.exports.port.computed = append(r.exports.port.computed, m)
	return true
}

// pin keeps the blocks of a sequence that leaves the running ones, unless they have been fetched. It reports
// false where there is nothing to keep.
func (r *rank) pin(id sched.Seq, s *Sequence, tokens int) bool {
	x := r.exports
	if int(id) >= len(x.pinned) || x.pinned[id] == nil {
		return false
	}
	m := x.pinned[id]
	if m.fetched {
		x.letGo(id)
		return false
	}
	m.pinned, m.tokens = true, tokens
	r.holdOnly(s, tokens)
	return true
}

// Fetched frees the blocks of a prompt that the replica has computed.
func (p *Replica) Fetched(m *Remote, now units.Picoseconds) {
	r := m.rank
	if m.fetched = true; !m.pinned {
		return // it leaves with the next plan
	}
	if p.watched != nil {
		p.watched.at = now // whatever the flight under way does
		defer func() { p.watched.at = 0 }()
	}
	s := &r.roster.all[m.seq]
	r.exports.letGo(m.seq)
	r.forget(m.seq, s, m.tokens)
}

// IsPinned tells whether the source holds the prompt's blocks.
func (m *Remote) IsPinned() bool { return m.exported }

// HasBegun tells whether a step has computed any of the prompt.
func (m *Remote) HasBegun() bool { return m.begun }

// SourceRank and HomeRank are the numbers of the ranks on both sides.
func (m *Remote) SourceRank() int { return m.rank.number }

// HomeRank is the number of the rank that decodes.
func (m *Remote) HomeRank() int { return m.home.number }
