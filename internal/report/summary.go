package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// summaryWidth is the terminal that a summary fits.
const summaryWidth = 80

// summaryOperators is how many of a step's operators a summary names.
const summaryOperators = 7

// Summary writes a run for a terminal of 80 columns.
func Summary(w io.Writer, r *scenarios.Run) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", headline(r))
	fmt.Fprintf(&b, "%s\n\n", wrap(conditions(r), summaryWidth, ""))
	summariseMemory(&b, r)
	metrics := scenarios.Values(r.Metrics())
	summariseGateway(&b, r)
	summariseLatencies(&b, r.Result, metrics)
	summariseThroughput(&b, r, metrics)
	summariseClasses(&b, r)
	summariseIntervals(&b, r)
	summariseStep(&b, r)
	summarisePromises(&b, r.Verdicts)
	writeWarnings(&b, r.Notes())
	_, err := w.Write(b.Bytes())
	return err
}

func summariseMemory(b *bytes.Buffer, r *scenarios.Run) {
	m := &r.Parts.Memory
	fmt.Fprintf(b, "%-12s fits: %s of %s on each GPU are weights, %s KV cache\n", "memory",
		gigabytes(m.WeightBytesPerGPU), gigabytes(m.DeviceBytes), gigabytes(m.PoolBytesPerGPU))
	fmt.Fprintf(b, "%-12s %s blocks of %d tokens, %s bytes of cache for each token\n", "",
		grouped(float64(m.Blocks)), m.Layout.BlockTokens, grouped(float64(m.KVBytesPerToken)))
}

func summariseLatencies(b *bytes.Buffer, res *sim.Result, metrics map[string]float64) {
	fmt.Fprintf(b, "%-12s %s completed, %s failed in %s s; %s preemptions\n\n", "requests",
		grouped(float64(res.Completed)), grouped(float64(res.Failed)), briefOf(metrics, "duration"),
		briefOf(metrics, "preemptions"))
	fmt.Fprintf(b, "%-30s %10s %10s %10s %10s\n", "latency (ms)", "mean", "p50", "p90", "p99")
	for i := range scenarios.Latencies {
		l := &scenarios.Latencies[i]
		fmt.Fprintf(b, "%-5s %-24s", l.Short, l.Row)
		for _, statistic := range []string{"mean", "median", "p90", "p99"} {
			fmt.Fprintf(b, " %10s", briefOf(metrics, l.Metric(statistic)))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

// summariseGateway says what became of requests that were neither completed nor refused.
func summariseGateway(b *bytes.Buffer, r *scenarios.Run) {
	if !r.Scenario.Admission.IsSet() {
		return
	}
	g := &r.Result.Gate
	fmt.Fprintf(b, "%-12s %s rejected, %s given up; clients sent %s anew\n", "gateway", grouped(float64(g.Rejected)),
		grouped(float64(g.TimedOut)), counted(g.Retried, "time"))
}

func summariseThroughput(b *bytes.Buffer, r *scenarios.Run, metrics map[string]float64) {
	res := r.Result
	fmt.Fprintf(b, "%-12s %s requests/s; tokens/s: %s output, %s input, %s total\n", "throughput",
		briefOf(metrics, "request_throughput"), briefOf(metrics, "output_throughput"),
		briefOf(metrics, "input_throughput"), briefOf(metrics, "total_token_throughput"))
	summariseLevels(b, "", metrics, together(r))
	if r.Scenario.Hardware.Replicas > 1 {
		summariseLevels(b, "replica_", metrics, " of one replica")
	}
	summarisePools(b, metrics)
	if res.Prefix.HitTokens > 0 {
		fmt.Fprintf(b, "%-12s %s of prompt tokens found\n", "prefix cache", percent(metrics["prefix_cache.hit_rate"]))
	}
	if usd := metrics["price.usd_per_million_output_tokens"]; usd > 0 {
		fmt.Fprintf(b, "%-12s $%s an hour, $%s for a million output tokens\n", "price", brief(metrics["price.usd_per_hour"]), brief(usd))
	}
	b.WriteByte('\n')
}

// summariseLevels says how many sequences ran at once and how much of the cache they held, of the system or
// of one replica, as the prefix of their metrics tells.
func summariseLevels(b *bytes.Buffer, prefix string, metrics map[string]float64, whose string) {
	running, cache := prefix+"concurrent_sequences", prefix+"kv_cache_usage"
	fmt.Fprintf(b, "%-12s mean %s, p99 %s, max %s sequences%s\n", "running",
		briefOf(metrics, running+".mean"), briefOf(metrics, running+".p99"), briefOf(metrics, running+".max"), whose)
	fmt.Fprintf(b, "%-12s mean %s, p99 %s, max %s of the blocks%s\n", "KV cache",
		percentOf(metrics, cache+".mean"), percentOf(metrics, cache+".p99"), percentOf(metrics, cache+".max"), whose)
}

// summariseIntervals says how sure the headline numbers are.
func summariseIntervals(b *bytes.Buffer, r *scenarios.Run) {
	title := "5–95%"
	for _, i := range r.Intervals {
		for _, h := range sweepColumns() {
			if h.metric == i.Metric && i.Class == "" {
				fmt.Fprintf(b, "%-12s %s %s to %s\n", title, i.Metric, brief(i.Low), brief(i.High))
				title = ""
			}
		}
	}
	if title == "" {
		fmt.Fprintf(b, "%-12s as far as deployments nobody had seen were off; see roofserve help intervals\n\n", "")
	}
}

// summarisePromises names the expectations that are kept; those that are broken are errors of the command.
func summarisePromises(b *bytes.Buffer, verdicts []scenarios.Verdict) {
	title := "promises"
	for i := range verdicts {
		if v := &verdicts[i]; v.Kept {
			fmt.Fprintf(b, "%-12s %s %s\n", title, mark(v), v.Finding())
			title = ""
		}
	}
	if title == "" {
		b.WriteByte('\n')
	}
}

func summariseStep(b *bytes.Buffer, r *scenarios.Run) {
	if len(r.Breakdown) == 0 {
		return
	}
	all := total(r.Breakdown)
	fmt.Fprintf(b, "decode step  %s ms for %s sequences at a mean context of %s tokens\n", brief(all),
		brief(r.Result.MeanDecode.Sequences), grouped(r.MeanContext()))
	for _, o := range topOperators(r.Breakdown, summaryOperators) {
		bound := ""
		if o.bound != "" {
			bound = o.bound + " bound"
		}
		fmt.Fprintf(b, "%-12s %-32s %8s ms %5.0f%%  %s\n", "", o.name, brief(o.ms), 100*share(o.ms, all), bound)
	}
	b.WriteByte('\n')
}
