package capacity

import (
	"context"

	"github.com/roofserve/roofserve/scenarios"
)

// mostReplicas bounds the search for enough of them.
const mostReplicas = 1024

// Replicas finds the fewest replicas of the scenario's plan that serve its load within the objectives.
func (c *Search) Replicas(ctx context.Context, s *scenarios.Scenario) (*Result, error) {
	if err := s.OnePool("a search over replicas, unlike --fewest gpus,"); err != nil {
		return nil, err
	}
	found := &Result{Over: "hardware.replicas", fewest: true, whole: true}
	try := func(n int) (*Trial, error) {
		varied := *s
		varied.Hardware.Replicas = n
		return c.record(found, func() (*Trial, error) { return c.attempt(ctx, &varied, float64(n)) })
	}
	few, enough := 0, 1
	for ; ; enough *= 2 {
		t, err := try(enough)
		if err != nil || t.NoFit || enough >= mostReplicas && !t.Met() {
			return found, err
		}
		if t.Met() {
			break
		}
		few = enough
	}
	for enough-few > 1 {
		middle := (few + enough) / 2
		t, err := try(middle)
		if err != nil {
			return found, err
		}
		if t.Met() {
			enough = middle
		} else {
			few = middle
		}
	}
	return found, nil
}
