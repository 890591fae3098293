package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/experts"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/workloads"
)

// Limits on plain numbers, wide enough for any machine on Earth and narrow enough that products of them stay numbers.
const (
	maxGPUs   = 100_000
	maxTokens = 100_000_000
	maxCount  = 10_000_000_000
	maxRate   = 1e6
	maxTime   = workloads.MaxSpan // seconds; half of what the clock holds
)

// bound is the range of one numeric key.
type bound struct {
	path     string
	value    float64
	min, max float64
	open     bool // min itself is excluded
	right    string
}

// bounds lists the ranges of the keys that may be set; an unset key is never checked.
func (s *Scenario) bounds() []bound {
	h, p, e, w, r := &s.Hardware, &s.Parallel, &s.Engine, &s.Workload, &s.Routing
	whole := func(path string, v, most int) bound {
		return bound{path: path, value: float64(v), min: 1, max: float64(most), right: fmt.Sprintf("use a whole number from 1 to %d", most)}
	}
	positive := func(path string, v, most float64) bound {
		return bound{path: path, value: v, max: most, open: true, right: fmt.Sprintf("use a number above 0, at most %g", most)}
	}
	between := func(path string, v, least, most float64) bound {
		return bound{path: path, value: v, min: least, max: most, right: fmt.Sprintf("use a number from %g to %g", least, most)}
	}
	fromZero := func(path string, v, most float64) bound { return between(path, v, 0, most) }
	list := []bound{
		whole("hardware.gpus", h.GPUs, maxGPUs), whole("hardware.nodes", h.Nodes, maxGPUs),
		whole("hardware.replicas", h.Replicas, maxGPUs), fromZero("hardware.price_per_hour", h.PricePerHour, 1e6),
		whole("parallel.tp", p.TP, maxGPUs), whole("parallel.pp", p.PP, maxGPUs),
		whole("parallel.dp", p.DP, maxGPUs), whole("parallel.ep", p.EP, maxGPUs), whole("parallel.cp", p.CP, maxGPUs),
		positive("routing.skew", r.Skew, 10), positive("routing.speed", r.Speed, 1), whole("routing.steps", r.Steps, maxSteps),
		fromZero("routing.redundant_experts", float64(r.RedundantExperts), 1<<16),
		whole("engine.max_num_seqs", e.MaxNumSeqs, maxTokens), whole("engine.max_num_batched_tokens", e.MaxNumBatchedTokens, maxTokens),
		whole("engine.block_size", e.BlockSize, 1<<20), positive("engine.gpu_memory_utilization", e.GPUMemoryUtilization, 1),
		whole("engine.num_gpu_blocks", e.NumGPUBlocks, math.MaxInt32), whole("engine.max_model_len", e.MaxModelLen, maxTokens),
		fromZero("engine.long_prefill_token_threshold", float64(e.LongPrefillTokenThreshold), maxTokens),
		fromZero("engine.watermark", e.Watermark, 0.99),
		positive("workload.rate_scale", w.RateScale, 1e6), whole("workload.requests", w.Requests, maxCount),
		fromZero("workload.start_s", w.Start, maxTime), positive("workload.end_s", w.End, maxTime), fromZero("workload.warmup_s", w.Warmup, maxTime),
		whole("workload.synthetic.requests", w.Synthetic.Requests, maxCount),
		positive("slo.ttft_ms", s.SLO.TTFT, maxTime*1e3), positive("slo.tpot_ms", s.SLO.TPOT, maxTime*1e3), positive("slo.e2el_ms", s.SLO.E2E, maxTime*1e3),
		between("workload.synthetic.arrival.rate", w.Synthetic.Arrival.Rate, workloads.MinRate, maxRate),
		between("workload.synthetic.arrival.burstiness", w.Synthetic.Arrival.Burstiness, workloads.MinBurstiness, 1e6),
		whole("workload.synthetic.arrival.concurrency", w.Synthetic.Arrival.Concurrency, maxTokens),
	}
	for _, side := range []struct {
		path string
		d    Distribution
	}{{"workload.synthetic.input", w.Synthetic.Input}, {"workload.synthetic.output", w.Synthetic.Output}} {
		list = append(list,
			whole(side.path+".value", side.d.Value, maxTokens), positive(side.path+".mean", side.d.Mean, maxTokens),
			fromZero(side.path+".std", side.d.Std, maxTokens),
			whole(side.path+".min", side.d.Min, maxTokens), whole(side.path+".max", side.d.Max, maxTokens))
	}
	return list
}

// Validate reports the first mistake that can be seen without looking up a model, a device or a trace.
func (s *Scenario) Validate() error {
	for _, b := range s.bounds() {
		if !s.source.has(b.path) {
			continue
		}
		if b.value < b.min || b.open && b.value == b.min || b.value > b.max || math.IsNaN(b.value) {
			return s.source.faultf(b.path, b.right, "%v is out of range", b.value)
		}
	}
	for _, check := range []func() error{s.checkModel, s.checkNames, s.checkWorkload, s.checkSynthetic, s.checkExpectations} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkNames checks every key whose value is one of a fixed set of names.
func (s *Scenario) checkNames() error {
	p, w := &s.Precision, &s.Workload.Synthetic
	formats := units.FormatNames()
	for _, c := range []struct {
		path, kind, value string
		known             []string
		anyCase           bool
	}{
		{"precision.weights", "number format", p.Weights, formats, true},
		{"precision.attention", "number format", p.Attention, formats, true},
		{"precision.dense", "number format", p.Dense, formats, true},
		{"precision.experts", "number format", p.Experts, formats, true},
		{"precision.activations", "number format", p.Activations, formats, true},
		{"precision.kv", "number format", p.KV, formats, true},
		{"routing.kind", "routing", s.Routing.Kind, routingKinds, false},
		{"routing.affinity", "affinity", s.Routing.Affinity, experts.Affinities, false},
		{"routing.balance", "way to balance", s.Routing.Balance, experts.Balances, false},
		{"engine.policy", "engine", s.Engine.Policy, engines.Names(), true},
		{"engine.router", "router", s.Engine.Router, routers, false},
		{"workload.synthetic.arrival.process", "arrival process", w.Arrival.Process, workloads.Processes(), false},
		{"workload.synthetic.input.distribution", "distribution", w.Input.Distribution, workloads.Distributions(), false},
		{"workload.synthetic.output.distribution", "distribution", w.Output.Distribution, workloads.Distributions(), false},
	} {
		if s.source.has(c.path) && !slices.Contains(c.known, c.value) && !(c.anyCase && slices.Contains(c.known, strings.ToLower(c.value))) {
			return s.source.unknown(c.path, c.kind, c.value, c.known)
		}
	}
	return nil
}
