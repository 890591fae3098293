package explain

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/experts"
)

// wide is DeepSeek-V3 as its authors prefill it: 32 expert-parallel GPUs (arXiv:2412.19437, §3.4.1).
var wide = []any{"model.name", "deepseek-v3", "hardware.gpus", 32, "parallel.tp", 4, "parallel.dp", 8, "parallel.ep", 32}

// The bias update evens a skewed router of 256 experts out, and DeepSeek-V3's step with expert parallelism
// gets faster by as much as its fullest rank; without it both stay; replicas even the ranks out and leave the
// router as it is.
func TestStepFollowsTheRouter(t *testing.T) {
	var looks atomic.Int64
	c, err := Converge(context.Background(), scenario(t, append(wide, "routing.steps", 90, "routing.drift", 0.0)...), RouterStep(),
		func() { looks.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	if int(looks.Load()) != Checkpoints {
		t.Errorf("%d looks, want %d", looks.Load(), Checkpoints)
	}
	for i := range c.Routers {
		r := &c.Routers[i]
		before, after := r.Points[0], r.Final()
		if before.Load < 3 {
			t.Errorf("%s: the untrained router's load is %.2f", r.Balance, before.Load)
		}
		switch {
		case r.Redundant > 0:
			if after != (RouterPoint{Steps: 90, Load: before.Load, Small: before.Small, Rank: before.Rank,
				Time: before.Time}) || after.Rank > 1.1 {
				t.Errorf("replicas: %+v, then %+v", before, after)
			}
			if plain := c.Routers[i-1].Points[0]; after.Time > 0.95*plain.Time || after.Load != plain.Load {
				t.Errorf("replicas: %+v, without %+v", after, plain)
			}
		case r.Balance == experts.Unbalanced:
			if after.Load != before.Load || after.Time != before.Time {
				t.Errorf("unbalanced: %+v, then %+v", before, after)
			}
		default:
			if after.Load > 1.2 || after.Small < 2 || after.Small > 2.3 || after.Rank > 1.1 ||
				after.Time > 0.95*before.Time {
				t.Errorf("%s: %+v, then %+v", r.Balance, before, after)
			}
		}
	}
}

// A scenario's [routing] reaches the cost of its steps: replicas shorten the step and take memory.
func TestReplicasOfAScenario(t *testing.T) {
	skewed := append(wide, "routing.kind", "simulated", "routing.balance", "none")
	plain := explained(t, RouterStep(), skewed...)
	with := explained(t, RouterStep(), append(skewed, "routing.redundant_experts", 32)...)
	if with.Time > 0.95*plain.Time {
		t.Errorf("%v with replicas, %v without", with.Time, plain.Time)
	}
	// One more of 256/32 experts on each GPU: 44 MB in fp8 in each of 58 layers.
	more := float64(with.Parts.Memory.WeightBytesPerGPU - plain.Parts.Memory.WeightBytesPerGPU)
	if want := 58 * 3 * 7168 * 2048 * (1 + 4.0/16384); more < 0.999*want || more > 1.001*want {
		t.Errorf("%.0f bytes more on each GPU, want %.0f", more, want)
	}
}

func TestRoutersThatCannotBeTrained(t *testing.T) {
	for _, s := range []*scenarios.Scenario{
		scenario(t, "model.name", "llama-3.1-8b"),
		scenario(t, "model.name", "deepseek-v3", "routing.kind", "balanced"),
		scenario(t, append(wide, "routing.redundant_experts", 5)...),
	} {
		if _, err := Converge(context.Background(), s, RouterStep(), func() {}); err == nil {
			t.Error("no error")
		}
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Converge(stopped, scenario(t, wide...), RouterStep(), func() {}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("%v", err)
	}
}
