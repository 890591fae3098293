package results

import "math"

// guidellm is the JSON report of GuideLLM: several benchmarks, each with its requests, of which those that
// were answered count. Field names are those of its releases from 0.2 on.
var guidellm = Format{
	Name:   "GuideLLM",
	About:  "`benchmarks.json`: the answered requests of each benchmark, their starts, lengths and latencies",
	Source: "github.com/vllm-project/guidellm, src/guidellm/schemas/request_stats.py",
	begins: func(h *head) bool { return !h.array && h.has("benchmarks") },
	read: func(d *document) error {
		var model string
		err := d.object(fields{
			"args": func() error { return d.deep(fields{"model": d.text(&model)}) },
			"benchmarks": func() error {
				return d.array(func() error { return readGuideBenchmark(d) })
			},
		})
		for i := range d.results {
			if d.results[i].Model == "" {
				d.results[i].Model = model
			}
		}
		return err
	},
}

// readGuideBenchmark reads one benchmark of a report.
func readGuideBenchmark(d *document) error {
	r := d.run()
	streams, kind, rate := 0.0, "", math.NaN()
	settings := func() error {
		return d.deep(fields{"model": d.text(&r.Model), "backend_model": d.text(&r.Model),
			"streams": d.number(&streams), "max_concurrency": d.number(&streams), "rate": d.number(&rate),
			"type_": d.text(&kind)})
	}
	failed := func() error {
		return d.array(func() error { r.Failed++; return d.Skip() })
	}
	err := d.object(fields{
		"args": settings, "config": settings, "worker": settings,
		"requests": func() error {
			return d.object(fields{
				"successful": func() error { return d.array(func() error { return readGuideRequest(d, r) }) },
				"errored":    failed, "incomplete": failed,
			})
		},
	})
	if r.Concurrency = whole(streams); r.Concurrency == 0 && !math.IsNaN(rate) {
		r.Rate = rate
	}
	return err
}

// readGuideRequest reads one request, whose latencies are in ms but for the whole, which is in s.
func readGuideRequest(d *document, r *Result) error {
	q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
	gap := math.NaN()
	err := d.object(fields{
		"request_start_time": d.number(&q.Start), "start_time": d.number(&q.Start),
		"prompt_tokens": d.count(&q.Input), "output_tokens": d.count(&q.Output),
		"time_to_first_token_ms": d.scaled(&q.TTFT, 1e-3), "request_latency": d.number(&q.E2E),
		"inter_token_latency_ms": d.scaled(&gap, 1e-3),
	})
	if err != nil {
		return err
	}
	if !math.IsNaN(gap) && !math.IsNaN(q.TTFT) { // to the last token, not to the end of the connection
		q.E2E = q.TTFT + float64(gap*float64(max(0, q.Output-1)))
	}
	return d.keep(r, q)
}
