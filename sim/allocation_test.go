package sim

import (
	"context"
	"testing"

	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/router"
)

// Events allocate nothing: fifty thousand further requests cost no more allocations than it takes containers
// to grow to their size for good.
func TestHotLoopAllocatesNothing(t *testing.T) {
	const few, many, growth = 10_000, 60_000, 200
	for _, load := range []struct {
		name    string
		rate    float64
		blocks  int
		policy  string
		caching bool
		fleet   int
	}{
		{name: "plain", rate: 20, blocks: 27_000},
		{name: "preempting", rate: 10, blocks: 1500},
		{name: "finding again", rate: 10, blocks: 1500, caching: true},
		{name: "retracting", rate: 10, blocks: 2500, policy: "sglang"},
		{name: "reserving", rate: 10, blocks: 2500, policy: "trtllm"},
		{name: "fleet", rate: 80, blocks: 27_000, fleet: 4},
	} {
		allocations := func(requests int) float64 {
			return testing.AllocsPerRun(1, func() {
				c := fixture.Standard(fixture.NewPoisson(requests, load.rate), load.blocks)
				c.Policy, c.PrefixCaching = load.policy, load.caching
				c.Replicas, c.Router = load.fleet, router.LeastOutstanding
				if _, err := Run(context.Background(), c); err != nil {
					t.Fatal(err)
				}
			})
		}
		if less, more := allocations(few), allocations(many); more > less+growth {
			t.Errorf("%s: %d requests take %v allocations, %d take %v", load.name, few, less, many, more)
		}
	}
}
