package explain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/scenarios"
)

// Four GPUs may be divided in six ways; a batch of two keeps two stages busy, one of four keeps four.
func TestPlansOfFourGPUs(t *testing.T) {
	dp4, pp4 := scenarios.Parallel{TP: 1, PP: 1, DP: 4, EP: 1}, scenarios.Parallel{TP: 1, PP: 4, DP: 1, EP: 1}
	tp2dp2 := scenarios.Parallel{TP: 2, PP: 1, DP: 2, EP: 1}
	tp2pp2 := scenarios.Parallel{TP: 2, PP: 2, DP: 1, EP: 1}
	tp4 := scenarios.Parallel{TP: 4, PP: 1, DP: 1, EP: 1}
	spread := func(p scenarios.Parallel) scenarios.Parallel { p.EP = p.TP * p.DP; return p }
	for _, c := range []struct {
		batch   int
		experts bool
		want    []scenarios.Parallel
	}{
		{1, false, []scenarios.Parallel{dp4, tp2dp2, tp4}},
		{2, false, []scenarios.Parallel{dp4, tp2dp2, tp2pp2, tp4}},
		{3, false, []scenarios.Parallel{dp4, tp2dp2, tp2pp2, tp4}},
		{4, false, []scenarios.Parallel{dp4, pp4, tp2dp2, tp2pp2, tp4}},
		{4, true, []scenarios.Parallel{
			dp4, spread(dp4), pp4, tp2dp2, spread(tp2dp2), tp2pp2, spread(tp2pp2), tp4, spread(tp4),
		}},
	} {
		if d := cmp.Diff(c.want, plans(4, c.batch, c.experts)); d != "" {
			t.Errorf("batch %d, experts %v: %s", c.batch, c.experts, d)
		}
	}
}
