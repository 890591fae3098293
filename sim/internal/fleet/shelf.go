package fleet

import (
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/kv"
)

// shelf is the index of the ranks of one pool, by the strands of content.
type shelf struct {
	keys     *replica.Keyring
	ranks    []place
	first    []int32   // by strand: the first of the list of who has blocks of it
	holdings []holding // of all lists
	vacant   []int32   // of holdings
	reach    []int     // by rank: first blocks that it has of the request asked about; else 0
	lies     []int32   // ranks that may have any of it; reused
}

// holding is blocks of a strand that a rank has. Of one rank's no two touch each other.
type holding struct{ rank, from, to, next int32 }

// nobody ends a list of holdings.
const nobody int32 = -1

// head is the first of those who have blocks of a strand.
func (s *shelf) head(l kv.Strand) int32 {
	if int(l) >= len(s.first) {
		return nobody
	}
	return s.first[l]
}

// learn takes note of blocks that a rank has not had.
func (s *shelf) learn(l kv.Strand, h holding) {
	for int(l) >= len(s.first) {
		s.first = append(s.first, nobody)
	}
	if s.first[l] == nobody {
		s.keys.Strands().Hold(l)
	}
	for link := &s.first[l]; *link != nobody; {
		y := &s.holdings[*link]
		if y.rank != h.rank || y.to != h.from && y.from != h.to {
			link = &y.next
			continue
		}
		h.from, h.to = min(h.from, y.from), max(h.to, y.to)
		s.remove(link)
	}
	s.add(l, h)
}

// forget takes note that a rank has lost blocks.
func (s *shelf) forget(l kv.Strand, h holding) {
	link := &s.first[l]
	y := &s.holdings[*link]
	for y.rank != h.rank || y.from > h.from || y.to < h.to {
		link = &y.next
		y = &s.holdings[*link]
	}
	switch {
	case y.from < h.from:
		rest := holding{rank: h.rank, from: h.to, to: y.to}
		if y.to = h.from; rest.from < rest.to {
			s.add(l, rest)
		}
	case h.to < y.to:
		y.from = h.to
	default:
		if s.remove(link); s.first[l] == nobody {
			s.keys.Strands().LetGo(l)
		}
	}
}

// add puts a holding into a strand's list.
func (s *shelf) add(l kv.Strand, h holding) {
	h.next = s.first[l]
	if n := len(s.vacant) - 1; n >= 0 {
		s.first[l], s.vacant = s.vacant[n], s.vacant[:n]
		s.holdings[s.first[l]] = h
		return
	}
	s.first[l] = int32(len(s.holdings))
	s.holdings = append(s.holdings, h)
}

// remove takes a holding out of the list that a link of which leads to it.
func (s *shelf) remove(link *int32) {
	s.vacant = append(s.vacant, *link)
	*link = s.holdings[*link].next
}

// find raises the overlaps of replicas to what those on the shelf have of a prompt. Only those that have any
// of it are asked what their flights take.
func (s *shelf) find(x *prefixes, q *replica.Request) {
	portions := s.keys.Portions(q)
	s.lies = s.lies[:0]
	for _, p := range portions {
		for at := s.head(p.Strand); at != nobody; at = s.holdings[at].next {
			s.lies = append(s.lies, s.holdings[at].rank)
		}
	}
	for _, rank := range s.lies {
		x.settle(s.ranks[rank].replica)
	}
	if len(s.lies) == 0 {
		return
	}
	for _, p := range portions {
		for at := s.head(p.Strand); at != nobody; at = s.holdings[at].next {
			h := &s.holdings[at]
			if r := &s.reach[h.rank]; int(h.from) <= *r && *r >= p.From {
				*r = max(*r, min(int(h.to), p.To))
			}
		}
	}
	for _, rank := range s.lies {
		tokens, n := s.reach[rank]*s.keys.BlockTokens(), s.ranks[rank].replica
		if s.reach[rank] = 0; tokens == 0 {
			continue // nothing, or counted already
		}
		if x.overlap[n] == 0 {
			x.holders = append(x.holders, n)
		}
		x.overlap[n] = max(x.overlap[n], tokens)
	}
}
