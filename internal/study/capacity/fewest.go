package capacity

import (
	"context"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
)

// mostGPUs and mostReplicas bound the searches for enough of them.
const (
	mostGPUs     = 512
	mostReplicas = 1024
)

// GPUs finds the fewest GPUs, in powers of two, that serve the scenario's load within the objectives,
// whatever plan the scenario has: the plans of scenarios.Scenario.SmallestPlanFrom, the largest first, each
// with as many replicas as fill the GPUs.
func (c *Search) GPUs(ctx context.Context, s *scenarios.Scenario) (*Result, error) {
	found := &Result{Over: "hardware.gpus", fewest: true}
	resolved, parts, err := s.Resolve()
	if err != nil {
		return nil, err
	}
	for total := 1; total <= mostGPUs; total *= 2 {
		for gpus := total; gpus >= 1; gpus /= 2 {
			plan, ok := resolved.SmallestPlanFrom(parts, gpus)
			if !ok || plan.GPUs() != gpus {
				continue
			}
			t, err := c.record(found, func() (*Trial, error) {
				return Attempt(ctx, planned(s, plan, total/gpus), c.Objectives, float64(total))
			})
			if err != nil || t.Met() {
				return found, err
			}
		}
	}
	return found, nil
}

// planned is a scenario with another plan, in several replicas.
func planned(s *scenarios.Scenario, plan arch.Plan, replicas int) *scenarios.Scenario {
	other := *s
	other.Hardware.GPUs, other.Hardware.Nodes = plan.GPUs(), plan.GPUs()/plan.GPUsPerNode
	other.Hardware.Replicas = replicas
	other.Parallel = scenarios.Parallel{TP: plan.TP, PP: plan.PP, DP: plan.DP, EP: plan.EP}
	return &other
}

// Replicas finds the fewest replicas of the scenario's plan that serve its load within the objectives.
func (c *Search) Replicas(ctx context.Context, s *scenarios.Scenario) (*Result, error) {
	found := &Result{Over: "hardware.replicas", fewest: true}
	try := func(n int) (*Trial, error) {
		varied := *s
		varied.Hardware.Replicas = n
		return c.record(found, func() (*Trial, error) { return Attempt(ctx, &varied, c.Objectives, float64(n)) })
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
