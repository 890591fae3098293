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
	summariseLatencies(&b, r.Result)
	summariseThroughput(&b, r)
	summariseIntervals(&b, r)
	summariseStep(&b, r)
	writeWarnings(&b, r.Warnings)
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

func summariseLatencies(b *bytes.Buffer, res *sim.Result) {
	fmt.Fprintf(b, "%-12s %s completed, %s failed in %s s\n\n", "requests",
		grouped(float64(res.Completed)), grouped(float64(res.Failed)), brief(float64(res.Duration.Seconds())))
	fmt.Fprintf(b, "%-30s %10s %10s %10s %10s\n", "latency (ms)", "mean", "p50", "p90", "p99")
	for _, l := range []struct {
		name string
		d    *sim.Distribution
	}{
		{"TTFT  time to first token", &res.TTFT}, {"TPOT  time per output token", &res.TPOT},
		{"ITL   inter-token latency", &res.ITL}, {"E2E   end to end", &res.E2E},
	} {
		fmt.Fprintf(b, "%-30s %10s %10s %10s %10s\n", l.name, brief(l.d.Mean), brief(l.d.Median), brief(l.d.P90), brief(l.d.P99))
	}
	b.WriteByte('\n')
}

func summariseThroughput(b *bytes.Buffer, r *scenarios.Run) {
	res := r.Result
	metrics := map[string]float64{}
	for _, m := range r.Metrics() {
		metrics[m.Name] = m.Value
	}
	fmt.Fprintf(b, "%-12s %s requests/s; tokens/s: %s output, %s input, %s total\n", "throughput",
		brief(metrics["request_throughput"]), brief(metrics["output_throughput"]),
		brief(metrics["input_throughput"]), brief(metrics["total_token_throughput"]))
	c, u := res.ConcurrentSequences, res.KVUsage
	fmt.Fprintf(b, "%-12s mean %s, p99 %s, max %s sequences at once\n", "running", brief(c.Mean), brief(c.P99), brief(c.Max))
	fmt.Fprintf(b, "%-12s mean %s, p99 %s, max %s of the blocks; %s preemptions\n", "KV cache",
		percent(u.Mean), percent(u.P99), percent(u.Max), grouped(float64(res.Preemptions)))
	if res.Prefix.HitTokens > 0 {
		fmt.Fprintf(b, "%-12s %s of prompt tokens found\n", "prefix cache", percent(metrics["prefix_cache.hit_rate"]))
	}
	if usd := metrics["price.usd_per_million_output_tokens"]; usd > 0 {
		fmt.Fprintf(b, "%-12s $%s an hour, $%s for a million output tokens\n", "price", brief(metrics["price.usd_per_hour"]), brief(usd))
	}
	b.WriteByte('\n')
}

// summariseIntervals says how sure the headline numbers are.
func summariseIntervals(b *bytes.Buffer, r *scenarios.Run) {
	title := "5–95%"
	for _, i := range r.Intervals {
		for _, h := range headlines {
			if h.metric == i.Metric {
				fmt.Fprintf(b, "%-12s %s %s to %s\n", title, i.Metric, brief(i.Low), brief(i.High))
				title = ""
			}
		}
	}
	if title == "" {
		fmt.Fprintf(b, "%-12s over %d draws of the kernels' parameters; host constants as they are\n\n", "", scenarios.Draws)
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
