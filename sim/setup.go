package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/contract"
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
	r := summary.Of(&c, f.Pools)
	r.Gate = f.Gate()
	r.Sessions = f.Sessions()
	if t := f.Tally(); t != nil {
		r.Transfers = summary.Transfers(&c, t, r.Duration)
	}
	for _, pool := range f.Pools {
		pool.Release()
	}
	return r, nil
}

// complete fills in defaults and refuses what makes no sense.
func complete(c *Config) error {
	if c.Router == "" {
		c.Router = router.RoundRobin
	}
	if c.Options == (router.Options{}) {
		c.Options = router.Defaults()
	}
	switch {
	case c.Workload == nil:
		return fmt.Errorf("no workload")
	case c.StatsInterval < 0 && c.StatsInterval != router.Live:
		return fmt.Errorf("statistics every %d ps; at least 1", c.StatsInterval)
	case c.EventsDelay < 0:
		return fmt.Errorf("caches' events after %d ps; at least 0", c.EventsDelay)
	case c.RequestDelay < 0 || c.RequestService < 0 || c.TokenService < 0 || c.TokenDelay < 0:
		return fmt.Errorf("frontend delays of %d, %d, %d and %d ps; at least 0", c.RequestDelay, c.RequestService,
			c.TokenService, c.TokenDelay)
	}
	if err := completePool(&c.Pool); err != nil {
		return err
	}
	c.Others = slices.Clone(c.Others)
	for i := range c.Others {
		p := &c.Others[i]
		if err := completePool(p); err != nil {
			return fmt.Errorf("pool %d: %w", i+1, err)
		}
		if !slices.Equal(p.Step.Reaches(), c.Step.Reaches()) {
			return fmt.Errorf("pool %d serves another model: its reaches are %v, not %v", i+1, p.Step.Reaches(), c.Step.Reaches())
		}
	}
	return cmp.Or(checkRoles(c), checkRouters(c), checkAdmission(c))
}

// checkRouters refuses parameters of routers that make no sense.
func checkRouters(c *Config) error {
	desks := []contract.Desk{{Router: c.Router, Options: c.Options}}
	if c.Exchange != nil {
		desks = []contract.Desk{c.DeskOf(contract.Prefill), c.DeskOf(contract.Decode)}
	}
	for _, d := range desks {
		if d.Router == router.PrefixAffinity && !(d.Options.MaxLoadRatio >= 1) {
			return fmt.Errorf("a ratio of loads of %v; at least 1", d.Options.MaxLoadRatio)
		}
	}
	return nil
}

// checkAdmission refuses a gateway that makes no sense.
func checkAdmission(c *Config) error {
	a := c.Admission
	switch {
	case a == nil:
		return nil
	case !slices.Contains(contract.AdmissionPolicies(), a.Policy):
		return fmt.Errorf("admission policy %q; one of %q", a.Policy, contract.AdmissionPolicies())
	case a.MaxQueue < 0 || !(a.Capacity >= 0) || !(a.Refill >= 0):
		return fmt.Errorf("a queue of %d, and a bucket of %v tokens with %v a second; at least 0", a.MaxQueue, a.Capacity, a.Refill)
	case a.FirstTokenTimeout < 0 || a.RequestTimeout < 0:
		return fmt.Errorf("timeouts of %d and %d ps; at least 0", a.FirstTokenTimeout, a.RequestTimeout)
	case a.Retries < 0 || a.Retries > contract.MostRetries || a.Retries > 0 && a.Backoff < 1:
		return fmt.Errorf("%d retries, the first after %d ps; 0 to %d, after at least 1", a.Retries, a.Backoff, contract.MostRetries)
	case a.GivesUp() && slices.ContainsFunc(c.Pools(), func(p contract.Config) bool { return p.Limits.Swap }):
		return fmt.Errorf("timeouts where sequences are swapped, which is not modelled")
	}
	return nil
}

