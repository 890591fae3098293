package fleet

import (
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/router"
)

// desks are two routers, one of the prefill replicas and one of those that decode. To the fleet they are one,
// which knows replicas by their numbers among all.
type desks struct {
	of      [2]router.Router
	watches [2]router.Watcher // the same, where they ask for loads; else nil
	tracks  [2]router.Tracker // and where they follow requests
	numbers [2][]int          // of each side's replicas among all
	place   []int             // of each replica among its side's
	side    []int
}

// newDesks are those of a fleet. What the second draws it draws under the next seed.
func newDesks(c *contract.Config, pools []contract.Config) (router.Router, error) {
	d := &desks{}
	for i := range pools {
		side := sideOf(pools[i].Role)
		for range pools[i].Replicas {
			d.place = append(d.place, len(d.numbers[side]))
			d.numbers[side] = append(d.numbers[side], len(d.side))
			d.side = append(d.side, side)
		}
	}
	reads := false
	for side := range d.of {
		terms := settingOf(c, pools, func(r contract.Role) bool { return sideOf(r) == side })
		desk := c.DeskOf(roleAt[side])
		terms.Seed += uint64(side)
		terms.Options = desk.Options
		var err error
		if d.of[side], err = router.New(desk.Router, terms); err != nil {
			return nil, err
		}
		d.watches[side], _ = d.of[side].(router.Watcher)
		if d.isAsked(side) {
			d.tracks[side], _ = d.of[side].(router.Tracker)
		}
		if _, ok := d.of[side].(router.Subscriber); ok {
			reads = true
		}
	}
	if reads {
		return &reading{d}, nil
	}
	return d, nil
}

// desksOf are those that a router is.
func desksOf(r router.Router) *desks {
	if d, ok := r.(*reading); ok {
		return d.desks
	}
	return r.(*desks)
}

// reading are desks that subscribe to what replicas publish.
type reading struct{ *desks }

// Choose is the replica that computes a request's prompt.
func (d *desks) Choose(q *router.Request) int { return d.choose(prefillSide, q) }

// isAsked tells whether there is anything to choose from on a side.
func (d *desks) isAsked(side int) bool { return len(d.numbers[side]) > 1 }

// choose is a replica of a side for a request.
func (d *desks) choose(side int, q *router.Request) int {
	at := 0
	if d.isAsked(side) {
		at = d.of[side].Choose(q)
	}
	return d.numbers[side][at]
}

// ended tells the router of a side, which may follow requests, that one has left it.
func (d *desks) ended(side int, request uint32) {
	if t := d.tracks[side]; t != nil {
		t.Ended(int(request))
	}
}

// Load adds to the number of a replica's outstanding requests, where its router asks for that.
func (d *desks) Load(i, by int) {
	if w := d.watches[d.side[i]]; w != nil {
		w.Load(d.place[i], by)
	}
}

// Publish tells a replica's router what it has to do.
func (d *reading) Publish(i int, n router.Notice) {
	if s, ok := d.of[d.side[i]].(router.Subscriber); ok {
		s.Publish(d.place[i], n)
	}
}
