package results

// sglang is what `python -m sglang.bench_serving --output-file` appends, a run a line: means, and with
// --output-details a list of each measure.
var sglang = Format{
	Name:   "sglang.bench_serving",
	About:  "`--output-file`: means of each run; with `--output-details` also every request's lengths and latencies",
	Source: "github.com/sgl-project/sglang, docs/developer_guide/bench_serving.md",
	begins: func(h *head) bool { return h.has("backend", "dataset_name") },
	read:   readServing,
}
