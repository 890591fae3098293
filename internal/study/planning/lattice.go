package planning

import (
	"slices"

	"github.com/roofserve/roofserve/internal/study/capacity"
)

// lattice is the numbers of replicas of two pools that are searched for the cheapest that serve the load. It
// takes for granted that none serves it where more replicas of either pool did not.
type lattice struct {
	points []point // by cost
	failed []point
}

// point is a number of replicas of each pool.
type point struct {
	replicas [2]int
	cost     float64
	trial    *capacity.Trial // nil until it is tried
}

// cheapest is the cheapest point that serves the load; nil where none does. It doubles the number of points
// below which it looks until one does, and then halves the gap.
func (l *lattice) cheapest(try func(point) (*capacity.Trial, error)) (*point, error) {
	best, few := -1, 0 // none of the first few points serves the load
	for n := 1; best < 0; n *= 2 {
		if few == len(l.points) {
			return nil, nil
		}
		n = min(n, len(l.points))
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
