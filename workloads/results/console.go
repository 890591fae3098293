package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// console is what the benchmarks of vLLM and SGLang print at a run's end, among whatever else a log holds.
var console = Format{
	Name:   "vllm bench serve and sglang.bench_serving, printed",
	About:  "the table `Serving Benchmark Result` of each run, of a log: means",
	Source: "github.com/vllm-project/vllm, vllm/benchmarks/serve.py; github.com/sgl-project/sglang, python/sglang/bench_serving.py",
	begins: func(h *head) bool { return bytes.Contains(h.text, []byte(consoleHead)) },
	read:   readConsole,
}

const consoleHead = "= Serving Benchmark Result ="

// maxConsoleLine is the longest line of a log that is read; progress bars overwrite one line again and again.
const maxConsoleLine = 16 << 20

func readConsole(d *document) error {
	lines := bufio.NewScanner(d.in)
	lines.Buffer(make([]byte, 64<<10), maxConsoleLine)
	var r *Result
	var input, output float64
	finish := func() {
		if r != nil && r.Means.Requests > 0 {
			n := float64(r.Means.Requests)
			r.Means.Input, r.Means.Output = input/n, output/n
		}
	}
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, consoleHead) {
			finish()
			r, input, output = d.run(), math.NaN(), math.NaN()
			continue
		}
		name, value, found := cutLast(line, ":")
		if !found || r == nil {
			continue
		}
		if name == "Backend" {
			r.Engine = value
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		r.printed(name, number, &input, &output)
	}
	finish()
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("has a line of more than %d bytes", maxConsoleLine)
	}
	return lines.Err()
}

// cutLast parts a line at the last of a mark; what begins it, such as the # of a comment, is no part of the
// name.
func cutLast(line, mark string) (name, value string, found bool) {
	at := strings.LastIndex(line, mark)
	if at < 0 {
		return "", "", false
	}
	return strings.TrimLeft(strings.TrimSpace(line[:at]), "# "), strings.TrimSpace(line[at+len(mark):]), true
}

// printed takes a row of a run's table.
func (r *Result) printed(name string, v float64, input, output *float64) {
	switch name {
	case "Traffic request rate", "Request rate configured (RPS)":
		r.Rate = v
	case "Max request concurrency", "Maximum request concurrency":
		r.Concurrency = whole(v)
	case "Successful requests":
		r.Means.Requests = whole(v)
	case "Failed requests":
		r.Failed = whole(v)
	case "Total input tokens":
		*input = v
	case "Total generated tokens":
		*output = v
	case "Mean TTFT (ms)":
		r.Means.TTFT = v
	case "Mean TPOT (ms)":
		r.Means.TPOT = v
	}
}
