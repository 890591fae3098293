package planning

import (
	"context"
	"maps"
	"math"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
)

// edge is a search for the fewest replicas that serve a load.
type edge struct {
	try   func(int) (*capacity.Trial, error)
	tried map[int]*capacity.Trial
}

// at is the trial of a number of replicas, which is simulated once.
func (e *edge) at(replicas int) (*capacity.Trial, error) {
	if t := e.tried[replicas]; t != nil {
		return t, nil
	}
	t, err := e.try(replicas)
	if err == nil {
		e.tried[replicas] = t
	}
	return t, err
}

// least finds the fewest replicas that serve the load, of at most so many, with their trial; nil where these
// do not. Where others are known, it asks first whether so many do.
func (r *Question) least(most int, known bool, try func(int) (*capacity.Trial, error)) (int, *capacity.Trial,
	error) {
	e := &edge{try, map[int]*capacity.Trial{}}
	few, enough, err := e.bracket(most, known)
	if err != nil || enough == 0 {
		return 0, nil, err
	}
	for enough-few > 1 {
		middle := (few + enough) / 2
		t, err := e.at(middle)
		if err != nil {
			return 0, nil, err
		}
		if t.Met() {
			enough = middle
		} else {
			few = middle
		}
	}
	return r.lower(e, enough)
}

// lower looks below an edge as long as the limits are missed by little, since chance now and then makes more
// replicas worse than fewer: a p99 of some thousand requests is one of a few dozen.
func (r *Question) lower(e *edge, from int) (enough int, best *capacity.Trial, err error) {
	for n := from; n > 0; n-- {
		t, err := e.at(n)
		if err != nil {
			return 0, nil, err
		}
		if t.Met() {
			enough, best = n, t
		} else if !r.near(t) {
			break
		}
	}
	return enough, best, nil
}

// little is by how much of a limit the binding latency may be from it and count as near.
const little = 1.0 / 3

// near tells whether a trial keeps or misses the objectives by little.
func (r *Question) near(t *capacity.Trial) bool {
	if t.Run == nil || t.Run.Overloaded() {
		return false
	}
	_, headroom := binding(t, r.Objectives)
	return math.Abs(headroom) <= little
}

// SteadySeeds is with how many further seeds of the workload a plan that keeps the limits by little is
// simulated: one that keeps them by the luck of one seed is no answer.
const SteadySeeds = 8

// reseed adds to the failures of a trial that of the first further seed that has one. Where the first gives
// the same numbers, nothing is drawn, and no other is asked.
func (r *Question) reseed(ctx context.Context, s *scenarios.Scenario, t *capacity.Trial) error {
	for i := range SteadySeeds {
		other, err := capacity.AttemptSeed(ctx, s, r.Objectives, i)
		if err != nil || i == 0 && maps.Equal(t.Metrics, other.Metrics) {
			return err
		}
		if !other.Met() {
			t.Failures = append(t.Failures, "with another seed, "+other.Failures[0])
			return nil
		}
	}
	return nil
}

// bracket finds a number of replicas that serve the load, or nearly do where none is known to, and a smaller
// one, or 0, that do not. Where a plan is found already, only as few as that takes are of interest, and their
// number is tried at once.
func (e *edge) bracket(most int, known bool) (few, enough int, err error) {
	if most == 0 {
		return 0, 0, nil
	}
	enough = 1
	if known {
		enough = most
	}
	for {
		t, err := e.at(enough)
		if err != nil || t.Met() {
			return few, enough, err
		}
		if enough == most {
			return most - 1, most, nil
		}
		few, enough = enough, min(2*enough, most)
	}
}
