package capacity

import (
	"context"

	"github.com/roofserve/roofserve/scenarios"
)

// Range is what the edge is where the system is slower or faster than predicted by half of the interval of
// each latency that is limited. An edge is nil where nothing meets the objectives.
type Range struct{ Slower, Faster *Trial }

// Range searches again at both ends of what the edge of a search rests on; find is the search.
func (c *Search) Range(ctx context.Context, s *scenarios.Scenario, found *Result,
	find func(*Search, context.Context, *scenarios.Scenario) (*Result, error)) (*Range, error) {
	if found.Best == nil {
		return nil, nil
	}
	sureness, err := found.sureness(s)
	if err != nil {
		return nil, err
	}
	var r Range
	for _, end := range []struct {
		z    float64
		into **Trial
	}{{1, &r.Slower}, {-1, &r.Faster}} {
		shifted := *c
		shifted.Shift = Shift{Sureness: sureness, Z: end.z}
		other, err := find(&shifted, ctx, s)
		if err != nil {
			return nil, err
		}
		*end.into = other.Best
	}
	return &r, nil
}

// sureness is that of the edge.
func (r *Result) sureness(s *scenarios.Scenario) (*scenarios.Sureness, error) {
	varied := *s
	var load any = r.Best.Load
	if r.whole {
		load = int(r.Best.Load)
	}
	if err := varied.Set(r.Over, load, "load"); err != nil {
		return nil, err
	}
	return varied.SurenessOf(r.Best.Run)
}
