package results

import (
	"bytes"
	"math"
	"strings"
)

// evalscope is what ModelScope's evalscope perf writes of a run. Its names say the units.
var evalscope = Format{
	Name:   "evalscope perf, summary",
	About:  "`benchmark_summary.json`: means, users or rate",
	Source: "github.com/modelscope/evalscope, evalscope/perf/utils/benchmark_util.py",
	begins: func(h *head) bool {
		return !h.array && (h.has("Number of concurrency") || h.has("Average time to first token (s)") ||
			h.has("Average time to first token (ms)"))
	},
	read: func(d *document) error {
		r := d.run()
		m := &r.Means
		concurrency, rate := math.NaN(), math.NaN()
		err := d.object(fields{
			"Number of concurrency": d.number(&concurrency), "Request rate (req/s)": d.number(&rate),
			"Succeed requests": d.count(&m.Requests), "Failed requests": d.count(&r.Failed),
			"Average time to first token (s)":   d.scaled(&m.TTFT, 1e3),
			"Average time to first token (ms)":  d.number(&m.TTFT),
			"Average time per output token (s)": d.scaled(&m.TPOT, 1e3), "Average time per output token (ms)": d.number(&m.TPOT),
			"Average input tokens per request": d.number(&m.Input), "Average output tokens per request": d.number(&m.Output),
			"Request throughput (req/s)": d.rate(&m.Answered),
		})
		if r.Concurrency = whole(concurrency); rate > 0 {
			r.Rate = rate
		}
		return err
	},
}

// huggingFace is the report of Hugging Face's inference-benchmarker: a run for each rate or number of users.
var huggingFace = Format{
	Name:   "inference-benchmarker (Hugging Face)",
	About:  "`results/….json`: means of each run but the warm-up; lengths that were asked for",
	Source: "github.com/huggingface/inference-benchmarker, src/writers.rs",
	begins: func(h *head) bool { return !h.array && h.has("config", "results", "start_time") },
	read: func(d *document) error {
		model := ""
		var input, output float64
		length := func(to *float64) func() error {
			return func() error { return d.object(fields{"num_tokens": d.number(to)}) }
		}
		err := d.object(fields{
			"config": func() error {
				return d.object(fields{"model_name": d.text(&model), "prompt_options": length(&input), "decode_options": length(&output)})
			},
			"results": func() error { return d.array(func() error { return readBenchmarker(d) }) },
		})
		for i := range d.results {
			r := &d.results[i]
			if r.Model = model; math.IsNaN(r.Means.Output) {
				r.Means.Output = output
			}
			r.Means.Input = input
		}
		return err
	},
}

func readBenchmarker(d *document) error {
	r := Result{Means: unmeasured()}
	id, kind, tokens := "", "", math.NaN()
	mean := func(to *float64) func() error {
		return func() error { return d.object(fields{"avg": d.number(to)}) }
	}
	users, rate := math.NaN(), math.NaN()
	err := d.object(fields{
		"id": d.text(&id), "executor_type": d.text(&kind),
		"config":                 func() error { return d.object(fields{"max_vus": d.number(&users), "rate": d.number(&rate)}) },
		"successful_requests":    d.count(&r.Means.Requests),
		"failed_requests":        d.count(&r.Failed),
		"total_tokens":           d.number(&tokens),
		"time_to_first_token_ms": mean(&r.Means.TTFT), "inter_token_latency_ms": mean(&r.Means.TPOT),
	})
	if err != nil || id == "warmup" {
		return err
	}
	if r.Means.Requests > 0 {
		r.Means.Output = tokens / float64(r.Means.Requests)
	}
	if strings.Contains(kind, "Rate") {
		r.Rate = max(0, known(rate))
	} else {
		r.Concurrency = whole(users)
	}
	*d.run() = r
	return nil
}

// llamaBench is what llama.cpp's llama-bench writes: prompts and answers of one sequence, each timed by
// itself, so that a prompt and an answer that follow each other are one run.
var llamaBench = Format{
	Name:   "llama-bench",
	About:  "`-o json`, `-o jsonl`, `-o csv`: of one sequence the time of a prompt and of a token; the engine is another than those computed here",
	Source: "github.com/ggml-org/llama.cpp, tools/llama-bench/README.md",
	begins: func(h *head) bool {
		line, _, _ := bytes.Cut(h.text, []byte("\n"))
		return h.has("n_prompt", "n_gen", "avg_ns") || h.keys == nil && bytes.Contains(line, []byte("n_prompt,n_gen,")) &&
			bytes.Contains(line, []byte(",avg_ns,"))
	},
	read: func(d *document) error {
		last := llamaTest{prompt: math.NaN(), input: math.NaN()}
		if begin, _ := d.in.Peek(HeadBytes); newHead(begin).keys == nil {
			n, err := newNamed(d)
			if err != nil {
				return err
			}
			return n.each(func() error {
				last.add(d, n.number("n_prompt"), n.number("n_gen"), n.number("avg_ns"), n.text("model_filename"))
				return nil
			})
		}
		one := func() error {
			var asked, generated, nanos float64
			model := ""
			err := d.object(fields{"n_prompt": d.number(&asked), "n_gen": d.number(&generated),
				"avg_ns": d.number(&nanos), "model_filename": d.text(&model)})
			if err == nil {
				last.add(d, asked, generated, nanos, model)
			}
			return err
		}
		for d.Peek() != 0 {
			if err := d.each(one); err != nil {
				return err
			}
		}
		return nil
	},
}

// llamaTest is the last test of a prompt alone: its time in ms, and its tokens.
type llamaTest struct{ prompt, input float64 }

// add takes a test: of a prompt alone, or of an answer alone, which is a run.
func (l *llamaTest) add(d *document, asked, generated, nanos float64, model string) {
	switch {
	case generated == 0:
		l.prompt, l.input = 1e-6*nanos, asked
	case asked == 0:
		r := d.run()
		r.Concurrency, r.Model, r.Engine = 1, modelFile(model), "llama.cpp"
		r.Means = Means{Requests: 1, Input: max(1, l.input), Output: generated, TTFT: l.prompt,
			TPOT: 1e-6 * nanos / generated}
	}
}

// modelFile is a model's name as its file has it, without folders and what a GGUF's name ends in.
func modelFile(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexAny(path, `/\`)+1:], ".gguf")
}
