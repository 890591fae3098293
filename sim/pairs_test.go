package sim

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// twists are what makes a configuration with small prefix caches, turns and a router more than that, in the
// order in which they go together.
var twists = []struct {
	name  string
	apply func(*rapid.T, *Config)
}{
	{"priority", func(_ *rapid.T, c *Config) { c.Policy, c.Order = "vllm", order.Priority }},
	{"declared", func(t *rapid.T, c *Config) {
		c.Policy = "vllm"
		for c.Order != order.ShortestJob && c.Order != order.Deadline {
			ordering(t, &c.Pool)
		}
	}},
	{"equal progress", func(_ *rapid.T, c *Config) {
		c.Policy, c.Order, c.Limits.EqualProgress = "trtllm", order.FCFS, true
		wholePages(&c.Pool)
	}},
	{"longest prefixes", func(_ *rapid.T, c *Config) {
		c.Policy, c.Order, c.Limits.LongestPrefix = "sglang", order.FCFS, true
		wholePages(&c.Pool)
	}},
	{"most used", func(_ *rapid.T, c *Config) {
		c.Policy, c.Limits.MaxUtilization = "trtllm", true
		wholePages(&c.Pool)
	}},
	{"routing", func(t *rapid.T, c *Config) {
		c.Router = rapid.SampledFrom(router.Names()).Draw(t, "router of a pair")
	}},
	{"pools of two kinds", func(t *rapid.T, c *Config) {
		c.Others = append(c.Others, another(t, c.Pool))
	}},
	{"pools of parts", withTransfers},
	{"speculation", func(t *rapid.T, c *Config) {
		for _, p := range poolsOf(c) {
			for i := 0; i < 20 && p.Verify == nil && p.Role != Prefill; i++ {
				p.Verify = verification(t, p)
			}
		}
	}},
	{"ahead", func(_ *rapid.T, c *Config) { c.AsyncScheduling = true }},
	{"gateway", withGateway},
}

// TestPairsEqualOracle: any two of them at once.
func TestPairsEqualOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Config
		var fresh func() workloads.Source
		if rapid.Bool().Draw(t, "squeezed") {
			c, fresh = squeezed(t)
		} else {
			var once func() workloads.Source
			c, once = scenario(t)
			fresh = withTurns(t, once())
		}
		c.Verify = nil
		one := rapid.IntRange(0, len(twists)-1).Draw(t, "one")
		other := rapid.IntRange(0, len(twists)-1).Draw(t, "other")
		for i, twist := range twists {
			if i == one || i == other {
				twist.apply(t, &c)
			}
		}
		for _, p := range poolsOf(&c) {
			if p.Verify != nil && !p.CanVerify() {
				p.Verify = nil
			}
		}
		simulatedAlike(t, c, fresh)
	})
}
