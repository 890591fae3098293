package results

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"strings"
)

// mlperf is the summary that MLPerf's load generator prints of a server of language models.
var mlperf = Format{
	Name:   "MLPerf, summary",
	About:  "`mlperf_log_summary.txt` of a language model in the scenario Server: means, and the rate that was asked for; lengths are those of the data set",
	Source: "github.com/mlcommons/inference, loadgen/results.cc",
	begins: func(h *head) bool { return bytes.Contains(h.text, []byte("MLPerf Results Summary")) },
	read: func(d *document) error {
		r := d.run()
		lines := bufio.NewScanner(d.in)
		tokens, samples := math.NaN(), math.NaN()
		scenario := ""
		for lines.Scan() {
			name, value, found := cutLast(lines.Text(), ":")
			if !found {
				continue
			}
			v := measured(value)
			switch strings.TrimSpace(name) {
			case "Scenario":
				scenario = value
			case "Mean First Token latency (ns)":
				r.Means.TTFT = v * 1e-6
			case "Mean Time to Output Token (ns)":
				r.Means.TPOT = v * 1e-6
			case "target_qps":
				r.Rate = max(0, known(v))
			case "min_query_count": // as many as are asked for, or as the shortest time takes
				r.Means.Requests = whole(v)
			case "Completed tokens per second", "Tokens per second":
				tokens = v
			case "Completed samples per second", "Samples per second":
				samples = v
			}
		}
		r.Means.Answered = max(0, known(samples))
		if r.Means.Output = tokens / samples; strings.TrimSpace(scenario) == "Offline" {
			r.Rate = math.Inf(1)
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("is no summary: %w", err)
		}
		return nil
	},
}
