package results

import (
	"bytes"
	"math"
	"strings"
)

// evalscopePrinted is the table that `evalscope perf` prints at a run's end.
var evalscopePrinted = Format{
	Name:    "evalscope perf, printed",
	About:   "the table `Benchmarking summary` of each run, of a log: means, users",
	Source:  "github.com/modelscope/evalscope, docs, perf",
	printed: true,
	begins: func(h *head) bool {
		return bytes.Contains(h.text, []byte("| Number of concurrency")) || bytes.Contains(h.text, []byte("| Time taken for tests ("))
	},
	read: func(d *document) error {
		var r *Result
		asked := told{}
		return d.lines(func(line string) {
			cells := strings.Split(line, "|")
			if len(cells) != 4 {
				asked.take(line)
				return
			}
			key, v := strings.TrimSpace(cells[1]), figure(cells[2])
			if strings.HasPrefix(key, "Time taken for tests") || key == "Number of concurrency" && r == nil {
				r = d.run()
				r.Model = asked["model"]
			}
			if r != nil && !math.IsNaN(v) {
				r.evalscopeRow(key, v)
			}
		})
	},
}

// evalscopeRow takes a row of the table.
func (r *Result) evalscopeRow(key string, v float64) {
	name, unit, _ := strings.Cut(key, " (")
	if in := secondsIn[strings.TrimSuffix(unit, ")")]; in > 0 {
		v *= 1e3 * in
	}
	switch name {
	case "Number of concurrency":
		r.Concurrency = whole(v)
	case "Succeed requests":
		r.Means.Requests = whole(v)
	case "Failed requests":
		r.Failed = whole(v)
	case "Request rate":
		r.Rate = max(0, v)
	case "Request throughput":
		r.Means.Answered = max(0, v)
	case "Average time to first token":
		r.Means.TTFT = v
	case "Average time per output token":
		r.Means.TPOT = v
	case "Average input tokens per request":
		r.Means.Input = v
	case "Average output tokens per request":
		r.Means.Output = v
	}
}
