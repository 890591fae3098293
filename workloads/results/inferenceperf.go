package results

import (
	"cmp"
	"math"
)

// inferencePerf is inference-perf's report of every request, in seconds.
var inferencePerf = Format{
	Name:   "inference-perf, every request",
	About:  "`per_request_lifecycle_metrics.json`: starts, lengths, the time of each token",
	Source: "github.com/kubernetes-sigs/inference-perf, docs/reports.md",
	begins: func(h *head) bool { // a long prompt may stand before info
		return h.array && h.has("start_time", "end_time") && (h.has("info") || h.has("request"))
	},
	read: func(d *document) error {
		r := d.run()
		return d.array(func() error { return readLifecycle(d, r) })
	},
}

// readLifecycle reads one request.
func readLifecycle(d *document, r *Result) error {
	q := Request{Start: math.NaN(), TTFT: math.NaN(), Line: d.Line()}
	end, failed := math.NaN(), false
	var tokens []float64
	var prompt, answer int // as the server counts them, which knows its tokenizer
	info := func() error {
		return d.deep(fields{"input_tokens": d.count(&q.Input), "output_tokens": d.count(&q.Output),
			"prompt_tokens": d.count(&prompt), "completion_tokens": d.count(&answer), "output_token_times": d.numbers(&tokens)})
	}
	err := d.object(fields{
		"start_time": d.number(&q.Start), "end_time": d.number(&end), "info": info,
		"error": func() error { failed = d.Peek() != 'n'; return d.Skip() },
	})
	q.Input, q.Output = cmp.Or(prompt, q.Input), cmp.Or(answer, q.Output)
	if q.E2E = end - q.Start; len(tokens) > 0 {
		q.TTFT, q.E2E = tokens[0]-q.Start, tokens[len(tokens)-1]-q.Start
	}
	if failed {
		q.Output = 0
	}
	if err != nil {
		return err
	}
	return d.keep(r, q)
}

// inferencePerfSummary is its report of a whole run, or of a stage, in seconds.
var inferencePerfSummary = Format{
	Name:   "inference-perf, summary",
	About:  "`summary_lifecycle_metrics.json`, `stage_N_lifecycle_metrics.json`: means",
	Source: inferencePerf.Source,
	begins: func(h *head) bool { return !h.array && h.has("load_summary", "successes") },
	read: func(d *document) error {
		r := d.run()
		m := &r.Means
		statistic := func(to *float64, by float64) func() error {
			return func() error { return d.object(fields{"mean": d.scaled(to, by)}) }
		}
		concurrency := 0.0
		latency := func() error {
			return d.object(fields{"time_to_first_token": statistic(&m.TTFT, 1e3),
				"time_per_output_token": statistic(&m.TPOT, 1e3)})
		}
		sent, prompt, answer, words := 0, math.NaN(), math.NaN(), math.NaN()
		err := d.object(fields{
			"load_summary": func() error {
				return d.object(fields{"count": d.count(&sent), "requested_rate": d.number(&r.Rate), "concurrency": d.number(&concurrency)})
			},
			"successes": func() error {
				return d.object(fields{"count": d.count(&m.Requests), "latency": latency,
					"prompt_len": statistic(&m.Input, 1), "output_len": statistic(&m.Output, 1),
					"prompt_tokens": statistic(&prompt, 1), "output_tokens": statistic(&answer, 1),
					"throughput": func() error {
						return d.object(fields{"requests_per_sec": d.rate(&m.Answered), "output_tokens_per_sec": d.number(&words)})
					}})
			},
			"failures": func() error { return d.object(fields{"count": d.count(&r.Failed)}) },
		})
		if !math.IsNaN(prompt) { // as the server counts it
			m.Input = prompt
		}
		if !math.IsNaN(answer) {
			m.Output = answer
		} else if math.IsNaN(m.Output) && m.Answered > 0 {
			m.Output = words / m.Answered
		}
		m.Requests = cmp.Or(m.Requests, sent-r.Failed)
		if r.Concurrency = whole(concurrency); math.IsNaN(r.Rate) {
			r.Rate = 0
		}
		return err
	},
}
