package results

import "math"

// trtllm is the report of `trtllm-bench`, sums of a run. It does not say how many requests it was to keep in
// flight, only how many there were on average.
var trtllm = Format{
	Name:   "trtllm-bench",
	About:  "`--report_json`: means; latencies of tokens with `--streaming`",
	Source: "github.com/NVIDIA/TensorRT-LLM, tensorrt_llm/bench/dataclasses/reporting.py",
	begins: func(h *head) bool { return !h.array && h.has("request_info", "performance") },
	read: func(d *document) error {
		r := d.run()
		r.Engine = "tensorrt-llm"
		inFlight, weights, cache := math.NaN(), "", ""
		asked := 0
		err := d.object(fields{
			"engine": func() error {
				return d.object(fields{"model": d.text(&r.Model), "quantization": d.text(&weights), "kv_cache_dtype": d.text(&cache),
					"version": d.text(&r.Deployed.EngineVersion)})
			},
			"machine": func() error { return d.object(fields{"name": d.text(&r.Deployed.System)}) },
			"world_info": func() error {
				return d.object(fields{"tp_size": d.count(&r.Deployed.TP), "pp_size": d.count(&r.Deployed.PP),
					"ep_size": d.count(&r.Deployed.EP), "world_size": d.count(&r.Deployed.GPUs)})
			},
			"request_info": func() error {
				return d.object(fields{"num_requests": d.count(&r.Means.Requests), "avg_num_concurrent_requests": d.number(&inFlight),
					"avg_input_length": d.number(&r.Means.Input), "avg_output_length": d.number(&r.Means.Output),
					"concurrency": d.count(&asked)})
			},
			"performance": func() error {
				return d.object(fields{"request_throughput_req_s": d.rate(&r.Means.Answered)})
			},
			"streaming_metrics": func() error {
				return d.object(fields{"avg_ttft_ms": d.number(&r.Means.TTFT), "avg_tpot_ms": d.number(&r.Means.TPOT)})
			},
		})
		r.Deployed.weightsNamed(weights, r.Model)
		r.Deployed.cacheNamed(cache)
		r.Deployed.EP = beyondOne(r.Deployed.EP)
		if r.Concurrency = asked; asked > 0 {
			return err
		}
		if r.Concurrency = whole(math.Ceil(inFlight)); r.Concurrency > 0 {
			r.Notes = append(r.Notes, meanInFlight)
		}
		return err
	},
}

// meanInFlight says how users are counted where the report does not say it.
const meanInFlight = "does not say how many requests were kept in flight: the mean that were is taken"
