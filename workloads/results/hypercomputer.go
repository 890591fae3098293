package results

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// hypercomputer is what the benchmark of Google's AI Hypercomputer saves of a run, and prints of it.
var hypercomputer = Format{
	Name:   "inference-benchmark (AI Hypercomputer)",
	About:  "`--save-json-results`: means, the rate",
	Source: "github.com/AI-Hypercomputer/inference-benchmark, benchmark_serving.py",
	begins: func(h *head) bool {
		return !h.array && h.has("metrics", "dimensions") && bytes.Contains(h.text, []byte(`"avg_output_len"`))
	},
	read: func(d *document) error {
		r := d.run()
		m, gap := &r.Means, math.NaN()
		err := d.object(fields{
			"metrics": func() error {
				return d.object(fields{"num_prompts_succeeded": d.count(&m.Requests), "request_rate": d.number(&r.Rate),
					"throughput_rps": d.rate(&m.Answered), "avg_TTFT": d.scaled(&m.TTFT, 1e3),
					"avg_TTFT_ms": d.number(&m.TTFT), "avg_TPOT": d.scaled(&m.TPOT, 1e3), "avg_TPOT_ms": d.number(&m.TPOT),
					"avg_ITL": d.scaled(&gap, 1e3), "avg_ITL_ms": d.number(&gap),
					"avg_input_len": d.number(&m.Input), "avg_output_len": d.number(&m.Output)})
			},
			"dimensions": func() error {
				return d.object(fields{"model_id": d.text(&r.Model), "backend": d.text(&r.Engine)})
			},
		})
		m.TPOT = or(m.TPOT, gap) // which some releases leave out
		r.Model = oneModel(r.Model)
		if math.IsNaN(r.Rate) {
			r.Rate = 0
		}
		return err
	},
}

// hypercomputerPrinted is the same, as it is printed.
var hypercomputerPrinted = Format{
	Name:    "inference-benchmark (AI Hypercomputer), printed",
	About:   "the lines after `====Result for Model: …====` of each run, of a log: means",
	Source:  hypercomputer.Source,
	printed: true,
	begins:  func(h *head) bool { return bytes.Contains(h.text, []byte("====Result for Model: ")) },
	read: func(d *document) error {
		var r *Result
		asked := told{}
		err := d.lines(func(line string) {
			if _, model, is := strings.Cut(line, "====Result for Model: "); is {
				r = d.run()
				r.Model, r.Rate = strings.TrimRight(model, "= \r"), max(0, known(asked.number("rate")))
			} else if r == nil {
				asked.take(line)
			} else if which, value, is := labelled(line, hypercomputerRows); is {
				r.hypercomputerRow(which, value)
			}
		})
		if n := len(d.results); n > 1 { // all models together, and each of them
			d.results = slices.DeleteFunc(d.results, func(r Result) bool { return oneModel(r.Model) == "" })
		} else if n == 1 {
			d.results[0].Model = oneModel(d.results[0].Model)
		}
		return err
	},
}

// oneModel is a model's name; "" where it stands for all of them.
func oneModel(name string) string {
	if name == "weighted" {
		return ""
	}
	return name
}

var hypercomputerRows = map[string]int{
	"Successful/total requests": printedRequests, "Requests/sec": printedAnswered, "Requests/min": printedRate,
	"Average Time to First Token (s)": printedTTFT, "Average Time Per Output Token (s)": printedTPOT,
	"Average input length": printedInput, "Average output length": printedOutput,
}

// hypercomputerRow takes a line.
func (r *Result) hypercomputerRow(which int, value string) {
	v := figure(value)
	switch which {
	case printedRequests:
		answered, all, _ := strings.Cut(value, "/")
		r.Means.Requests = whole(measured(answered))
		r.Failed = max(0, whole(measured(all))-r.Means.Requests)
	case printedAnswered:
		r.Means.Answered = max(0, known(v))
	case printedRate:
		r.Means.Answered = max(0, known(v/60))
	case printedTTFT:
		r.Means.TTFT = 1e3 * v
	case printedTPOT:
		r.Means.TPOT = 1e3 * v
	case printedInput:
		r.Means.Input = v
	case printedOutput:
		r.Means.Output = v
	}
}
