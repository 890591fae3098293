package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
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

// Routers between replicas.
var routers = []string{sim.RoundRobin, sim.LeastOutstanding}

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

func (s *Scenario) checkModel() error {
	switch {
	case s.Model.Name == "" && s.Model.Config == "":
		return s.source.fault("model.name", "is missing", `give name = "…" of the catalogue (roofserve models list) or config = "…/config.json"`)
	case s.Model.Name != "" && s.Model.Config != "":
		return s.source.fault("model.config", "stands beside name", "give one of them")
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

// IsSynthetic tells whether the requests are drawn rather than read.
func (s *Scenario) IsSynthetic() bool {
	return s.source.has("workload.synthetic") || s.Workload.Synthetic != Synthetic{}
}

func (s *Scenario) checkWorkload() error {
	w := &s.Workload
	if w.Trace != "" && s.IsSynthetic() {
		return s.source.fault("workload.trace", "stands beside [workload.synthetic]", "give one of them")
	}
	for _, key := range []string{"workload.start_s", "workload.end_s"} {
		if w.Synthetic.Arrival.Process == "closed" && s.source.has(key) {
			return s.source.fault(key, "has no meaning: a closed loop has no times of arrival", "cut it by workload.requests")
		}
	}
	if w.End > 0 && w.End <= w.Start {
		return s.source.faultf("workload.end_s", "use a time after start_s", "%g is not after start_s = %g", w.End, w.Start)
	}
	return nil
}

func (s *Scenario) checkSynthetic() error {
	if !s.IsSynthetic() {
		return nil
	}
	const at = "workload.synthetic"
	y := &s.Workload.Synthetic
	if y.Requests == 0 {
		return s.source.fault(at+".requests", "is missing", "say how many requests there are, as in requests = 10000")
	}
	a := &y.Arrival
	var need string
	switch a.Process {
	case "":
		return s.source.fault(at+".arrival", "is missing", `say how requests arrive, as in arrival = { process = "poisson", rate = 20.0 }`)
	case "closed":
		need = missing(a.Concurrency == 0, "concurrency = 64")
	case "gamma":
		need = missing(a.Rate == 0, "rate = 20.0") + missing(a.Burstiness == 0, "burstiness = 0.5")
	case "trace":
		need = missing(a.Trace == "", `trace = "azure-2023-conv"`)
	default:
		need = missing(a.Rate == 0, "rate = 20.0")
	}
	if need != "" {
		return s.source.faultf(at+".arrival", "add"+need, "the %s process lacks a setting", a.Process)
	}
	return cmp.Or(s.checkMeanings(at+".arrival", "process", a.Process, arrivalKeys),
		s.checkDistribution(at+".input", &y.Input), s.checkDistribution(at+".output", &y.Output),
		s.checkSeeds(), s.checkColumns())
}

func (s *Scenario) checkDistribution(path string, d *Distribution) error {
	var need string
	switch d.Distribution {
	case "":
		return s.source.fault(path, "is missing", `say how long they are, as in { distribution = "fixed", value = 512 }`)
	case "fixed":
		need = missing(d.Value == 0, "value = 512")
	case "uniform":
		need = missing(d.Min == 0, "min = 1") + missing(d.Max == 0, "max = 1024")
	case "empirical":
		need = missing(d.Trace == "", `trace = "azure-2023-conv"`)
	default:
		need = missing(d.Mean == 0, "mean = 512")
	}
	if need != "" {
		return s.source.faultf(path, "add"+need, "the %s distribution lacks a setting", d.Distribution)
	}
	if d.Max > 0 && d.Max < d.Min {
		return s.source.faultf(path, "use a max of at least min", "max = %d is below min = %d", d.Max, d.Min)
	}
	return s.checkMeanings(path, "distribution", d.Distribution, lengthKeys)
}

func missing(is bool, example string) string {
	if !is {
		return ""
	}
	return " " + example
}
