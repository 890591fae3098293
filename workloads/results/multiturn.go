package results

import (
	"bytes"
	"math"
	"strings"
)

// vllmMultiTurn is the statistics that vLLM's benchmark of conversations prints.
var vllmMultiTurn = Format{
	Name:    "vllm benchmark_serving_multi_turn, printed",
	About:   "the table after `Statistics summary:` of each run, of a log: means, and the answers a second",
	Source:  "github.com/vllm-project/vllm, benchmarks/multi_turn/README.md",
	printed: true,
	begins:  func(h *head) bool { return bytes.Contains(h.text, []byte("Statistics summary:")) },
	read: func(d *document) error {
		var r *Result
		asked, answered := told{}, 0.0
		return d.lines(func(line string) {
			if name, value, is := strings.Cut(line, " = "); is && strings.HasSuffix(name, "requests_per_sec") {
				answered, r = max(0, known(figure(value))), nil
				return
			}
			cells := strings.Fields(line)
			if len(cells) < 3 || math.IsNaN(measured(cells[1])) {
				asked.take(line)
				return
			}
			if cells[0] == "ttft_ms" {
				r = d.run()
				r.Engine, r.Model, r.Means.Answered = "vllm", asked["model"], answered
				r.Means.Requests = whole(measured(cells[1]))
			}
			if r != nil {
				r.multiTurnRow(cells[0], measured(cells[2]))
			}
		})
	},
}

// multiTurnRow takes the mean of a row.
func (r *Result) multiTurnRow(name string, mean float64) {
	switch name {
	case "ttft_ms":
		r.Means.TTFT = mean
	case "tpot_ms":
		r.Means.TPOT = mean
	case "input_num_tokens":
		r.Means.Input = mean
	case "output_num_tokens":
		r.Means.Output = mean
	}
}

// sglangMultiTurn is what SGLang's benchmark of conversations appends, a run a line.
var sglangMultiTurn = Format{
	Name:   "sglang bench_multiturn",
	About:  "`--log-file`: the mean time to the first token, the rate, the answers a second",
	Source: "github.com/sgl-project/sglang, benchmark/hicache/bench_multiturn.py",
	begins: func(h *head) bool {
		return !h.array && h.has("summary") && bytes.Contains(h.text, []byte(`"average_ttft"`))
	},
	read: func(d *document) error {
		for d.Peek() != 0 {
			r := d.run()
			r.Engine = "sglang"
			err := d.object(fields{"summary": func() error {
				return d.object(fields{"total_requests": d.count(&r.Means.Requests), "request_rate": d.number(&r.Rate),
					"average_ttft": d.scaled(&r.Means.TTFT, 1e3), "throughput": d.rate(&r.Means.Answered),
					"average_prompt_len": d.number(&r.Means.Input), "average_output_len": d.number(&r.Means.Output)})
			}})
			if err != nil {
				return err
			}
			if math.IsNaN(r.Rate) {
				r.Rate = 0
			}
		}
		return nil
	},
}
