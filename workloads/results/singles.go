package results

import "math"

// jetstream is the answers of JetStream's benchmark, a list of all of them.
var jetstream = Format{
	Name:   "JetStream, every request",
	About:  "`--save-request-outputs`: lengths and latencies, without starts",
	Source: "github.com/AI-Hypercomputer/JetStream, benchmarks/benchmark_serving.py",
	begins: func(h *head) bool {
		return h.array && h.has("prompt_len", "output_len", "latency") && h.has("generated_text")
	},
	read: func(d *document) error {
		r := d.run()
		return d.array(func() error {
			q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
			success := ""
			err := d.object(fields{"prompt_len": d.count(&q.Input), "output_len": d.count(&q.Output),
				"latency": d.number(&q.E2E), "ttft": d.number(&q.TTFT), "success": d.word(&success)})
			if err != nil {
				return err
			}
			if success == "false" {
				q.Output = 0
			}
			return d.keep(r, q)
		})
	},
}

// ollama is the last pieces of Ollama's answers, which say how long all took, one a line. They were created
// at their ends.
var ollama = Format{
	Name:   "Ollama, answers",
	About:  "answers of its interface, or their last pieces: lengths, when they ended and how long they took; the engine is another than those computed here",
	Source: "github.com/ollama/ollama, docs/api.md",
	begins: func(h *head) bool { return h.has("eval_count", "total_duration", "created_at") },
	read: func(d *document) error {
		r := d.run()
		r.Engine = "ollama"
		for d.Peek() != 0 {
			if err := d.each(func() error { return readOllama(d, r) }); err != nil {
				return err
			}
		}
		return nil
	},
}

func readOllama(d *document, r *Result) error {
	q := Request{Line: d.Line()}
	var load, prompt, all float64
	created := ""
	err := d.object(fields{"model": d.text(&r.Model), "created_at": d.text(&created), "prompt_eval_count": d.count(&q.Input),
		"eval_count": d.count(&q.Output), "load_duration": d.number(&load), "prompt_eval_duration": d.number(&prompt),
		"total_duration": d.number(&all)})
	if err != nil {
		return err
	}
	q.E2E = all * 1e-9
	q.TTFT, q.Start = float64((load+prompt)*1e-9), moment(created)-q.E2E
	return d.keep(r, q)
}
