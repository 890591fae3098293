package report

import (
	"fmt"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
)

// hardwareText is what a scenario runs on: "4 × h100-sxm-80gb, 2 replicas". Of pools it says nothing.
func hardwareText(h *scenarios.Hardware, pools int) string {
	switch {
	case pools > 0:
		return ""
	case h.Replicas > 1:
		return fmt.Sprintf("%d × %s, %d replicas", h.GPUs, h.Device, h.Replicas)
	default:
		return fmt.Sprintf("%d × %s", h.GPUs, h.Device)
	}
}

// sweptTitle is what all cases of a sweep have in common of the model and what it runs on; the scenario's
// name where they have different models.
func sweptTitle(cases []CaseResult) string {
	model, hardware := "", ""
	for i := range cases {
		c := &cases[i]
		if c.Model == "" {
			continue // it did not run
		}
		if model == "" {
			model, hardware = c.Model, c.Hardware
		}
		if c.Model != model {
			return filepath.Base(c.Scenario)
		}
		if c.Hardware != hardware {
			hardware = ""
		}
	}
	switch {
	case model == "":
		return filepath.Base(cases[0].Scenario)
	case hardware == "":
		return model
	default:
		return model + " on " + hardware
	}
}

// servingText is a model and its load: "llama-3.1-8b serving azure-2023-conv at 2× its rate".
func servingText(s *scenarios.Scenario) string {
	return s.Model.Title() + " serving " + workloadText(s)
}

// plannedTitle says for what an answer plans.
func plannedTitle(a *planning.Answer) string {
	for i := range a.Trials {
		if r := a.Trials[i].Trial.Run; r != nil {
			return servingText(r.Scenario)
		}
	}
	return a.Question.Scenario.Name
}

// searchedTitle says of what a search looks for the capacity.
func searchedTitle(c *CapacityResult) string {
	for _, t := range c.Trials {
		switch {
		case t.Run == nil:
		case c.Over == capacity.OverGPUs:
			return servingText(t.Run.Scenario)
		default:
			return headline(t.Run)
		}
	}
	return c.Scenario
}