// checkRoles refuses pools that cannot work together.
func checkRoles(c *Config) error {
	var has [3]bool
	for _, p := range c.Pools() {
		has[p.Role] = true
		if c.Exchange != nil && !slices.Contains(sched.Paged(), p.Policy) {
			return fmt.Errorf("policy %q, which has no paged cache, in a %s pool; one of %q", p.Policy, p.Role, sched.Paged())
		}
		if p.Role == contract.Prefill && p.Verify != nil {
			return fmt.Errorf("steps that verify drafts in a prefill pool, which gives no token after the first")
		}
	}
	switch {
	case c.Exchange == nil && (has[contract.Prefill] || has[contract.Decode]):
		return fmt.Errorf("prefill and decode pools without an exchange between them")
	case c.Exchange == nil:
		return nil
	case slices.ContainsFunc(c.Pools(), func(p contract.Config) bool { return p.Limits.Swap }):
		return fmt.Errorf("sequences are swapped in pools of parts, which is not modelled")
	case has[contract.Aggregated]:
		return fmt.Errorf("an aggregated pool beside prefill and decode pools")
	case !has[contract.Prefill] || !has[contract.Decode]:
		return fmt.Errorf("an exchange, and pools of one of its sides alone")
	case c.Exchange.Latency < 0:
		return fmt.Errorf("transfers with a latency of %d ps; at least 0", c.Exchange.Latency)
	case c.Exchange.PairLate && c.Exchange.Local >= 0 && c.Exchange.Local != contract.Always:
		return fmt.Errorf("a threshold, which is asked of a decode replica, and replicas that are chosen later")
	}
	return nil
}

// completePool is complete's part for one pool.
func completePool(p *Pool) error {
	for _, n := range []*int{&p.Replicas, &p.DP, &p.Stages} {
		*n = cmp.Or(*n, 1)
	}
	p.Policy, p.Order = cmp.Or(p.Policy, "vllm"), cmp.Or(p.Order, order.FCFS)
	switch {
	case p.Step == nil:
		return fmt.Errorf("no cost model")
	case p.Replicas < 0:
		return fmt.Errorf("%d replicas; at least 1", p.Replicas)
	case p.DP < 0:
		return fmt.Errorf("%d data-parallel ranks; at least 1", p.DP)
	case p.Stages < 0:
		return fmt.Errorf("%d pipeline stages; at least 1", p.Stages)
	case p.Balancer != "" && !slices.Contains(router.Balancers(), p.Balancer):
		return fmt.Errorf("balancer %q of the ranks; one of %q", p.Balancer, router.Balancers())
	case p.Blocks < 1:
		return fmt.Errorf("%d cache blocks; at least 1", p.Blocks)
	case p.Layout.BlockTokens < 1:
		return fmt.Errorf("%d tokens a block; at least 1", p.Layout.BlockTokens)
	case p.Policy == "sglang" && p.Limits.ChunkedPrefill && p.Limits.MaxNumBatchedTokens%p.Layout.BlockTokens != 0:
		return fmt.Errorf("chunks of %d tokens, and pages of %d; SGLang takes whole pages",
			p.Limits.MaxNumBatchedTokens, p.Layout.BlockTokens)
	case p.Policy == "trtllm" && p.Limits.ChunkedPrefill && p.Limits.MaxNumBatchedTokens < p.Layout.BlockTokens:
		return fmt.Errorf("steps of %d tokens, and blocks of %d; TensorRT-LLM cuts prompts at whole blocks",
			p.Limits.MaxNumBatchedTokens, p.Layout.BlockTokens)
	case p.Limits.Swap && p.Policy != "vllm0" || p.SwapBlock < 0:
		return fmt.Errorf("sequences that %s swaps, a block in %d ps; vllm0 alone does, in at least 0", p.Policy, p.SwapBlock)
	case p.Limits.Swap && (p.Caches() || p.Verify != nil || p.PlansAhead()):
		return fmt.Errorf("sequences are swapped beside cached prompts, drafts or plans made ahead, which is not modelled")
	case p.Verify != nil && !p.CanVerify():
		return fmt.Errorf("steps of %s verify no drafts here", p.Policy)
	case p.Verify != nil && p.Verify.DisableAt > 0 && (!p.Verify.Drawn || p.Plain == nil || p.DP > 1):
		return fmt.Errorf("steps that draft nothing for %d sequences, which are modelled where each step is drawn, on one "+
			"rank, with a cost model of their own", p.Verify.DisableAt)
	case p.Basis.Token < 0:
		return fmt.Errorf("a token that outweighs a wait of %d ps; at least 0", p.Basis.Token)
	case !regular(p.Step.Reaches()):
		return fmt.Errorf("the model's reaches are %v; at most %d, the first of them, and it alone, full", p.Step.Reaches(), arch.MaxReaches)
	}
	p.Limits.ByOrder = order.Yields(p.Order)
	if v := p.Verify; v != nil {
		p.Limits.Queries, p.Limits.Ahead = v.Queries(), v.Ahead()-1
	}
	p.Blocks -= sched.NullBlocks(p.Policy)
	return nil
}

// regular tells whether reaches are as a Stepper promises.
func regular(reaches []arch.Reach) bool {
	full := func(r arch.Reach) bool { return r.Kind == arch.Full }
	return len(reaches) > 0 && len(reaches) <= arch.MaxReaches && full(reaches[0]) &&
		!slices.ContainsFunc(reaches[1:], full)
}
