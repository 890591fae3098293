package scenarios_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/scenarios"
)

// Divisions by hand: as many tensor-parallel ranks as a node allows first; the rest is stages or ranks, and
// experts are spread over all GPUs, over those of a stage, or not at all.
func TestDivisionsByHand(t *testing.T) {
	way := func(tp, pp, dp, ep int) scenarios.Parallel {
		return scenarios.Parallel{TP: tp, PP: pp, DP: dp, EP: ep}
	}
	for _, c := range []struct {
		gpus, perNode int
		experts       bool
		want          []scenarios.Parallel
	}{
		{1, 8, false, []scenarios.Parallel{way(1, 1, 1, 1)}},
		{1, 8, true, []scenarios.Parallel{way(1, 1, 1, 1)}},
		{4, 8, false, []scenarios.Parallel{
			way(4, 1, 1, 1), way(2, 2, 1, 1), way(2, 1, 2, 1), way(1, 4, 1, 1), way(1, 1, 4, 1),
		}},
		{4, 2, true, []scenarios.Parallel{
			way(2, 1, 2, 4), way(2, 1, 2, 1), way(2, 2, 1, 2), way(2, 2, 1, 1),
			way(1, 1, 4, 4), way(1, 1, 4, 1), way(1, 4, 1, 1),
		}},
		{6, 8, false, []scenarios.Parallel{way(2, 3, 1, 1), way(2, 1, 3, 1), way(1, 6, 1, 1), way(1, 1, 6, 1)}},
	} {
		if d := cmp.Diff(c.want, scenarios.Divisions(c.gpus, c.perNode, c.experts)); d != "" {
			t.Errorf("%d GPUs, %d in a node, experts %v: %s", c.gpus, c.perNode, c.experts, d)
		}
	}
}
