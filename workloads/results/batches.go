package results

import "math"

// oneBatch is what SGLang's benchmarks of one batch write, a batch a line: sequences of equal lengths, all
// computed at once; bench_one_batch in the engine's own process, bench_one_batch_server through a server.
var oneBatch = Format{
	Name:   "sglang.bench_one_batch, bench_one_batch_server",
	About:  "`--result-filename`: of each batch its lengths, the time of its prompts and of a decode step",
	Source: "github.com/sgl-project/sglang, python/sglang/bench_one_batch.py, bench_one_batch_server.py",
	begins: func(h *head) bool { return h.has("batch_size", "input_len", "output_len") },
	read: func(d *document) error {
		for d.Peek() != 0 {
			if err := d.each(func() error { return readBatch(d) }); err != nil {
				return err
			}
		}
		return nil
	},
}

// each takes the object that comes next, or those of an array.
func (d *document) each(take func() error) error {
	if d.Peek() == '[' {
		return d.array(take)
	}
	return take()
}

func readBatch(d *document) error {
	r := d.run()
	r.Engine = "sglang"
	m := &r.Means
	step, whole := math.NaN(), math.NaN()
	err := d.object(fields{
		"batch_size": d.count(&r.Concurrency), "input_len": d.number(&m.Input), "output_len": d.number(&m.Output),
		"prefill_latency": d.scaled(&m.TTFT, 1e3), "last_ttft": d.scaled(&m.TTFT, 1e3), "ttft": d.scaled(&m.TTFT, 1e3),
		"median_decode_latency": d.scaled(&step, 1e3), "latency": d.scaled(&whole, 1e3), "total_latency": d.scaled(&whole, 1e3),
		"model_path": d.text(&r.Model),
	})
	if m.Requests, m.TPOT = r.Concurrency, step; math.IsNaN(step) && m.Output > 1 {
		m.TPOT = (whole - m.TTFT) / (m.Output - 1)
	}
	return err
}

// vllmOffline is what `vllm bench throughput` and `vllm bench latency` write, which time no token: how long
// all took.
var vllmOffline = Format{
	Name: "vllm bench throughput, vllm bench latency",
	About: "`--output-json`: of `throughput` the answers a second, which with `--isl` and `--osl` are a measurement; of `latency` how long a " +
		"batch took, which needs `--concurrency` as well, for how many sequences it was of",
	Source: "github.com/vllm-project/vllm, vllm/benchmarks/throughput.py, latency.py",
	begins: func(h *head) bool {
		return !h.array && (h.has("elapsed_time", "num_requests", "total_num_tokens") || h.has("avg_latency", "latencies", "percentiles"))
	},
	read: func(d *document) error {
		r := d.run()
		r.Engine = "vllm"
		err := d.object(fields{"num_requests": d.count(&r.Means.Requests), "requests_per_second": d.rate(&r.Means.Answered),
			"avg_latency": d.rate(&r.Means.Whole)})
		if r.Means.Whole *= 1e3; r.Means.Whole == 0 {
			r.Rate = math.Inf(1)
		}
		return err
	},
}
