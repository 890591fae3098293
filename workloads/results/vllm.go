package results

import "math"

// vllm is what `vllm bench serve --save-result` writes, also --append-result: sums of the run, and with
// --save-detailed a list of each measure.
var vllm = Format{
	Name:   "vllm bench serve",
	About:  "`--save-result`: means; with `--save-detailed` also every request: `start_times`, lengths, latencies",
	Source: "github.com/vllm-project/vllm, vllm/benchmarks/serve.py",
	begins: func(h *head) bool {
		return h.has("model_id", "num_prompts") || h.has("completed", "total_input_tokens") ||
			h.has("mean_ttft_ms", "mean_tpot_ms")
	},
	read: readServing,
}

// serving is a run as vLLM's benchmark, and SGLang's after it, write it: columns rather than requests.
type serving struct {
	completed, inputTokens, outputTokens          float64
	inputs, outputs, ttfts, gaps, latency, starts []float64
	failed                                        []bool
}

// server reads what SGLang's server said of itself.
func (s *serving) server(d *document, r *Result) error {
	p := &r.Deployed
	weights, cache, attention, ranks := "", "", "", 0
	err := d.deep(fields{"model_path": d.text(&r.Model), "tp_size": d.count(&p.TP), "pp_size": d.count(&p.PP),
		"ep_size": d.count(&p.EP), "quantization": d.text(&weights), "kv_cache_dtype": d.text(&cache), "version": d.text(&p.EngineVersion),
		"dp_size": d.count(&ranks), "enable_dp_attention": d.word(&attention)})
	p.weightsNamed(weights, r.Model)
	p.cacheNamed(cache)
	p.GPUs, p.EP = p.TP*max(1, p.PP), beyondOne(p.EP)
	if attention == "true" && ranks > 1 && p.TP%ranks == 0 { // SGLang's tp_size counts the GPUs of all ranks
		p.TP, p.DPAttention = p.TP/ranks, ranks
	}
	return err
}

// readServing reads one run after the other.
func readServing(d *document) error {
	for d.Peek() != 0 {
		if err := d.each(func() error { return readServed(d) }); err != nil {
			return err
		}
	}
	return nil
}

// readServed reads one run.
func readServed(d *document) error {
	var s serving
	r := d.run()
	concurrency := 0.0
	err := d.object(fields{
		"model_id": d.text(&r.Model), "backend": d.text(&r.Engine), "request_rate": d.number(&r.Rate),
		"max_concurrency": d.number(&concurrency), "completed": d.number(&s.completed),
		"total_input_tokens":  d.number(&s.inputTokens),
		"total_output_tokens": d.number(&s.outputTokens), "mean_ttft_ms": d.number(&r.Means.TTFT),
		"mean_tpot_ms": d.number(&r.Means.TPOT), "input_lens": d.numbers(&s.inputs),
		"output_lens": d.numbers(&s.outputs), "ttfts": d.numbers(&s.ttfts), "itls": d.sums(&s.gaps),
		"start_times": d.numbers(&s.starts), "latencies": d.numbers(&s.latency), "errors": d.filled(&s.failed),
		"server_info":        func() error { return s.server(d, r) },
		"request_throughput": d.rate(&r.Means.Answered),
	})
	if err != nil {
		return err
	}
	if r.Concurrency = whole(concurrency); math.IsNaN(r.Rate) {
		r.Rate = 0
	}
	return s.into(d, r)
}

// into gives a result the run's requests and means.
func (s *serving) into(d *document, r *Result) error {
	m := &r.Means
	if s.completed > 0 {
		m.Requests = whole(s.completed)
		m.Input, m.Output = s.inputTokens/s.completed, s.outputTokens/s.completed
	}
	for i := range min(len(s.inputs), len(s.outputs)) {
		q := Request{Start: at(s.starts, i), Input: whole(s.inputs[i]), Output: whole(s.outputs[i]),
			TTFT: at(s.ttfts, i), E2E: at(s.latency, i), Line: d.Line()}
		if i < len(s.failed) && s.failed[i] {
			q.Output = 0
		}
		if math.IsNaN(q.E2E) && i < len(s.gaps) {
			q.E2E = q.TTFT + s.gaps[i]
		}
		if err := d.keep(r, q); err != nil {
			return err
		}
	}
	return nil
}
