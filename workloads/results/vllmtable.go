package results

import (
	"bytes"
	"math"
)

// vllmTable is what `vllm bench sweep` writes of all its runs, and tables of the same names that people make
// of results.
var vllmTable = Format{
	Name:   "vllm bench sweep, summary as CSV",
	About:  "`summary.csv`, a run a row: means, users or the rate, the model",
	Source: "github.com/vllm-project/vllm, vllm/benchmarks/sweep/serve.py",
	begins: func(h *head) bool {
		line, _, _ := bytes.Cut(h.text, []byte("\n"))
		return h.keys == nil && bytes.Contains(line, []byte(",")) && bytes.Contains(line, []byte("mean_ttft_ms")) &&
			bytes.Contains(line, []byte("total_input_tokens"))
	},
	read: func(d *document) error {
		n, err := newNamed(d)
		if err != nil {
			return err
		}
		return n.each(func() error {
			completed := n.number("completed", "num_prompts")
			if !(completed > 0) {
				return nil
			}
			r := d.run()
			r.Model, r.Engine = n.text("model_id"), n.text("backend")
			r.Concurrency, r.Rate = whole(n.number("max_concurrency")), max(0, known(n.number("request_rate")))
			r.Deployed.TP = whole(n.number("tensor_parallel_size"))
			r.Means = Means{Requests: whole(completed), Input: n.number("total_input_tokens") / completed,
				Output: n.number("total_output_tokens") / completed, TTFT: n.number("mean_ttft_ms"),
				TPOT: n.number("mean_tpot_ms"), Answered: max(0, known(n.number("request_throughput")))}
			if math.IsNaN(r.Means.TPOT) {
				r.Means.TPOT = n.number("mean_itl_ms")
			}
			return nil
		})
	},
}
