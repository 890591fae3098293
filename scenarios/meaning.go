package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/sim/engines"
)

// meaning says beside which values of another key a key means something. Beside any other value it is refused: a scenario must
// not be read as if a setting counted that nothing looks at.
type meaning struct {
	key  string
	with []string
}

// Keys of an arrival process, of a distribution of lengths, and of a kind of routing.
var (
	arrivalKeys = []meaning{
		{"rate", []string{"poisson", "gamma", "constant"}},
		{"burstiness", []string{"gamma"}},
		{"concurrency", []string{"closed"}},
		{"trace", []string{"trace"}},
	}
	lengthKeys = []meaning{
		{"value", []string{"fixed"}},
		{"mean", []string{"normal", "lognormal"}},
		{"std", []string{"normal", "lognormal"}},
		{"min", []string{"uniform", "normal", "lognormal"}},
		{"max", []string{"uniform", "normal", "lognormal"}},
		{"trace", []string{"empirical"}},
	}
	routingKeys = []meaning{
		{"shape", []string{routingPopularity}},
		{"alpha", []string{routingPowerLaw}},
		{"affinity", []string{routingSimulated}},
		{"balance", []string{routingSimulated}},
		{"skew", []string{routingSimulated}},
		{"speed", []string{routingSimulated}},
		{"steps", []string{routingSimulated}},
		{"seed", []string{routingSimulated}},
		{"redundant_experts", []string{routingSimulated}},
	}
	// Settings of schedulers, by the policies that look at them (package sched).
	policyKeys = []meaning{
		{"chunked_prefill", []string{"vllm", "sglang", "trtllm"}},
		{"long_prefill_token_threshold", []string{"vllm", "trtllm"}},
		{"scheduler_reserve_full_isl", []string{"vllm"}},
		{"watermark", []string{"vllm", "vllm0"}},
	}
)

// checkMeanings refuses keys of a table that mean nothing beside the value that its key choice has.
func (s *Scenario) checkMeanings(table, choice, value string, keys []meaning) error {
	for _, k := range keys {
		path := table + "." + k.key
		if !s.source.has(path) || slices.Contains(k.with, value) {
			continue
		}
		right := fmt.Sprintf("use it with %s = %s", choice, quoted(k.with))
		if own := meant(keys, value); own != "" {
			right = fmt.Sprintf("%s takes %s; %s", value, own, right)
		}
		return s.source.faultf(path, right, "has no meaning with %s = %q", choice, value)
	}
	return nil
}

// meant lists the keys that mean something beside a value.
func meant(keys []meaning, value string) string {
	var own []string
	for _, k := range keys {
		if slices.Contains(k.with, value) {
			own = append(own, k.key)
		}
	}
	return strings.Join(own, ", ")
}

// quoted lists values: "normal" or "lognormal".
func quoted(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(parts, " or ")
}

// checkEngineKeys refuses settings that the engine's policy does not look at.
func (s *Scenario) checkEngineKeys(p *Parts) error {
	policy := p.Engine.Policy
	for _, k := range policyKeys {
		if path := "engine." + k.key; s.source.has(path) && !slices.Contains(k.with, policy) {
			return s.source.faultf(path, fmt.Sprintf("leave it out, or use it with policy = %s", quoted(engines.OfPolicy(k.with...))), "is no setting of %s", p.Engine.Title)
		}
	}
	if budget := "engine.max_num_batched_tokens"; policy == "sglang" && !*s.Engine.ChunkedPrefill && s.source.has(budget) {
		return s.source.fault(budget, "is SGLang's chunked_prefill_size, and chunked_prefill is off", "leave it out, or set chunked_prefill = true")
	}
	return nil
}

// checkSeeds refuses a seed that another one replaces.
func (s *Scenario) checkSeeds() error {
	y := &s.Workload.Synthetic
	if s.source.has("workload.seed") && s.source.has("workload.synthetic.seed") && s.Workload.Seed != y.Seed {
		return s.source.faultf("workload.seed", "set one of them", "%d stands beside workload.synthetic.seed = %d, which draws the requests", s.Workload.Seed, y.Seed)
	}
	return nil
}

// checkColumns refuses a map of columns where no trace is read.
func (s *Scenario) checkColumns() error {
	y := &s.Workload.Synthetic
	reads := y.Arrival.Trace != "" || y.Input.Trace != "" || y.Output.Trace != ""
	if s.Workload.Columns != (Columns{}) && !reads {
		return s.source.fault("workload.columns", "has no meaning where no trace is read", "leave it out, or give workload.trace")
	}
	return nil
}
