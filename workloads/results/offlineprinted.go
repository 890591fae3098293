package results

import (
	"bytes"
	"math"
	"regexp"
	"strings"
)

// sglangOffline is what SGLang's benchmark without a server writes, a run a line: all were sent at once, and
// no token was timed.
var sglangOffline = Format{
	Name:   "sglang.bench_offline_throughput",
	About:  "`--result-filename`: lengths, and the answers a second",
	Source: "github.com/sgl-project/sglang, python/sglang/bench_offline_throughput.py",
	begins: func(h *head) bool {
		return h.has("backend", "successful_requests", "total_latency", "total_output_tokens")
	},
	read: func(d *document) error {
		for d.Peek() != 0 {
			r, input, output := d.run(), math.NaN(), math.NaN()
			err := d.object(fields{"successful_requests": d.count(&r.Means.Requests), "total_input_tokens": d.number(&input),
				"total_output_tokens": d.number(&output), "request_throughput": d.rate(&r.Means.Answered)})
			if err != nil {
				return err
			}
			r.Engine, r.Rate = "sglang", math.Inf(1)
			r.Means.Input, r.Means.Output = input/float64(r.Means.Requests), output/float64(r.Means.Requests)
		}
		return nil
	},
}

// offlinePrinted is what the benchmarks of vLLM and SGLang without a server print.
var offlinePrinted = Format{
	Name: "vllm bench throughput, vllm bench latency and sglang.bench_offline_throughput, printed",
	About: "the lines `Throughput: …` or `Avg latency: …`, and the table `Offline Throughput Benchmark Result`: answers a second, lengths, " +
		"how long a batch took, and where the log has the command its lengths and the model",
	Source: "github.com/vllm-project/vllm, vllm/benchmarks/throughput.py, latency.py; github.com/sgl-project/sglang, " +
		"python/sglang/bench_offline_throughput.py",
	printed: true,
	begins: func(h *head) bool {
		return bytes.Contains(h.text, []byte(offlineHead)) || vllmThroughput.Match(h.text) ||
			vllmAverage.Match(h.text)
	},
	read: readOfflinePrinted,
}

const offlineHead = "= Offline Throughput Benchmark Result ="

var (
	vllmThroughput = regexp.MustCompile(
		`Throughput: ([0-9.]+) requests/s, ([0-9.]+) (?:total )?tokens/s(?:, ([0-9.]+) output tokens/s)?`)
	vllmTokens  = regexp.MustCompile(`Total num (prompt|output) tokens:\s+(\d+)`)
	vllmAverage = regexp.MustCompile(`Avg latency: ([0-9.]+) seconds`)
)

func readOfflinePrinted(d *document) error {
	asked := told{}
	table, inside := newServeTable(), false
	var last *Result
	return d.lines(func(line string) {
		if inside {
			if isRule(line) {
				inside = false
				*d.run() = table.offline(asked)
			} else if which, value, is := labelled(line, consoleRows); is {
				table.row(which, value)
			}
			return
		}
		switch {
		case strings.Contains(line, offlineHead):
			table, inside = newServeTable(), true
		case vllmThroughput.MatchString(line):
			last = d.run()
			last.throughput(asked, vllmThroughput.FindStringSubmatch(line))
		case vllmAverage.MatchString(line):
			d.run().averageLatency(asked, measured(vllmAverage.FindStringSubmatch(line)[1]))
		case last != nil && vllmTokens.MatchString(line):
			total := vllmTokens.FindStringSubmatch(line)
			last.total(total[1], measured(total[2]))
		default:
			asked.take(line)
		}
	})
}

// offline is the run of a table of SGLang's.
func (s *serveTable) offline(asked told) Result {
	r := s.result(asked)
	r.Engine, r.Rate, r.Concurrency = "sglang", math.Inf(1), 0
	return r
}

// throughput is a run of `vllm bench throughput`, which answered so many requests a second, with so many
// tokens.
func (r *Result) throughput(asked told, rates []string) {
	r.Engine, r.Rate, r.Model = "vllm", math.Inf(1), asked["model"]
	m := &r.Means
	m.Requests, m.Answered = whole(asked.number("requests")), max(0, known(measured(rates[1])))
	if output := measured(rates[3]); m.Answered > 0 && output >= 0 {
		m.Output, m.Input = output/m.Answered, (measured(rates[2])-output)/m.Answered
	}
}

// total takes how many tokens there were in all; where the log does not say of how many requests, their rate
// and that of tokens tell it.
func (r *Result) total(of string, tokens float64) {
	m := &r.Means
	mean := &m.Output
	if of == "prompt" {
		mean = &m.Input
	}
	if m.Requests == 0 && *mean > 0 {
		m.Requests = whole(tokens / *mean)
	}
	if m.Requests > 0 {
		*mean = tokens / float64(m.Requests)
	}
}

// averageLatency is a run of `vllm bench latency`: batches that took so many seconds each.
func (r *Result) averageLatency(asked told, seconds float64) {
	r.Engine, r.Model = "vllm", asked["model"]
	if len(asked) > 0 {
		r.Means.Input, r.Means.Output = or(asked.number("input"), latencyInput), or(asked.number("output"), latencyOutput)
		r.Concurrency = whole(or(asked.number("batch"), latencyBatch))
	}
	r.Means.Requests, r.Means.Whole = r.Concurrency, max(0, known(1e3*seconds))
}

// What `vllm bench latency` takes where it is told nothing.
const (
	latencyInput  = 32
	latencyOutput = 128
	latencyBatch  = 8
)

// or is a number, or another where it is none.
func or(v, otherwise float64) float64 {
	if math.IsNaN(v) {
		return otherwise
	}
	return v
}
