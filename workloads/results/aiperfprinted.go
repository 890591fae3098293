package results

import (
	"bytes"
	"strings"
)

// aiperfPrinted is the table that AIPerf prints at a run's end, and GenAI-Perf before it. Long names go on in
// the lines below.
var aiperfPrinted = Format{
	Name:    "AIPerf and GenAI-Perf, printed",
	About:   "the table `LLM Metrics` of each run, of a log: means, and what the command was told where the log has it",
	Source:  "github.com/ai-dynamo/aiperf, docs/tutorials; github.com/triton-inference-server/perf_analyzer, genai-perf/docs",
	printed: true,
	begins: func(h *head) bool {
		return bytes.Contains(h.text, []byte("Perf | LLM Metrics")) || bytes.Contains(h.text, []byte("AIPerf | ")) &&
			bytes.Contains(h.text, []byte(" Metrics")) || bytes.Contains(h.text, []byte("┃")) &&
			(bytes.Contains(h.text, []byte("Statistic ┃")) || bytes.Contains(h.text, []byte("Metric ┃")))
	},
	read: readAIPerfPrinted,
}

// aiperfRow is a row of the table: its name, perhaps of several lines, and its average.
type aiperfRow struct{ name, average string }

func readAIPerfPrinted(d *document) error {
	var stats *aiperfStatistics
	var row aiperfRow
	asked := told{}
	finish := func() {
		if stats == nil {
			return
		}
		stats.printed(row)
		if row = (aiperfRow{}); stats.output.known || stats.ttft.known || stats.requests.known {
			r := d.run()
			stats.into(r)
			r.asked(asked)
		}
		stats = nil
	}
	err := d.lines(func(line string) {
		table := line[max(0, strings.IndexAny(line, "│┃")):] // without what a log puts before each line
		cells := strings.FieldsFunc(table, func(r rune) bool { return r == '│' || r == '┃' })
		switch first := strings.TrimSpace(strings.Join(cells[:min(1, len(cells))], "")); {
		case strings.Contains(line, "┃") && (first == "Statistic" || first == "Metric"):
			finish()
			stats = &aiperfStatistics{}
		case stats != nil && strings.Contains(line, "└"):
			finish()
		case stats != nil && len(cells) > 2 && strings.TrimSpace(cells[1]) != "":
			stats.printed(row)
			row = aiperfRow{first, strings.TrimSpace(cells[1])}
		case stats != nil && len(cells) > 2:
			row.name += " " + first
		default:
			asked.take(line)
			if strings.Contains(line, "CLI Command:") && len(d.results) > 0 { // printed after the table
				d.results[len(d.results)-1].asked(asked)
			}
		}
	})
	finish()
	return err
}

// asked takes note of what the benchmark was told.
func (r *Result) asked(asked told) {
	r.Model, r.Concurrency, r.Rate = asked["model"], whole(asked.number("users")), max(0, known(asked.number("rate")))
}

// printed takes a row of the table.
func (s *aiperfStatistics) printed(row aiperfRow) {
	name, unit, _ := strings.Cut(strings.ToLower(row.name), " (")
	to := map[string]*aiperfValue{
		"input sequence length": &s.input, "num input token": &s.input,
		"output sequence length": &s.output, "num output token": &s.output, "output token count": &s.output,
		"time to first token": &s.ttft, "inter token latency": &s.gap, "request count": &s.requests,
		"request throughput": &s.answered,
	}[strings.TrimSpace(name)]
	if v := figure(row.average); to != nil && !to.known && v >= 0 {
		unit, _, _ = strings.Cut(unit, ")")
		*to = aiperfValue{value: v, unit: strings.TrimSpace(unit), known: true}
	}
}
