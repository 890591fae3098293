package fleet

import (
	"math/bits"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/router"
)

// prefixes is what a router knows of all caches: which ranks have a block of known content.
type prefixes struct {
	replicas []*replica.Replica // that have caches
	shelves  []*shelf
	delay    units.Picoseconds // until it knows of a change
	overlap  []int             // tokens by replica, of the request asked about
	cached   []int             // blocks by replica
}

// shelf is the index of up to shelfRanks ranks of one pool, by the keys of blocks.
type shelf struct {
	keys  *replica.Keyring
	ranks []place
	has   map[uint64]uint64 // a bit for each rank
}

// shelfRanks is how many ranks a word of bits has room for.
const shelfRanks = 64

// place is a rank's place on a shelf.
type place struct {
	replica int
	late    []change // that are not known yet, in order
	first   int      // of late
}

// change is a block that a rank has come to have, or has forgotten.
type change struct {
	at  units.Picoseconds
	key uint64
	has bool
}

// probe gives the fleet an index of its caches where its router looks into them.
func (f *Fleet) probe() {
	prober, ok := f.router.(router.Prober)
	if !ok || !prober.Probes() || len(f.replicas) == 1 {
		return
	}
	x := &prefixes{delay: f.config.EventsDelay,
		overlap: make([]int, len(f.replicas)), cached: make([]int, len(f.replicas))}
	f.prefixes = x
	number := 0
	for _, pool := range f.Pools {
		var open *shelf // which has room
		for _, p := range pool.Replicas {
			if p.Caches() {
				x.replicas = append(x.replicas, p)
				p.Inform(&witness{x, x.stand(p, number, pool.Config.DP, &open)})
			}
			number++
		}
	}
}

// stand finds places for a replica's ranks, on a shelf with room or on a new one.
func (x *prefixes) stand(p *replica.Replica, number, ranks int, open **shelf) (places []spot) {
	for range ranks {
		if *open == nil || len((*open).ranks) == shelfRanks {
			*open = &shelf{keys: p.Keyring(), has: map[uint64]uint64{}}
			x.shelves = append(x.shelves, *open)
		}
		places = append(places, spot{*open, len((*open).ranks)})
		(*open).ranks = append((*open).ranks, place{replica: number})
	}
	return places
}

// spot is a place by its number on a shelf.
type spot struct {
	shelf  *shelf
	number int
}

// witness tells the index of the caches of a replica's ranks.
type witness struct {
	prefixes *prefixes
	ranks    []spot
}

// Changed implements replica.Observer.
func (w *witness) Changed(rank int, key uint64, at units.Picoseconds, has bool) {
	s := w.ranks[rank]
	if w.prefixes.delay == 0 {
		w.prefixes.apply(s.shelf, s.number, change{at, key, has})
		return
	}
	p := &s.shelf.ranks[s.number]
	p.late = append(p.late, change{at, key, has})
}

// apply makes a change known.
func (x *prefixes) apply(s *shelf, number int, c change) {
	bit := uint64(1) << number
	if c.has {
		s.has[c.key] |= bit
		x.cached[s.ranks[number].replica]++
		return
	}
	if s.has[c.key] &^= bit; s.has[c.key] == 0 {
		delete(s.has, c.key)
	}
	x.cached[s.ranks[number].replica]--
}

// catchUp makes the changes known that are old enough.
func (x *prefixes) catchUp(now units.Picoseconds) {
	for _, s := range x.shelves {
		for number := range s.ranks {
			p := &s.ranks[number]
			for p.first < len(p.late) && p.late[p.first].at <= now-x.delay {
				x.apply(s, number, p.late[p.first])
				p.first++
			}
			if p.first > len(p.late)/2 {
				p.late = append(p.late[:0], p.late[p.first:]...)
				p.first = 0
			}
		}
	}
}

// find tells the router how much of a request's prompt each replica is known to have: as much as any of its
// ranks.
func (x *prefixes) find(q *replica.Request, now units.Picoseconds, asking *router.Request) {
	for _, p := range x.replicas {
		p.Settle(now)
	}
	if x.delay > 0 {
		x.catchUp(now)
	}
	clear(x.overlap)
	for _, s := range x.shelves {
		s.find(q, x.overlap)
	}
	asking.Overlap, asking.Cached = x.overlap, x.cached
}

// judge counts a request that was sent to a replica.
func (x *prefixes) judge(chosen int, a *replica.Account) {
	if most := slices.Max(x.overlap); most > 0 {
		a.Found++
		if x.overlap[chosen] == most {
			a.Taken++
		}
	}
}

// find raises the overlaps of replicas to what those on the shelf have of a prompt.
func (s *shelf) find(q *replica.Request, overlap []int) {
	tokens, have := 0, ^uint64(0)>>(shelfRanks-len(s.ranks))
	settle := func(gone uint64) {
		for ; gone != 0; gone &= gone - 1 {
			i := s.ranks[bits.TrailingZeros64(gone)].replica
			overlap[i] = max(overlap[i], tokens)
		}
	}
	s.keys.Each(q, func(key uint64) bool {
		still := have & s.has[key]
		settle(have &^ still)
		have = still
		if have != 0 {
			tokens += s.keys.BlockTokens()
		}
		return have != 0
	})
	settle(have)
}

// track tells the router how the requests fare that it has sent to a replica, but for their ends.
func (f *Fleet) track(p *replica.Replica) {
	for _, index := range p.Account.TakeBegun() {
		f.tracker.Begun(int(index))
	}
}
