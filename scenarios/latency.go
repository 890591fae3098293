package scenarios

import (
	"strings"

	"github.com/roofserve/roofserve/sim"
)

// Latency is one of the times that a run measures of each request or token, as vLLM's benchmark defines them.
type Latency struct {
	Key      string // "ttft": a part of the keys of metrics, and of limits
	Short    string // "TTFT"
	Title    string // "time to first token"
	Row      string // the title beneath a heading that says "latency"
	Observed string // what has one each: requests or tokens
	Headline bool   // the tables of sweeps for people show its median and p99
	meaning  string // as in "Mean of …"
	needs    need
	// Of is what a simulation observed of it.
	Of func(*sim.Result) *sim.Distribution
	// Request is that of one request, which may have none. Limit is the limit on it. Both are nil for a
	// latency of tokens.
	Request func(*sim.Finished) (ms float64, ok bool)
	Limit   func(*SLO) *float64
}

// Latencies are all of them, in the order of results, tables and figures.
var Latencies = []Latency{
	{
		Key: "ttft", Short: "TTFT", Title: "time to first token", Row: "time to first token",
		Observed: "requests", Headline: true,
		meaning: "the times from a request's arrival until its client has the first output token",
		needs:   needsMeasured,
		Of:      func(r *sim.Result) *sim.Distribution { return &r.TTFT },
		Limit:   func(o *SLO) *float64 { return &o.TTFT },
		Request: func(f *sim.Finished) (float64, bool) {
			return (f.FirstToken - f.Arrival).Milliseconds(), true
		},
	},
	{
		Key: "tpot", Short: "TPOT", Title: "time per output token", Row: "time per output token",
		Observed: "requests", Headline: true,
		meaning: "the requests' times from the first output token to the last, each divided by " +
			"the number of tokens after the first",
		needs: needsSecondToken,
		Of:    func(r *sim.Result) *sim.Distribution { return &r.TPOT },
		Limit: func(o *SLO) *float64 { return &o.TPOT },
		Request: func(f *sim.Finished) (float64, bool) {
			if f.Output < 2 {
				return 0, false
			}
			return (f.LastToken - f.FirstToken).Milliseconds() / float64(f.Output-1), true
		},
	},
	{
		Key: "itl", Short: "ITL", Title: "inter-token latency", Row: "inter-token latency",
		Observed: "tokens",
		meaning:  "the times between consecutive output tokens of a request, those of all requests in one sample",
		needs:    needsSecondToken,
		Of:       func(r *sim.Result) *sim.Distribution { return &r.ITL },
	},
	{
		Key: "e2el", Short: "E2E", Title: "end-to-end latency", Row: "end to end",
		Observed: "requests",
		meaning:  "the times from a request's arrival until its client has the last output token",
		needs:    needsMeasured,
		Of:       func(r *sim.Result) *sim.Distribution { return &r.E2E },
		Limit:    func(o *SLO) *float64 { return &o.E2E },
		Request: func(f *sim.Finished) (float64, bool) {
			return (f.LastToken - f.Arrival).Milliseconds(), true
		},
	},
}

// Metric is the key of a statistic of the latency: of "p99", "p99_ttft_ms".
func (l *Latency) Metric(statistic string) string { return statistic + "_" + l.Key + "_ms" }

// LatencyOf splits the key of a latency's metric: "p99_ttft_ms" is the p99 of TTFT. It is nil for other
// metrics.
func LatencyOf(metric string) (l *Latency, statistic string) {
	for i := range Latencies {
		l := &Latencies[i]
		if statistic, ok := strings.CutSuffix(metric, l.Metric("")); ok {
			return l, statistic
		}
	}
	return nil, ""
}

// LatencyNamed is the statistic of a latency that people mean by a name, in either order and with or without
// the unit: p99_ttft_ms is p99_ttft, ttft_p99 and ttft_p99_ms as well, and p50 is the median. It is nil for
// other metrics.
func LatencyNamed(name string) (*Latency, *Statistic) {
	first, second, _ := strings.Cut(strings.TrimSuffix(name, "_ms"), "_")
	for i := range Latencies {
		l := &Latencies[i]
		statistic := first
		switch l.Key {
		case first:
			statistic = second
		case second:
		default:
			continue
		}
		if statistic == "p50" {
			statistic = "median"
		}
		for j := range Statistics {
			if s := &Statistics[j]; s.Key == statistic {
				return l, s
			}
		}
	}
	return nil, nil
}

// Statistic is a number that sums up a latency.
type Statistic struct {
	Key     string // "p99"
	title   string
	meaning string // as in "Mean of …"
	// Limited tells whether a limit on it limits the latency: not one on how much it varies, nor on the
	// luckiest request's.
	Limited bool
	of      func(*sim.Distribution) float64
}

// Statistics are all of them, in the order of results.
var Statistics = []Statistic{
	{"mean", "mean", "Mean", true, func(d *sim.Distribution) float64 { return d.Mean }},
	{"median", "median", "Median", true, func(d *sim.Distribution) float64 { return d.Median }},
	{"std", "standard deviation", "Standard deviation", false,
		func(d *sim.Distribution) float64 { return d.Std }},
	{"min", "minimum", "Smallest", false, func(d *sim.Distribution) float64 { return d.Min }},
	{"max", "maximum", "Largest", true, func(d *sim.Distribution) float64 { return d.Max }},
	{"p90", "p90", "90th percentile", true, func(d *sim.Distribution) float64 { return d.P90 }},
	{"p95", "p95", "95th percentile", true, func(d *sim.Distribution) float64 { return d.P95 }},
	{"p99", "p99", "99th percentile", true, func(d *sim.Distribution) float64 { return d.P99 }},
}

// latencyMetrics are the statistics of the latencies.
func latencyMetrics() []Definition {
	var list []Definition
	for _, l := range Latencies {
		for _, s := range Statistics {
			list = append(list, Definition{
				Key: l.Metric(s.Key), Title: l.Title + ", " + s.title, Unit: "ms",
				Scope: OfSystem, Better: Lower,
				Meaning: s.meaning + " of " + l.meaning + ".",
				needs:   l.needs,
				value:   func(r *Run) float64 { return s.of(l.Of(r.Result)) },
			})
		}
	}
	return list
}
