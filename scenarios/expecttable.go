package scenarios

var expectTable = table{
	path: "expect",
	does: "A promise about a metric of the result. Where one is broken, `roofserve run` and `sweep` end with status 1.",
	example: `[[expect]]
metric = "p99_tpot_ms"
max = 60
[[expect]]
metric = "output_throughput"
min = 1000
`,
	keys: []key{{
		name: "metric", unset: "required",
		does:    "A number of the result by its key, which metrics.md lists; `p50_` stands for `median_`.",
		example: `"p99_tpot_ms"`,
	}, {
		name: "min", unit: "the metric's", unset: "no bound",
		does:    "The least that it may be.",
		example: "10",
	}, {
		name: "max", unit: "the metric's", unset: "no bound",
		does:    "The most that it may be.",
		example: "60",
	}, {
		name: "max_increase", unset: "no bound",
		does:    "By how much it may be above the baseline's, in percent. It needs a `baseline`.",
		example: `"5%"`,
	}, {
		name: "baseline", unset: "none",
		does:    "The JSON result of an earlier run, which `run --json FILE` wrote.",
		example: `"earlier.json"`,
	}},
}
