package results

import "bytes"

// llmServingSimResult is the table of requests that LLMServingSim writes, in nanoseconds.
var llmServingSimResult = Format{
	Name:   "LLMServingSim, every request",
	About:  "`output/….csv`, a result of the simulator: starts, lengths, latencies, in nanoseconds",
	Source: "github.com/casys-kaist/LLMServingSim, inference_serving/scheduler.py, save_output",
	begins: func(h *head) bool {
		line, _, _ := bytes.Cut(h.text, []byte("\n"))
		return h.keys == nil && bytes.Contains(line, []byte("arrival,end_time,latency,queuing_delay,TTFT"))
	},
	read: func(d *document) error {
		n, err := newNamed(d)
		if err != nil {
			return err
		}
		r := d.run()
		return n.each(func() error {
			const nano = 1e-9
			r.Model = n.text("model")
			return d.keep(r, Request{Start: n.number("arrival") * nano, Input: whole(n.number("input")),
				Output: whole(n.number("output")), TTFT: n.number("TTFT") * nano, E2E: n.number("latency") * nano,
				Line: n.Line()})
		})
	},
}

// inferenceSim is the result of inference-sim, whose engine is called BLIS: means, and every request.
var inferenceSim = Format{
	Name:   "inference-sim (BLIS)",
	About:  "`--metrics-path`, a result of the simulator: starts in s, lengths, latencies in ms of every request, or means",
	Source: "github.com/inference-sim/inference-sim, sim/metrics_utils.go",
	begins: func(h *head) bool { return h.has("completed_requests", "ttft_mean_ms", "itl_mean_ms") },
	read: func(d *document) error {
		return d.each(func() error {
			r := d.run()
			input, output := 0., 0.
			m := unmeasured()
			err := d.object(fields{
				"completed_requests": d.count(&m.Requests), "total_input_tokens": d.number(&input),
				"total_output_tokens": d.number(&output), "ttft_mean_ms": d.number(&m.TTFT), "itl_mean_ms": d.number(&m.TPOT),
				"responses_per_sec": d.rate(&m.Answered),
				"requests":          func() error { return d.array(func() error { return readSimulated(d, r) }) },
			})
			if len(r.Requests) < m.Requests {
				m.Input, m.Output = input/float64(m.Requests), output/float64(m.Requests)
				r.Means = m
			}
			return err
		})
	},
}

func readSimulated(d *document, r *Result) error {
	q := Request{Line: d.Line()}
	err := d.object(fields{"arrived_at": d.number(&q.Start), "num_prefill_tokens": d.count(&q.Input),
		"num_decode_tokens": d.count(&q.Output), "ttft_ms": d.scaled(&q.TTFT, 1e-3), "e2e_ms": d.scaled(&q.E2E, 1e-3),
		"model": d.text(&r.Model)})
	if err != nil {
		return err
	}
	return d.keep(r, q)
}
