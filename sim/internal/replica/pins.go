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

// begins takes note that the first step of a prompt begins.
func (x *exports) begins(index uint32, r *rank, now units.Picoseconds) {
	if m := x.remote.At(int(index)); m != nil && !(*m).begun {
		(*m).begun, (*m).Begun, (*m).rank = true, now, r
		x.port.begun = append(x.port.begun, *m)
	}
}

// export hands over a sequence whose prompt is computed. It reports false where this replica answers the
// request itself.
func (r *rank) export(id sched.Seq, s *Sequence, end units.Picoseconds) bool {
	remote := r.exports.remote.At(int(s.Index))
	if remote == nil {
		return false
	}
	m := *remote
	r.exports.remote.Drop(int(s.Index))
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
