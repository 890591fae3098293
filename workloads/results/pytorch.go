package results

import "bytes"

// pytorchRecords are vLLM's means in the form of PyTorch's database of benchmarks: a record for each mean,
// with all that else is known of the run beside it.
var pytorchRecords = Format{
	Name:   "vllm bench serve, for PyTorch's database",
	About:  "`….pytorch.json`: means, users or the rate, the model",
	Source: "github.com/vllm-project/vllm, vllm/benchmarks/lib/utils.py, convert_to_pytorch_benchmark_format",
	begins: func(h *head) bool {
		return h.has("benchmark", "model", "metric") && bytes.Contains(h.text, []byte("vLLM benchmark"))
	},
	read: func(d *document) error {
		p := pytorchRun{seen: map[string]bool{}}
		return d.each(func() error { return p.record(d) })
	},
}

// pytorchRun is the run whose records are being read.
type pytorchRun struct {
	seen map[string]bool // means that it has
	r    *Result
}

// record takes one mean; a run begins where one comes again.
func (p *pytorchRun) record(d *document) error {
	name, model, backend := "", "", ""
	rate, users, tp := 0., 0, 0
	values := []float64{}
	completed, input, output, answered := 0, 0., 0., 0.
	err := d.object(fields{
		"benchmark": func() error {
			return d.object(fields{"extra_info": func() error {
				return d.object(fields{"args": func() error {
					return d.object(fields{"request_rate": d.rate(&rate), "max_concurrency": d.count(&users)})
				}})
			}})
		},
		"model": func() error { return d.object(fields{"name": d.text(&model)}) },
		"metric": func() error {
			return d.object(fields{"name": d.text(&name), "benchmark_values": d.numbers(&values),
				"extra_info": func() error {
					return d.object(fields{"completed": d.count(&completed), "total_input_tokens": d.number(&input),
						"total_output_tokens": d.number(&output), "request_throughput": d.rate(&answered), "backend": d.text(&backend),
						"tensor_parallel_size": d.count(&tp)})
				}})
		},
	})
	if err != nil || len(values) == 0 {
		return err
	}
	if p.r == nil || p.seen[name] {
		p.r, p.seen = d.run(), map[string]bool{}
		p.r.Model, p.r.Engine, p.r.Rate, p.r.Concurrency, p.r.Deployed.TP = model, backend, rate, users, tp
		m := &p.r.Means
		if m.Requests, m.Answered = completed, answered; completed > 0 {
			m.Input, m.Output = input/float64(completed), output/float64(completed)
		}
	}
	p.seen[name] = true
	switch name {
	case "mean_ttft_ms":
		p.r.Means.TTFT = values[0]
	case "mean_tpot_ms":
		p.r.Means.TPOT = values[0]
	}
	return nil
}
