package results

import (
	"bytes"
	"math"
	"regexp"
)

// lmdeployPrinted is what LMDeploy's benchmarks of a server and of its engine print.
var lmdeployPrinted = Format{
	Name: "LMDeploy, printed",
	About: "the lines after `concurrency: …` and `elapsed_time: …` of each run: users, tokens, answers a second, the mean time to the first " +
		"token and, since no mean is printed, the median time per token; the engine is another than those computed here",
	Source:  "github.com/InternLM/lmdeploy, benchmark/profile_restful_api.py",
	printed: true,
	begins:  func(h *head) bool { return bytes.Contains(h.text, []byte("elapsed_time: ")) },
	read: func(d *document) error {
		var r *Result
		users, elapsed, input, output := 0, 0.0, 0.0, 0.0
		return d.lines(func(line string) {
			m := lmdeployLine.FindStringSubmatch(line)
			if m == nil {
				return
			}
			value := measured(m[2])
			switch m[1] {
			case "concurrency":
				users = whole(value)
			case "elapsed_time":
				r, elapsed, input, output = d.run(), value, math.NaN(), math.NaN()
				r.Engine, r.Concurrency = "lmdeploy", users
				r.Means = unmeasured()
			}
			if r == nil {
				return
			}
			switch m[1] {
			case "first_token latency(min, max, ave)", "first token latency(s)(min, max, ave)":
				r.Means.TTFT = 1e3 * measured(m[4])
			case "per-token latency(s) percentile(50, 75, 95, 99)":
				r.Means.TPOT = 1e3 * value
			case "number of prompt tokens":
				input = value
			case "number of completion tokens":
				output = value
			case "RPS (request per second)":
				r.Means.Requests, r.Means.Answered = whole(float64(value*elapsed)), max(0, known(value))
				requests := float64(r.Means.Requests)
				r.Means.Input, r.Means.Output = input/requests, output/requests
			}
		})
	},
}

var lmdeployLine = regexp.MustCompile(
	`^(concurrency|elapsed_time|first[_ ]token latency(?:\(s\))?\(min, max, ave\)|per-token latency\(s\) percentile\(50, 75, 95, 99\)|` +
		`number of (?:prompt|completion) tokens|RPS \(request per second\)): \[?([0-9.]+)s?(?:, ([0-9.]+)s?)?(?:, ([0-9.]+)s?)?`)
