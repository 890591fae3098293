package planning

import (
	"cmp"
	"slices"

	"github.com/roofserve/roofserve/internal/study/capacity"
)

// lattice is the numbers of replicas of two pools that are searched for the cheapest that serve the load. It
// takes for granted that none serves it where more replicas of either pool did not.
type lattice struct {
	points []point // the cheapest, by cost: as many as were asked for
	next   func() (point, bool)
	failed []point
}

// point is a number of replicas of each pool.
type point struct {
	replicas [2]int
	cost     float64
	trial    *capacity.Trial // nil until it is tried
}

// reach makes as many points known, or all where there are not so many, and tells how many are.
func (l *lattice) reach(n int) int {
	for len(l.points) < n {
		p, ok := l.next()
		if !ok {
			break
		}
		l.points = append(l.points, p)
	}
	return min(n, len(l.points))
}

// cheapest is the cheapest point that serves the load; nil where none does. It doubles the number of points
// below which it looks until one does, and then halves the gap.
func (l *lattice) cheapest(try func(point) (*capacity.Trial, error)) (*point, error) {
	best, few := -1, 0 // none of the first few points serves the load
	for n := 1; best < 0; n *= 2 {
		n = l.reach(n)
		if n == few {
			return nil, nil
		}
		var err error
		if best, err = l.among(n, try); err != nil {
			return nil, err
		}
		if best < 0 {
			few = n
		}
	}
	for few < best {
		middle := (few + best + 1) / 2
		found, err := l.among(middle, try)
		if err != nil {
			return nil, err
		}
		if found < 0 {
			few = middle
		} else {
			best = found
		}
	}
	return &l.points[best], nil
}

// among is the number of one of the n cheapest points that serves the load; −1 where none does. Only those
// are tried above which there is no other.
func (l *lattice) among(n int, try func(point) (*capacity.Trial, error)) (int, error) {
	for _, i := range l.highest(n) {
		p := &l.points[i]
		if slices.ContainsFunc(l.failed, p.under) {
			continue
		}
		var err error
		if p.trial, err = try(*p); err != nil {
			return -1, err
		}
		if p.trial.Met() {
			return i, nil
		}
		l.failed = append(l.failed, *p)
	}
	return -1, nil
}

// highest are those of the n cheapest points above which there is none of these, the most replicas of the
// first pool first.
func (l *lattice) highest(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return -slices.Compare(l.points[i].replicas[:], l.points[j].replicas[:])
	})
	var list []int
	for _, i := range order {
		if len(list) == 0 || l.points[i].replicas[1] > l.points[list[len(list)-1]].replicas[1] {
			list = append(list, i)
		}
	}
	return list
}

// under tells whether another point has as many replicas of both pools, or more.
func (p *point) under(q point) bool {
	return p.replicas[0] <= q.replicas[0] && p.replicas[1] <= q.replicas[1]
}

// rows are of each number of replicas of the first pool the cheapest point that is to come: a heap by cost.
type rows []point

// ordered tells whether a row's next point comes before another's.
func (r rows) ordered(i, j int) bool {
	return cmp.Or(cmp.Compare(r[i].cost, r[j].cost), slices.Compare(r[i].replicas[:], r[j].replicas[:])) < 0
}

// sink puts row i to its place, all below it being in order.
func (r rows) sink(i int) {
	for {
		least := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(r) && r.ordered(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		r[i], r[least] = r[least], r[i]
		i = least
	}
}

// inOrder gives the points of a plane from its corner on, the cheapest first and of equal ones those with
// fewer replicas of the first pool: as many as are asked for, since there may be millions. admits tells how
// much a point costs, and whether it is one; where it is none, none with more replicas of either pool is.
func inOrder(corner [2]int, admits func(replicas [2]int) (cost float64, ok bool)) func() (point, bool) {
	var open rows
	add := func(replicas [2]int) {
		cost, ok := admits(replicas)
		if !ok {
			return
		}
		open = append(open, point{replicas: replicas, cost: cost})
		for i := len(open) - 1; i > 0 && open.ordered(i, (i-1)/2); i = (i - 1) / 2 {
			open[i], open[(i-1)/2] = open[(i-1)/2], open[i]
		}
	}
	add(corner)
	return func() (point, bool) {
		if len(open) == 0 {
			return point{}, false
		}
		p := open[0]
		open[0] = open[len(open)-1]
		open = open[:len(open)-1]
		open.sink(0)
		if p.replicas[1] == corner[1] { // the first of its row, before which none of the next row comes
			add([2]int{p.replicas[0] + 1, corner[1]})
		}
		add([2]int{p.replicas[0], p.replicas[1] + 1})
		return p, true
	}
}
