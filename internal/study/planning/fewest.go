package planning

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
)

// mostGPUs bounds the search for enough of them.
const mostGPUs = 512

// Fewest finds the fewest GPUs that serve a scenario's load within the objectives, whatever plan the scenario
// has, as a search over hardware.gpus.
func Fewest(ctx context.Context, search *capacity.Search, s *scenarios.Scenario) (*capacity.Result, error) {
	r := &Question{Scenario: s, Objectives: search.Objectives, MaxGPUs: mostGPUs, Goal: FewestGPUs,
		Jobs: runtime.GOMAXPROCS(0), OnTrial: func() {
			if search.OnTrial != nil {
				search.OnTrial(nil)
			}
		}}
	found, err := r.searchAll(ctx)
	if err != nil {
		return nil, err
	}
	result := &capacity.Result{Over: capacity.OverGPUs}
	for i := range found.Trials {
		t := found.Trials[i].Trial
		t.Load = float64(t.GPUs)
		result.Trials = append(result.Trials, t)
	}
	slices.SortStableFunc(result.Trials, func(a, b *capacity.Trial) int { return cmp.Compare(a.Load, b.Load) })
	if len(found.Plans) > 0 {
		result.Best = found.Plans[0].Trial
	}
	return result, nil
}
