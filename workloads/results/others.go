package results

import (
	"math"
	"strings"
)

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
			p := &r.Deployed
			weights, attention, disaggregated := "", "", ""
			err := d.object(fields{
				"model": d.text(&r.Model), "framework": d.text(&r.Engine), "conc": d.count(&r.Concurrency),
				"isl": d.number(&r.Means.Input), "osl": d.number(&r.Means.Output),
				"mean_ttft": d.scaled(&r.Means.TTFT, 1e3), "mean_tpot": d.scaled(&r.Means.TPOT, 1e3),
				"hw": d.text(&p.System), "tp": d.count(&p.TP), "ep": d.count(&p.EP), "precision": d.text(&weights),
				"dp_attention": d.word(&attention), "disagg": d.word(&disaggregated),
			})
			p.System, _, _ = strings.Cut(p.System, "-") // h200-trt is a runner's name
			p.weightsNamed(weights, r.Model)
			p.GPUs, p.EP = p.TP, beyondOne(p.EP)
			if attention == "true" { // each GPU of a TP group is a rank of its own
				p.DPAttention, p.TP = p.TP, 1
			}
			if disaggregated == "true" {
				r.Notes = append(r.Notes, "is of prefill and decode on GPUs apart")
			}
			return err
		}
		return d.each(run)
	},
}
