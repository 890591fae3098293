package fleet

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
)

// prefixes is what a router knows of all caches: which ranks have blocks of known content.
type prefixes struct {
	shelves []*shelf
	delay   units.Picoseconds // until it knows of a change
	now     units.Picoseconds // when the request comes that is asked about
	overlap []int             // tokens by replica, of that request
	holders []int             // replicas that have any, in order
	cached  []int             // blocks by replica
	homes   []home            // by replica
	count   func(int) int     // blocks, which is the same each time
}

// home is where a replica's ranks are, and until when what its flight takes is known.
type home struct {
	*replica.Replica
	shelf       *shelf // nil where it has no cache
	first, upTo int    // of the shelf's ranks
	settled     units.Picoseconds
}

// shelf is the index of the ranks of one pool, by the strands of content.
type shelf struct {
	keys  *replica.Keyring
	ranks []place
	has   [][]holding // by strand
	reach []int       // by rank: first blocks that it has of the request asked about; else 0
	lies  []int       // ranks that may have any of it; reused
}

// holding is blocks of a strand that a rank has. Of one rank's no two touch each other.
type holding struct{ rank, from, to int }

// place is a rank's place on a shelf.
type place struct {
	replica int
	late    []change // that are not known yet, in order
	first   int      // of late
}

// change is blocks that a rank has come to have, or has forgotten.
type change struct {
	at     units.Picoseconds
	blocks replica.Portion
	has    bool
}

// probe gives the fleet an index of its caches where its router looks into them.
func (f *Fleet) probe() {
	prober, ok := f.router.(router.Prober)
	if !ok || !prober.Probes() || len(f.replicas) == 1 {
		return
	}
	n := len(f.replicas)
	x := &prefixes{delay: f.config.EventsDelay, overlap: make([]int, n), cached: make([]int, n),
		homes: make([]home, n)}
	x.count = x.blocks
	f.prefixes = x
	number := 0
	for _, pool := range f.Pools {
		var s *shelf
		for _, p := range pool.Replicas {
			if p.Caches() {
				if s == nil {
					s = &shelf{keys: p.Keyring()}
					x.shelves = append(x.shelves, s)
				}
				h := &x.homes[number]
				*h = home{p, s, len(s.ranks), len(s.ranks) + pool.Config.DP, -1}
				p.Inform(&witness{x, s, h.first})
				for range pool.Config.DP {
					s.ranks = append(s.ranks, place{replica: number})
				}
				s.reach = make([]int, len(s.ranks))
			}
			number++
		}
	}
}

// witness tells the index of the caches of a replica's ranks.
type witness struct {
	prefixes *prefixes
	shelf    *shelf
	first    int // place of its ranks
}

// Changed implements replica.Observer.
func (w *witness) Changed(rank int, blocks replica.Portion, at units.Picoseconds, has bool) {
	rank += w.first
	if w.prefixes.delay == 0 {
		w.prefixes.apply(w.shelf, rank, change{at, blocks, has})
		return
	}
	w.shelf.keys.Strands().Hold(blocks.Strand)
	p := &w.shelf.ranks[rank]
	p.late = append(p.late, change{at, blocks, has})
}

// apply makes a change known.
func (x *prefixes) apply(s *shelf, rank int, c change) {
	b := &c.blocks
	for int(b.Strand) >= len(s.has) {
		s.has = append(s.has, nil)
	}
	list := &s.has[b.Strand]
	before := len(*list)
	if c.has {
		*list = learn(*list, holding{rank, b.From, b.To})
		x.cached[s.ranks[rank].replica] += b.To - b.From
	} else {
		*list = forget(*list, holding{rank, b.From, b.To})
		x.cached[s.ranks[rank].replica] -= b.To - b.From
	}
	switch strands := s.keys.Strands(); {
	case before == 0:
		strands.Hold(b.Strand)
	case len(*list) == 0:
		strands.LetGo(b.Strand)
	}
}

// learn adds blocks that a rank has not had to a strand's list.
func learn(list []holding, h holding) []holding {
	for i := 0; i < len(list); {
		y := &list[i]
		if y.rank != h.rank || y.to != h.from && y.from != h.to {
			i++
			continue
		}
		h.from, h.to = min(h.from, y.from), max(h.to, y.to)
		list[i] = list[len(list)-1]
		list = list[:len(list)-1]
	}
	return append(list, h)
}

