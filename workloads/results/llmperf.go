package results

import "math"

// llmperf is LLMPerf's list of all requests, which end when their last token comes. Its time between tokens
// is the whole time over all tokens, the first included, and is left out.
var llmperf = Format{
	Name:   "LLMPerf, every request",
	About:  "`…_individual_responses.json`: lengths and latencies, without starts",
	Source: "github.com/ray-project/llmperf, token_benchmark_ray.py",
	begins: func(h *head) bool { return h.array && h.has("number_input_tokens", "number_output_tokens") },
	read: func(d *document) error {
		r := d.run()
		return d.array(func() error {
			q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
			failed := math.NaN()
			err := d.object(fields{
				"number_input_tokens": d.count(&q.Input), "number_output_tokens": d.count(&q.Output), "ttft_s": d.number(&q.TTFT),
				"end_to_end_latency_s": d.number(&q.E2E), "start_time": d.number(&q.Start), "error_code": d.number(&failed),
			})
			if err != nil {
				return err
			}
			if failed > 0 {
				q.Output = 0
			}
			return d.keep(r, q)
		})
	},
}

// llmperfSummary is its sums of a run.
var llmperfSummary = Format{
	Name:   "LLMPerf, summary",
	About:  "`…_summary.json`: means; the time per output token is that after the first",
	Source: llmperf.Source,
	begins: func(h *head) bool {
		return !h.array && h.has("results_ttft_s_mean", "results_end_to_end_latency_s_mean")
	},
	read: func(d *document) error {
		r := d.run()
		requests, concurrency, total := 0, 0, math.NaN()
		err := d.object(fields{
			"model": d.text(&r.Model), "num_concurrent_requests": d.count(&concurrency),
			"results_num_completed_requests": d.count(&requests), "results_ttft_s_mean": d.scaled(&r.Means.TTFT, 1e3),
			"results_end_to_end_latency_s_mean": d.scaled(&total, 1e3),
			"results_number_input_tokens_mean":  d.number(&r.Means.Input),
			"results_number_output_tokens_mean": d.number(&r.Means.Output),
		})
		r.Concurrency, r.Means.Requests = concurrency, requests
		if r.Means.Output > 1 {
			r.Means.TPOT = (total - r.Means.TTFT) / (r.Means.Output - 1)
		}
		return err
	},
}
