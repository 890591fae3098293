package sim

import (
	"context"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/internal/fleet"
	"github.com/roofserve/roofserve/sim/internal/summary"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// Run simulates what a configuration describes, to the last token of its workload. It returns the context's
// error soon after that is cancelled.
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := complete(&c); err != nil {
		return nil, err
	}
	f, err := fleet.Simulate(ctx, &c)
	if err != nil {
		return nil, err
	}
	if c.Check {
		if err := f.Audit(); err != nil {
			return nil, err
		}
	}
	return summary.Of(&c, f.Replicas, f.Journals), nil
}

// complete fills in defaults and refuses what makes no sense.
func complete(c *Config) error {
	if c.Replicas == 0 {
		c.Replicas = 1
	}
	if c.DP == 0 {
		c.DP = 1
	}
	if c.Stages == 0 {
		c.Stages = 1
	}
	if c.Router == "" {
		c.Router = router.RoundRobin
	}
	if c.Policy == "" {
		c.Policy = "vllm"
	}
	if c.Order == "" {
		c.Order = order.FCFS
	}
	switch {
	case c.Workload == nil:
		return fmt.Errorf("no workload")
	case c.Step == nil:
		return fmt.Errorf("no cost model")
	case c.StatsInterval < 0:
		return fmt.Errorf("statistics every %d ps; at least 1", c.StatsInterval)
	case c.Replicas < 0:
		return fmt.Errorf("%d replicas; at least 1", c.Replicas)
	case c.DP < 0:
		return fmt.Errorf("%d data-parallel ranks; at least 1", c.DP)
	case c.Stages < 0:
		return fmt.Errorf("%d pipeline stages; at least 1", c.Stages)
	case c.Blocks < 1:
		return fmt.Errorf("%d cache blocks; at least 1", c.Blocks)
	case c.Layout.BlockTokens < 1:
		return fmt.Errorf("%d tokens a block; at least 1", c.Layout.BlockTokens)
	case c.Policy == "sglang" && c.Limits.ChunkedPrefill && c.Limits.MaxNumBatchedTokens%c.Layout.BlockTokens != 0:
		return fmt.Errorf("chunks of %d tokens, and pages of %d; SGLang takes whole pages",
			c.Limits.MaxNumBatchedTokens, c.Layout.BlockTokens)
	case c.Policy == "trtllm" && c.Limits.ChunkedPrefill && c.Limits.MaxNumBatchedTokens < c.Layout.BlockTokens:
		return fmt.Errorf("steps of %d tokens, and blocks of %d; TensorRT-LLM cuts prompts at whole blocks",
			c.Limits.MaxNumBatchedTokens, c.Layout.BlockTokens)
	case !regular(c.Step.Reaches()):
		return fmt.Errorf("the model's reaches are %v; at most %d, the first of them, and it alone, full", c.Step.Reaches(), arch.MaxReaches)
	case c.RequestDelay < 0 || c.RequestService < 0 || c.TokenDelay < 0:
		return fmt.Errorf("frontend delays of %d, %d and %d ps; at least 0", c.RequestDelay, c.RequestService, c.TokenDelay)
	}
	c.Blocks -= sched.NullBlocks(c.Policy)
	return nil
}

// regular tells whether reaches are as a Stepper promises.
func regular(reaches []arch.Reach) bool {
	full := func(r arch.Reach) bool { return r.Kind == arch.Full }
	return len(reaches) > 0 && len(reaches) <= arch.MaxReaches && full(reaches[0]) &&
		!slices.ContainsFunc(reaches[1:], full)
}
