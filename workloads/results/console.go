package results

import (
	"bytes"
	"math"
	"strings"
)

// console is what the benchmarks of vLLM and SGLang print at a run's end, among whatever else a log holds.
var console = Format{
	Name: "vllm bench serve and sglang.bench_serving, printed",
	About: "the table `Serving Benchmark Result` of each run, of a log: means, and the model where the log has the command; the time between " +
		"tokens where there is no TPOT",
	Source:  "github.com/vllm-project/vllm, vllm/benchmarks/serve.py; github.com/sgl-project/sglang, python/sglang/bench_serving.py",
	printed: true,
	begins:  func(h *head) bool { return bytes.Contains(h.text, []byte(consoleHead)) },
	read:    readConsole,
}

const consoleHead = "= Serving Benchmark Result ="

// What the rows of the tables of vLLM's and SGLang's benchmarks hold.
const (
	printedRate = iota
	printedUsers
	printedRequests
	printedFailed
	printedInput
	printedOutput
	printedAnswered
	printedTTFT
	printedTPOT
	printedGap
	printedEngine
)

// consoleRows are the names of the rows; one is misspelt in some releases of SGLang.
var consoleRows = map[string]int{
	"Traffic request rate": printedRate, "Request rate configured (RPS)": printedRate,
	"Max request concurrency": printedUsers, "Maximum request concurrency": printedUsers,
	"Max reqeuest concurrency": printedUsers,
	"Successful requests":      printedRequests, "Failed requests": printedFailed,
	"Total input tokens": printedInput, "Total generated tokens": printedOutput,
	"Request throughput (req/s)": printedAnswered, "Mean TTFT (ms)": printedTTFT, "Mean TPOT (ms)": printedTPOT,
	"Mean ITL (ms)": printedGap, "Backend": printedEngine,
}

// serveTable is a run as its rows are met.
type serveTable struct {
	Result
	input, output, gap float64
}

func newServeTable() serveTable {
	return serveTable{Result{Means: unmeasured()}, math.NaN(), math.NaN(), math.NaN()}
}

func readConsole(d *document) error {
	table, inside, asked := newServeTable(), false, told{}
	finish := func() {
		if inside {
			*d.run() = table.result(asked)
		}
		table, inside = newServeTable(), false
	}
	err := d.lines(func(line string) {
		switch {
		case strings.Contains(line, consoleHead):
			before := table.Result // what is printed before a run holds for it
			finish()
			table.Rate, table.Concurrency = before.Rate, before.Concurrency
			inside = true
		case inside && isRule(line):
			finish()
		default:
			if which, value, is := labelled(line, consoleRows); is {
				table.row(which, value)
			} else if !inside {
				asked.take(line)
			}
		}
	})
	finish()
	return err
}

// isRule tells whether a line is that of = which ends a table.
func isRule(line string) bool {
	return strings.HasSuffix(strings.TrimSpace(line), strings.Repeat("=", 40))
}

// row takes a row of the table.
func (s *serveTable) row(which int, value string) {
	if which == printedEngine {
		s.Engine = value
		return
	}
	v := measured(value)
	if math.IsNaN(v) {
		return
	}
	switch which {
	case printedRate:
		s.Rate = max(0, v)
	case printedUsers:
		s.Concurrency = whole(v)
	case printedRequests:
		s.Means.Requests = whole(v)
	case printedFailed:
		s.Failed = whole(v)
	case printedInput:
		s.input = v
	case printedOutput:
		s.output = v
	case printedAnswered:
		s.Means.Answered = max(0, v)
	case printedTTFT:
		s.Means.TTFT = v
	case printedTPOT:
		s.Means.TPOT = v
	case printedGap:
		s.gap = v
	}
}

// result is the run, of the model that the command names.
func (s *serveTable) result(asked told) Result {
	r := s.Result
	r.Model = asked["model"]
	if n := float64(r.Means.Requests); n > 0 {
		r.Means.Input, r.Means.Output = s.input/n, s.output/n
	}
	if r.Concurrency == 0 {
		r.Concurrency = whole(asked.number("users"))
	}
	if math.IsNaN(r.Means.TPOT) && s.gap > 0 {
		r.Means.TPOT = s.gap
		r.Notes = append(r.Notes, "prints no time per output token: the mean time between tokens is taken")
	}
	return r
}