// forget takes blocks that a rank has off a strand's list.
func forget(list []holding, h holding) []holding {
	i := slices.IndexFunc(list, func(y holding) bool {
		return y.rank == h.rank && y.from <= h.from && h.to <= y.to
	})
	y := list[i]
	switch {
	case y.from < h.from:
		list[i].to = h.from
		if h.to < y.to {
			list = append(list, holding{h.rank, h.to, y.to})
		}
	case h.to < y.to:
		list[i].from = h.to
	default:
		list[i] = list[len(list)-1]
		list = list[:len(list)-1]
	}
	return list
}

// catchUp makes the changes of a rank known that are old enough.
func (x *prefixes) catchUp(s *shelf, rank int) {
	p := &s.ranks[rank]
	if p.first == len(p.late) || p.late[p.first].at > x.now-x.delay {
		return
	}
	for p.first < len(p.late) && p.late[p.first].at <= x.now-x.delay {
		late := p.late[p.first]
		x.apply(s, rank, late)
		s.keys.Strands().LetGo(late.blocks.Strand)
		p.first++
	}
	if p.first > len(p.late)/2 {
		p.late = append(p.late[:0], p.late[p.first:]...)
		p.first = 0
	}
}

// settle makes known what the flight under way of a replica has taken: it forgets, and learns nothing.
func (x *prefixes) settle(number int) {
	h := &x.homes[number]
	if h.shelf == nil || h.settled == x.now {
		return
	}
	h.settled = x.now
	h.Settle(x.now)
	if x.delay > 0 {
		for rank := h.first; rank < h.upTo; rank++ {
			x.catchUp(h.shelf, rank)
		}
	}
}

// blocks is how many a replica is known to have.
func (x *prefixes) blocks(number int) int {
	x.settle(number)
	return x.cached[number]
}

// find tells the router how much of a request's prompt each replica is known to have: as much as any of its
// ranks.
func (x *prefixes) find(q *replica.Request, now units.Picoseconds, asking *router.Request) {
	x.now = now
	for _, number := range x.holders {
		x.overlap[number] = 0
	}
	x.holders = x.holders[:0]
	for _, s := range x.shelves {
		if x.delay > 0 {
			for rank := range s.ranks {
				x.catchUp(s, rank)
			}
		}
		s.find(x, q)
	}
	slices.Sort(x.holders)
	asking.Overlap, asking.Holders, asking.Cached = x.overlap, x.holders, x.count
}

// judge counts a request that was sent to a replica.
func (x *prefixes) judge(chosen int, a *replica.Account) {
	most := 0
	for _, number := range x.holders {
		most = max(most, x.overlap[number])
	}
	if most > 0 {
		a.Found++
		if x.overlap[chosen] == most {
			a.Taken++
		}
	}
}

// find raises the overlaps of replicas to what those on the shelf have of a prompt. Only those that have any
// of it are asked what their flights take.
func (s *shelf) find(x *prefixes, q *replica.Request) {
	portions := s.keys.Portions(q)
	s.lies = s.lies[:0]
	for _, p := range portions {
		for _, h := range s.on(p.Strand) {
			s.lies = append(s.lies, h.rank)
		}
	}
	if len(s.lies) == 0 {
		return
	}
	for _, rank := range s.lies {
		x.settle(s.ranks[rank].replica)
	}
	for _, p := range portions {
		for _, h := range s.on(p.Strand) {
			if r := &s.reach[h.rank]; h.from <= *r && *r >= p.From {
				*r = max(*r, min(h.to, p.To))
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

// on is who has blocks of a strand.
func (s *shelf) on(l kv.Strand) []holding {
	if int(l) >= len(s.has) {
		return nil
	}
	return s.has[l]
}

// track tells the router, and the gateway, how the requests fare that went to a replica, but for their ends.
func (f *Fleet) track(p *replica.Replica) {
	for _, index := range p.Account.TakeBegun() {
		if f.tracker != nil {
			f.tracker.Begun(int(index))
		}
		if f.gateway != nil {
			f.gateway.begun(index)
		}
	}
}
