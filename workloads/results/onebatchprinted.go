package results

import (
	"bytes"
	"math"
	"regexp"
	"strings"
)

// oneBatchPrinted is what SGLang's benchmarks of one batch print of each batch.
var oneBatchPrinted = Format{
	Name: "sglang.bench_one_batch, bench_one_batch_server, printed",
	About: "the lines `Prefill. latency: …` and `Decode.  median latency: …` of each batch after `Benchmark ...`, with the lengths that the " +
		"command in the log tells; of the server's the lines `batch size: …`, `input_len: …`, `latency: …`, `last_ttft: …`",
	Source:  oneBatch.Source,
	printed: true,
	begins: func(h *head) bool {
		return bytes.Contains(h.text, []byte("Prefill. latency:")) || serverBatch.Match(h.text)
	},
	read: readOneBatchPrinted,
}

var (
	batchPrefill = regexp.MustCompile(`Prefill\. latency:\s+([0-9.]+) s, throughput:\s+([0-9.]+) token/s`)
	batchSize    = regexp.MustCompile(`Decode \d+\. Batch size: (\d+),`)
	batchMedian  = regexp.MustCompile(`Decode\.\s+median latency:\s+([0-9.]+) s, median throughput:\s+([0-9.]+) token/s`)
	batchTotal   = regexp.MustCompile(`Total\. latency:\s+([0-9.]+) s, throughput:\s+([0-9.]+) token/s`)
	serverBatch  = regexp.MustCompile(`(?m)^batch size: (\d+)\r?\n?$`)
)

// printedBatch is a batch as its lines are met: its times in s, and tokens a second.
type printedBatch struct {
	prefill, prefillRate, step, stepRate, size float64
}

func readOneBatchPrinted(d *document) error {
	asked, b := told{}, printedBatch{}
	server := serverTable{}
	cold := 0 // batches before those that warm up
	return d.lines(func(line string) {
		if strings.Contains(line, "Warmup ...") || strings.Contains(line, "= Warmup Begin =") {
			cold = len(d.results)
		} else if batchBegins(line) {
			d.results = d.results[:min(cold, len(d.results))]
		}
		if m := batchPrefill.FindStringSubmatch(line); m != nil {
			b = printedBatch{prefill: measured(m[1]), prefillRate: measured(m[2])}
		} else if m := batchSize.FindStringSubmatch(line); m != nil {
			b.size = measured(m[1])
		} else if m := batchMedian.FindStringSubmatch(line); m != nil {
			b.step, b.stepRate = measured(m[1]), measured(m[2])
		} else if m := batchTotal.FindStringSubmatch(line); m != nil && b.prefill > 0 {
			*d.run() = b.result(asked, measured(m[1]), measured(m[2]))
			b = printedBatch{}
		} else if server.take(line) {
			*d.run() = server.result(asked)
			server = serverTable{}
		} else {
			asked.take(line)
		}
	})
}

// batchBegins tells whether the batches that count come next.
func batchBegins(line string) bool {
	return strings.HasSuffix(strings.TrimSpace(line), "Benchmark ...") || strings.Contains(line, "= Warmup End   =") ||
		strings.Contains(line, "= Warmup End =")
}

// result is the batch. Its size and lengths follow from the rates; those that the command tells are exact.
func (b *printedBatch) result(asked told, seconds, rate float64) Result {
	r := Result{Engine: "sglang", Model: asked["model"], Means: unmeasured()}
	size := b.size
	if size == 0 {
		size = or(asked.number("batch"), math.Round(b.step*b.stepRate))
	}
	m := &r.Means
	m.Input, m.Output = asked.number("input"), asked.number("output")
	if size > 0 && !(m.Input > 0) {
		m.Input = math.Round(b.prefill * b.prefillRate / size)
	}
	if size > 0 && !(m.Output > 0) {
		m.Output = math.Round(seconds*rate/size - m.Input)
	}
	r.Concurrency = whole(size)
	if m.Requests, m.TTFT = r.Concurrency, 1e3*b.prefill; b.step > 0 {
		m.TPOT = 1e3 * b.step
	}
	return r
}

// serverTable is a batch of bench_one_batch_server as its lines are met.
type serverTable struct {
	size, input, output, latency, ttft float64
}

var serverRows = map[string]int{"batch size": 0, "input_len": 1, "output_len": 2, "latency": 3, "last_ttft": 4, "ttft": 4}

// take takes a line, and tells whether it is the last that counts.
func (s *serverTable) take(line string) (whole bool) {
	which, value, is := labelled(line, serverRows)
	v := figure(value)
	if !is || math.IsNaN(v) {
		return false
	}
	if which == 0 {
		*s = serverTable{}
	}
	*[]*float64{&s.size, &s.input, &s.output, &s.latency, &s.ttft}[which] = v
	return which == 4 && s.size > 0 && s.latency > 0
}

func (s *serverTable) result(asked told) Result {
	r := Result{Engine: "sglang", Model: asked["model"], Concurrency: whole(s.size), Means: unmeasured()}
	m := &r.Means
	m.Requests, m.Input, m.Output, m.TTFT = r.Concurrency, s.input, s.output, 1e3*s.ttft
	if s.output > 1 {
		m.TPOT = 1e3 * (s.latency - s.ttft) / (s.output - 1)
	}
	return r
}
