package results

import (
	"bytes"
	"regexp"
)

// gptManager is what the benchmarks of TensorRT-LLM in C++ printed: of a server's loop, and of one batch.
var gptManager = Format{
	Name: "TensorRT-LLM's C++ benchmarks, printed",
	About: "the lines `[BENCHMARK] …` of gptManagerBenchmark, a run from `num_samples` on: answers a second, the mean time to the first token " +
		"and between tokens, with `--isl` and `--osl`; those of gptSessionBenchmark: the time of a batch and its lengths",
	Source:  "github.com/NVIDIA/TensorRT-LLM, benchmarks/cpp",
	printed: true,
	begins:  func(h *head) bool { return bytes.Contains(h.text, []byte("[BENCHMARK] ")) },
	read: func(d *document) error {
		var r *Result
		samples := 0
		return d.lines(func(line string) {
			for _, m := range gptLine.FindAllStringSubmatch(line, -1) {
				switch value := measured(m[2]); m[1] {
				case "num_samples": // which stands twice
					r, samples = nil, whole(value)
				case "batch_size":
					r = d.gptRun(whole(value))
					r.Concurrency = whole(value)
				default:
					if r == nil {
						r = d.gptRun(samples)
					}
					r.Means.gpt(m[1], value)
				}
			}
		})
	},
}

// gptRun begins a run of so many requests.
func (d *document) gptRun(requests int) *Result {
	r := d.run()
	r.Engine, r.Means = "tensorrt-llm", unmeasured()
	r.Means.Requests = requests
	return r
}

// gpt takes a value by its name.
func (m *Means) gpt(name string, value float64) {
	switch name {
	case "seq_throughput(seq/sec)":
		m.Answered = max(0, known(value))
	case "avg_time_to_first_token(ms)":
		m.TTFT = value
	case "avg_inter_token_latency(ms)":
		m.TPOT = value
	case "input_length":
		m.Input = value
	case "output_length":
		m.Output = value
	case "latency(ms)":
		m.Whole = max(0, known(value))
	}
}

var gptLine = regexp.MustCompile(`\b(num_samples|batch_size|seq_throughput\(seq/sec\)|avg_time_to_first_token\(ms\)|avg_inter_token_latency\(ms\)|` +
	`input_length|output_length|latency\(ms\)) ([0-9.]+)`)
