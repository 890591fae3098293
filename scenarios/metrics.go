package scenarios

import (
	"slices"
	"strings"

	"github.com/roofserve/roofserve/sim"
)

// Metric is one number of a result. A name with a dot is a key of a nested JSON object.
type Metric struct {
	Name  string
	Value float64
}

// Metrics lists a run's numbers in the order of the JSON object. Names and definitions are those of vllm bench serve,
// with SGLang's concurrency (mean number of requests in the system) and input_throughput added; latencies are in ms,
// throughputs a second, duration in seconds, sizes in bytes.
func (r *Run) Metrics() []Metric {
	res := r.Result
	seconds := float64(res.Duration.Seconds())
	rate := func(n float64) float64 {
		if seconds == 0 {
			return 0
		}
		return n / seconds
	}
	in, out, completed := float64(res.InputTokens), float64(res.OutputTokens), float64(res.Completed)
	list := []Metric{
		{"completed", completed},
		{"failed", float64(res.Failed)},
		{"num_prompts", completed + float64(res.Failed)},
		{"total_input_tokens", in},
		{"total_output_tokens", out},
		{"duration", seconds},
		{"request_throughput", rate(completed)},
		{"input_throughput", rate(in)},
		{"output_throughput", rate(out)},
		{"total_token_throughput", rate(in + out)},
		{"concurrency", rate(res.E2E.Mean / 1e3 * completed)},
	}
	if r.Scenario.SLO.IsSet() {
		list = append(list, Metric{Goodput, rate(float64(r.Good))})
	}
	for _, l := range []struct {
		name string
		d    *sim.Distribution
	}{{"ttft", &res.TTFT}, {"tpot", &res.TPOT}, {"itl", &res.ITL}, {"e2el", &res.E2E}} {
		list = append(list, latency(l.name, l.d)...)
	}
	list = append(list, levels("concurrent_sequences", res.ConcurrentSequences)...)
	list = append(list, levels("kv_cache_usage", res.KVUsage)...)
	list = append(list,
		Metric{"preemptions", float64(res.Preemptions)},
		Metric{"prefix_cache.hit_rate", ratio(res.Prefix.HitTokens, res.Prefix.Tokens)},
		Metric{"prefix_cache.block_hit_rate", ratio(res.Prefix.HitBlocks, res.Prefix.Blocks)},
		Metric{"queue.at_half", float64(res.QueueHalf)},
		Metric{"queue.at_end", float64(res.QueueEnd)},
		Metric{"max_context", float64(res.MaxContext)},
		Metric{"steps", float64(res.Steps)},
		Metric{"steps_by_step", float64(res.ByStep)},
		Metric{"sketch_error", res.SketchError},
	)
	list = append(list, r.memoryMetrics()...)
	return append(list, r.priceMetrics(seconds, in, out)...)
}

func latency(name string, d *sim.Distribution) []Metric {
	return []Metric{
		{"mean_" + name + "_ms", d.Mean},
		{"median_" + name + "_ms", d.Median},
		{"std_" + name + "_ms", d.Std},
		{"min_" + name + "_ms", d.Min},
		{"max_" + name + "_ms", d.Max},
		{"p90_" + name + "_ms", d.P90},
		{"p95_" + name + "_ms", d.P95},
		{"p99_" + name + "_ms", d.P99},
	}
}

func levels(name string, l sim.Levels) []Metric {
	return []Metric{{name + ".mean", l.Mean}, {name + ".p50", l.P50}, {name + ".p99", l.P99}, {name + ".max", l.Max}}
}

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

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

func find(metrics []Metric, name string) float64 {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	return metrics[i].Value
}
