package results

import (
	"bytes"
	"math"
	"strings"
)

// benchmarkReport is llm-d's benchmark report, of each release, which inference-perf writes too: YAML or
// JSON.
var benchmarkReport = Format{
	Name:   "llm-d benchmark report",
	About:  "`benchmark_report….yaml`, inference-perf's `….partial.stage_N.yaml`: means, each in its unit, and the deployment where it is told",
	Source: "github.com/llm-d/llm-d-benchmark, docs/benchmark_report.md; github.com/kubernetes-sigs/inference-perf, docs/br_v0_2.md",
	begins: func(h *head) bool {
		if isYAML(h.text) {
			return bytes.Contains(h.text, []byte("time_to_first_token:")) && bytes.Contains(h.text, []byte("\nversion:")) ||
				bytes.HasPrefix(h.text, []byte("version:")) && bytes.Contains(h.text, []byte("request_performance:")) ||
				bytes.HasPrefix(h.text, []byte("version:")) && bytes.Contains(h.text, []byte("\nmetrics:"))
		}
		return !h.array && h.has("version") && (h.has("run", "results") || h.has("metrics", "scenario"))
	},
	read: func(d *document) error {
		if d.Peek() != '{' {
			if err := d.fromYAML(); err != nil {
				return err
			}
		}
		return readReport(d, d.run())
	},
}

// readReport reads a report of either kind: 0.1 has its figures under metrics, 0.2 under results.
func readReport(d *document, r *Result) error {
	m := &r.Means
	var total, failures int
	rate, gap := math.NaN(), math.NaN()
	in := func(to *float64, by float64) func() error { return d.mean(to, by) }
	figures := fields{
		"requests": func() error {
			return d.object(fields{"total": d.count(&total), "failures": d.count(&failures),
				"input_length": in(&m.Input, 1), "output_length": in(&m.Output, 1)})
		},
		"latency": func() error {
			return d.object(fields{"time_to_first_token": in(&m.TTFT, 1e3), "time_per_output_token": in(&m.TPOT, 1e3),
				"inter_token_latency": in(&gap, 1e3)})
		},
		"throughput": func() error {
			return d.object(fields{"request_rate": in(&rate, 1), "requests_per_sec": d.number(&rate)})
		},
	}
	aggregate := func() error { return d.object(fields{"aggregate": func() error { return d.object(figures) }}) }
	err := d.object(fields{
		"scenario": func() error { return readReported(d, r) },
		"metrics":  func() error { return d.object(figures) },
		"results":  func() error { return d.object(fields{"request_performance": aggregate}) },
	})
	m.Requests, r.Failed = max(0, total-failures), failures
	if math.IsNaN(m.TPOT) {
		m.TPOT = gap
	}
	if r.Rate == 0 && r.Concurrency == 0 && rate > 0 {
		r.Rate = rate
		r.Notes = append(r.Notes, "does not say how requests were sent: that they came at the rate of its answers is taken")
	}
	return err
}

// readReported reads what a report says of its deployment and its load, whose keys differ by release.
func readReported(d *document, r *Result) error {
	p := &r.Deployed
	var concurrency, rate float64
	tool := ""
	err := d.deep(fields{
		"model": func() error { // of the deployment an object, of its GPUs a text
			if d.Peek() == '{' {
				return d.object(fields{"name": d.text(&r.Model)})
			}
			return d.text(&p.System)()
		},
		"accelerator": func() error {
			return d.deep(fields{"model": d.text(&p.System), "count": d.count(&p.GPUs), "tp": d.count(&p.TP),
				"pp": d.count(&p.PP), "dp": d.count(&p.DPAttention), "ep": d.count(&p.EP)})
		},
		"engine": func() error { return d.deep(fields{"name": d.text(&tool)}) },
		"tool":   d.text(&tool), "concurrency": d.number(&concurrency), "max_concurrency": d.number(&concurrency),
		"rate_qps": d.number(&rate),
	})
	p.System = strings.ReplaceAll(p.System, "-", " ") // labels of nodes have no blanks
	p.EP, p.DPAttention = beyondOne(p.EP), beyondOne(p.DPAttention)
	r.Engine = engineIn(tool)
	r.Concurrency, r.Rate = whole(concurrency), max(0, known(rate))
	return err
}

// beyondOne is a number of ranks, 0 where it is one: as much as not told.
func beyondOne(n int) int {
	if n == 1 {
		return 0
	}
	return n
}

// engineIn is the engine that a name of an image or a tool holds; "" where it names none.
func engineIn(name string) string {
	name = strings.ToLower(name)
	for _, engine := range []string{"sglang", "tensorrt", "trtllm", "vllm"} {
		if strings.Contains(name, engine) {
			return engine
		}
	}
	return ""
}

// mean takes the mean of a statistic that names its unit, of time where by turns seconds into what is wanted,
// or of counts where by is 1.
func (d *document) mean(to *float64, by float64) func() error {
	return func() error {
		v, unit := math.NaN(), ""
		err := d.object(fields{"mean": d.number(&v), "units": d.text(&unit)})
		if scale := secondsIn[strings.TrimSuffix(unit, "/token")]; by != 1 && scale > 0 {
			*to = v * scale * by
		} else if by == 1 {
			*to = v
		}
		return err
	}
}

// secondsIn are units of time in s.
var secondsIn = map[string]float64{"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
