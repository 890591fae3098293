package results

import "math"

// aibrixClient is what AIBrix's client writes, a line for each answer; earlier ones have no starts.
var aibrixClient = Format{
	Name:   "AIBrix's client, every request",
	About:  "`output.jsonl`: lengths, latencies, and starts where it has them",
	Source: "github.com/vllm-project/aibrix, benchmarks/client",
	begins: func(h *head) bool {
		return !h.array && h.has("prompt_tokens", "output_tokens", "latency", "throughput")
	},
	read: func(d *document) error {
		r := d.run()
		for d.Peek() != 0 {
			q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
			err := d.object(fields{
				"prompt_tokens": d.count(&q.Input), "output_tokens": d.count(&q.Output), "latency": d.number(&q.E2E),
				"ttft": d.number(&q.TTFT), "start_time": d.number(&q.Start),
			})
			if err == nil {
				err = d.keep(r, q)
			}
			if err != nil {
				return err
			}
		}
		return nil
	},
}

// inferenceX is the means of a deployment at one concurrency, as InferenceX (InferenceMAX) collects them.
var inferenceX = Format{
	Name:   "InferenceX (InferenceMAX), collected",
	About:  "means at one concurrency; how many requests there were it does not say",
	Source: "github.com/SemiAnalysisAI/InferenceX, agg_….json",
	begins: func(h *head) bool { return h.has("conc", "isl", "osl", "mean_ttft", "mean_tpot") },
	read: func(d *document) error {
		run := func() error {
			r := d.run()
			return d.object(fields{
				"model": d.text(&r.Model), "framework": d.text(&r.Engine), "conc": d.count(&r.Concurrency),
				"isl": d.number(&r.Means.Input), "osl": d.number(&r.Means.Output),
				"mean_ttft": d.scaled(&r.Means.TTFT, 1e3), "mean_tpot": d.scaled(&r.Means.TPOT, 1e3),
			})
		}
		if d.Peek() == '[' {
			return d.array(run)
		}
		return run()
	},
}
