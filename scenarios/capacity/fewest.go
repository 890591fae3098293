package capacity

import (
	"context"

	"github.com/roofserve/roofserve/scenarios"
)

// mostGPUs and mostReplicas bound the searches for enough of them.
const (
	mostGPUs     = 1024
	mostReplicas = 1024
)

// GPUs finds the fewest GPUs of one replica that serve the scenario's load within the objectives: the plans of
// scenarios.Scenario.SmallestPlan in turn, whatever plan the scenario has.
func (c *Search) GPUs(ctx context.Context, s *scenarios.Scenario) (*Result, error) {
	found := &Result{Over: "hardware.gpus", fewest: true}
	resolved, parts, err := s.Resolve()
	if err != nil {
		return nil, err
	}
	for least := 1; least <= mostGPUs && found.Best == nil; {
		plan, ok := resolved.SmallestPlanFrom(parts, least)
		if !ok {
			break
		}
		planned := *s
		planned.Hardware.GPUs, planned.Hardware.Nodes = plan.GPUs(), plan.GPUs()/plan.GPUsPerNode
		planned.Parallel = scenarios.Parallel{TP: plan.TP, PP: plan.PP, DP: plan.DP, EP: plan.EP}
		if _, err := c.record(found, func() (*Trial, error) {
			return attempt(ctx, &planned, c.Objectives, float64(plan.GPUs()))
		}); err != nil {
			return nil, err
		}
		least = 2 * plan.GPUs()
	}
	return found, nil
}

// Replicas finds the fewest replicas of the scenario's plan that serve its load within the objectives.
func (c *Search) Replicas(ctx context.Context, s *scenarios.Scenario) (*Result, error) {
	found := &Result{Over: "hardware.replicas", fewest: true}
	try := func(n int) (*Trial, error) {
		varied := *s
		varied.Hardware.Replicas = n
		return c.record(found, func() (*Trial, error) { return attempt(ctx, &varied, c.Objectives, float64(n)) })
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
