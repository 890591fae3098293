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
	// replicas may land between two requests of one instant
	restless bool
}

// home is where a replica's ranks are, and until when what its flight takes is known.
type home struct {
	*replica.Replica
	shelf       *shelf // nil where it has no cache
	first, upTo int    // of the shelf's ranks
	settled     units.Picoseconds
}

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

// probe is an index of the caches of some replicas, which are in order, where their router looks into them;
// nil where it does not. It knows replicas as the router does.
func (f *Fleet) probe(r router.Router, among []int) *prefixes {
	prober, ok := r.(router.Prober)
	if !ok || !prober.Probes() {
		return nil
	}
	n := len(among)
	x := &prefixes{delay: f.config.EventsDelay, overlap: make([]int, n), cached: make([]int, n),
		homes: make([]home, n)}
	x.count, x.restless = x.blocks, f.config.Exchange != nil
	number := 0
	for _, pool := range f.Pools {
		var s *shelf
		for _, p := range pool.Replicas {
			if place, found := slices.BinarySearch(among, number); found && p.Caches() {
				if s == nil {
					s = &shelf{keys: p.Keyring()}
					x.shelves = append(x.shelves, s)
				}
				x.stand(p, s, place, pool.Config.DP)
			}
			number++
		}
	}
	return x
}

// stand puts the ranks of a replica onto a shelf.
func (x *prefixes) stand(p *replica.Replica, s *shelf, number, ranks int) {
	h := &x.homes[number]
	*h = home{p, s, len(s.ranks), len(s.ranks) + ranks, -1}
	p.Inform(func(rank int) kv.Follower { return &witness{x, s, p, rank, h.first + rank} }, x.delay > 0)
	for range ranks {
		s.ranks = append(s.ranks, place{replica: number})
	}
	s.reach = make([]int, len(s.ranks))
}

// witness tells the index of the cache of a replica's rank. It follows it.
type witness struct {
	prefixes *prefixes
	shelf    *shelf
	replica  *replica.Replica
	number   int // of the rank among its replica's
	rank     int // of the shelf's
}

// Changed implements kv.Follower.
func (w *witness) Changed(l kv.Strand, from, to int, has bool) {
	blocks := replica.Portion{Strand: l, From: from, To: to}
	if w.prefixes.delay == 0 {
		w.prefixes.apply(w.shelf, w.rank, &blocks, has)
		return
	}
	w.shelf.keys.Strands().Hold(l)
	p := &w.shelf.ranks[w.rank]
	p.late = append(p.late, change{w.replica.Happens(w.number), blocks, has})
}

// apply makes a change known.
func (x *prefixes) apply(s *shelf, rank int, b *replica.Portion, has bool) {
	cached := &x.cached[s.ranks[rank].replica]
	if has {
		s.learn(b.Strand, holding{rank: int32(rank), from: int32(b.From), to: int32(b.To)})
		*cached += b.To - b.From
	} else {
		s.forget(b.Strand, holding{rank: int32(rank), from: int32(b.From), to: int32(b.To)})
		*cached -= b.To - b.From
	}
}

// catchUp makes the changes of a rank known that are old enough.
func (x *prefixes) catchUp(s *shelf, rank int) {
	p := &s.ranks[rank]
	if p.first == len(p.late) || p.late[p.first].at > x.now-x.delay {
		return
	}
	for p.first < len(p.late) && p.late[p.first].at <= x.now-x.delay {
		late := &p.late[p.first]
		x.apply(s, rank, &late.blocks, late.has)
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
	if h.shelf == nil || h.settled == x.now && !x.restless {
		return
	}
	h.settled = x.now
	h.Uncover(x.now)
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

// trackerOf is the router that follows the requests of a replica; nil where none does.
func (f *Fleet) trackerOf(i int) router.Tracker {
	if f.exchange != nil {
		d := f.exchange.desks
		return d.tracks[d.side[i]]
	}
	return f.tracker
}

// track tells the router, and the gateway, how the requests fare that went to a replica, but for their ends.
func (f *Fleet) track(i int, p *replica.Replica) {
	tracker := f.trackerOf(i)
	for _, index := range p.Account.TakeBegun() {
		if tracker != nil {
			tracker.Begun(int(index))
		}
		if f.gateway != nil {
			f.gateway.begun(index)
		}
	}
}
