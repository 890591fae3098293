package results

import "math"

// genaiBench is one run of SGLang's genai-bench: a scenario at one number of users, in seconds.
var genaiBench = Format{
	Name:   "genai-bench",
	About:  "`D100_100_…_num_concurrency_8_….json`: lengths and latencies of every request, without starts, and the number of users",
	Source: "github.com/sgl-project/genai-bench, docs/user-guide and genai_bench/metrics/metrics.py",
	begins: func(h *head) bool { return !h.array && h.has("aggregated_metrics") },
	read: func(d *document) error {
		r := d.run()
		means := unmeasured()
		failed := 0
		err := d.object(fields{
			"aggregated_metrics": func() error {
				return d.object(fields{"num_concurrency": d.count(&r.Concurrency), "num_completed_requests": d.count(&means.Requests),
					"num_error_requests": d.count(&failed), "stats": func() error { return d.object(genaiStatistics(d, &means)) }})
			},
			"individual_request_metrics": func() error {
				return d.array(func() error { return readGenaiRequest(d, r) })
			},
		})
		if len(r.Requests) < means.Requests {
			r.Means = means
		}
		r.Failed = max(r.Failed, failed)
		return err
	},
}

// genaiStatistics are the means of a run.
func genaiStatistics(d *document, m *Means) fields {
	of := func(to *float64, by float64) func() error {
		return func() error { return d.object(fields{"mean": d.scaled(to, by)}) }
	}
	return fields{"ttft": of(&m.TTFT, 1e3), "tpot": of(&m.TPOT, 1e3), "num_input_tokens": of(&m.Input, 1),
		"num_output_tokens": of(&m.Output, 1)}
}

func readGenaiRequest(d *document, r *Result) error {
	q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
	failed := math.NaN()
	err := d.object(fields{"ttft": d.number(&q.TTFT), "e2e_latency": d.number(&q.E2E),
		"num_input_tokens": d.count(&q.Input), "num_output_tokens": d.count(&q.Output), "error_code": d.number(&failed)})
	if err != nil {
		return err
	}
	if failed > 0 {
		q.Output = 0
	}
	return d.keep(r, q)
}
