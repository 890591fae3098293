package planning

import (
	"cmp"
	"container/heap"
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

// rows are of each number of replicas of the first pool the cheapest point that is to come. It is a
// heap.Interface.
type rows []point

// Len implements heap.Interface.
func (r rows) Len() int { return len(r) }

// Less tells whether a row's next point comes before another's.
func (r rows) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(r[i].cost, r[j].cost), slices.Compare(r[i].replicas[:], r[j].replicas[:])) < 0
}

// Swap implements heap.Interface.
func (r rows) Swap(i, j int) { r[i], r[j] = r[j], r[i] }

// Push implements heap.Interface.
func (r *rows) Push(p any) { *r = append(*r, p.(point)) }

// Pop implements heap.Interface.
func (r *rows) Pop() any {
	last := len(*r) - 1
	p := (*r)[last]
	*r = (*r)[:last]
	return p
}

// inOrder gives the points of a plane from its corner on, the cheapest first and of equal ones those with
// fewer replicas of the first pool: as many as are asked for, since there may be millions. admits tells how
// much a point costs, and whether it is one; where it is none, none with more replicas of either pool is.
func inOrder(corner [2]int, admits func(replicas [2]int) (cost float64, ok bool)) func() (point, bool) {
	var open rows
	add := func(replicas [2]int) {
		if cost, ok := admits(replicas); ok {
			heap.Push(&open, point{replicas: replicas, cost: cost})
		}
	}
	add(corner)
	return func() (point, bool) {
		if len(open) == 0 {
			return point{}, false
		}
		p := heap.Pop(&open).(point)
		if p.replicas[1] == corner[1] { // the first of its row, before which none of the next row comes
			add([2]int{p.replicas[0] + 1, corner[1]})
		}
		add([2]int{p.replicas[0], p.replicas[1] + 1})
		return p, true
	}
}
