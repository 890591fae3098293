package scenarios

import (
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/sim"
)

// Metric is one number of a result. A name with a dot is a key of a nested JSON object.
type Metric struct {
	Name  string
	Value float64 // NaN where there is none, so that whoever overlooks Missing cannot pass it on as a number
	// Missing says why there is no value: nothing happened of which it would be a statistic. Empty where there is one.
	Missing string
}

// JSON is the metric's value in a JSON object: null where it has none.
func (m *Metric) JSON() any {
	if m.Missing != "" {
		return nil
	}
	return m.Value
}

// Values are the metrics that have a value, by name.
func Values(metrics []Metric) map[string]float64 {
	values := make(map[string]float64, len(metrics))
	for _, m := range metrics {
		if m.Missing == "" {
			values[m.Name] = m.Value
		}
	}
	return values
}

// statistic is a metric of what happened; missing, where it is not empty, says why nothing of the kind did.
func statistic(name string, value float64, missing string) Metric {
	if missing != "" {
		value = math.NaN()
	}
	return Metric{Name: name, Value: value, Missing: missing}
}

// Metrics lists a run's numbers in the order of the JSON object. Names and definitions are those of vllm bench serve,
// with SGLang's concurrency (mean number of requests in the system) and input_throughput added; latencies are in ms,
// throughputs a second, duration in seconds, sizes in bytes.
//
// Counts of requests and tokens are 0 where there are none. Everything else that a run measures needs a request that completed, and
// is missing without one: its duration, latencies, throughputs, levels over time, and what happened while requests ran.
func (r *Run) Metrics() []Metric {
	res, none := r.Result, r.nothings()
	seconds := float64(res.Duration.Seconds())
	in, out, completed := float64(res.InputTokens), float64(res.OutputTokens), float64(res.Completed)
	// Seconds that requests spent in the system, those of the warm-up included, as the duration includes it.
	residence := float64(res.E2E.Mean/1e3*float64(res.E2E.Count)) + res.WarmupE2E/1e3
	list := []Metric{
		{Name: "completed", Value: completed},
		{Name: "failed", Value: float64(res.Failed)},
		{Name: "num_prompts", Value: completed + float64(res.Failed)},
		{Name: "total_input_tokens", Value: in},
		{Name: "total_output_tokens", Value: out},
		statistic("duration", seconds, none.run),
		statistic("request_throughput", completed/seconds, none.run),
		statistic("input_throughput", in/seconds, none.run),
		statistic("output_throughput", out/seconds, none.run),
		statistic("total_token_throughput", (in+out)/seconds, none.run),
		statistic("concurrency", residence/seconds, none.run),
	}
	if r.Scenario.SLO.IsSet() {
		list = append(list, statistic(Goodput, float64(r.Good)/seconds, none.run))
	}
	list = append(list, latency("ttft", &res.TTFT, none.measured)...)
	list = append(list, latency("tpot", &res.TPOT, none.second)...)
	list = append(list, latency("itl", &res.ITL, none.second)...)
	list = append(list, latency("e2el", &res.E2E, none.measured)...)
	list = append(list, levels("concurrent_sequences", res.ConcurrentSequences, none.run)...)
	list = append(list, levels("kv_cache_usage", res.KVUsage, none.run)...)
	list = append(list,
		statistic("preemptions", float64(res.Preemptions), none.run),
		statistic("prefix_cache.hit_rate", share(res.Prefix.HitTokens, res.Prefix.Tokens), none.prompt),
		statistic("prefix_cache.block_hit_rate", share(res.Prefix.HitBlocks, res.Prefix.Blocks), none.block),
		statistic("queue.at_half", float64(res.QueueHalf), none.run),
		statistic("queue.at_end", float64(res.QueueEnd), none.run),
		statistic("max_context", float64(res.MaxContext), none.run),
		statistic("steps", float64(res.Steps), none.run),
		statistic("steps_by_step", float64(res.ByStep), none.run),
		Metric{Name: "sketch_error", Value: res.SketchError},
	)
	list = append(list, r.memoryMetrics()...)
	return append(list, r.priceMetrics(seconds, none)...)
}

func latency(name string, d *sim.Distribution, missing string) []Metric {
	return []Metric{
		statistic("mean_"+name+"_ms", d.Mean, missing),
		statistic("median_"+name+"_ms", d.Median, missing),
		statistic("std_"+name+"_ms", d.Std, missing),
		statistic("min_"+name+"_ms", d.Min, missing),
		statistic("max_"+name+"_ms", d.Max, missing),
		statistic("p90_"+name+"_ms", d.P90, missing),
		statistic("p95_"+name+"_ms", d.P95, missing),
		statistic("p99_"+name+"_ms", d.P99, missing),
	}
}

func levels(name string, l sim.Levels, missing string) []Metric {
	return []Metric{
		statistic(name+".mean", l.Mean, missing),
		statistic(name+".p50", l.P50, missing),
		statistic(name+".p99", l.P99, missing),
		statistic(name+".max", l.Max, missing),
	}
}

func share(part, whole int64) float64 { return float64(part) / float64(whole) }

// MetricNames lists the names of a result's numbers, Goodput included, which only a scenario with an SLO has.
func MetricNames() []string {
	empty := Run{Result: &sim.Result{}, Parts: &Parts{}, Scenario: Empty("")}
	empty.Scenario.SLO.TTFT = 1 // so that goodput is among them
	metrics := empty.Metrics()
	list := make([]string, len(metrics))
	for i, m := range metrics {
		list[i] = m.Name
	}
	return list
}

// canonical is the name under which the result has a metric: p50 is the median.
func canonical(name string, known []string) (string, bool) {
	if rest, ok := strings.CutPrefix(name, "p50_"); ok {
		name = "median_" + rest
	}
	return name, slices.Contains(known, name)
}

func find(metrics []Metric, name string) Metric {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	return metrics[i]
}
