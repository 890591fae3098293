package results

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// guidellmPrinted is the tables that GuideLLM prints at the end, a row for each benchmark: means in releases
// before 0.4, and medians since.
var guidellmPrinted = Format{
	Name: "GuideLLM, printed",
	About: "the tables `Benchmarks Info` and `Benchmarks Stats`, or `Run Summary Info`, `Request Token Statistics`, `Request Latency " +
		"Statistics` and `Server Throughput Statistics`: means, or medians where no means are printed",
	Source:  "github.com/vllm-project/guidellm, src/guidellm/benchmark/output.py, src/guidellm/benchmark/outputs/console.py",
	printed: true,
	begins: func(h *head) bool {
		for _, title := range guidellmTitles {
			if bytes.Contains(h.text, []byte(title)) {
				return true
			}
		}
		return false
	},
	read: readGuideLLMPrinted,
}

// guidellmTitles are those of the tables that are read.
var guidellmTitles = []string{"Benchmarks Info", "Benchmarks Stats", "Run Summary Info",
	"Request Token Statistics", "Request Latency Statistics", "Server Throughput Statistics"}

// guideTable is a table as its rows are met: where columns begin, by the groups of the header.
type guideTable struct {
	title   string
	columns map[string]int
	row     int
}

func readGuideLLMPrinted(d *document) error {
	asked, table := told{}, guideTable{}
	seconds := map[int]float64{} // how long each run took
	met := map[string]bool{}
	base := 0
	return d.lines(func(line string) {
		for _, title := range guidellmTitles {
			if strings.Contains(line, title) && !strings.Contains(line, "|") {
				if met[title] {
					met, base = map[string]bool{}, len(d.results)
				}
				table, met[title] = guideTable{title: title}, true
			}
		}
		line = strings.TrimLeft(line, "# ")
		cells := strings.Split(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
		switch name := strings.TrimSpace(cells[0]); {
		case table.title == "" || len(cells) < 4:
			asked.take(line)
		case name == "Metadata" || table.columns == nil && name == "Benchmark":
			table.header(cells)
		case table.columns != nil && !slices.Contains([]string{"", "Benchmark", "Strategy"}, name) &&
			strings.Trim(name, "-=") != "":
			for len(d.results) <= base+table.row {
				d.run().Model = asked["model"]
			}
			table.take(&d.results[base+table.row], name, cells, seconds)
			table.row++
		}
	})
}

// header takes the groups of the columns; what a group spans are empty cells after it.
func (t *guideTable) header(cells []string) {
	t.columns = map[string]int{}
	at := 0
	for _, cell := range cells {
		name := strings.TrimSpace(cell)
		if _, met := t.columns[name]; name != "" && !met {
			t.columns[name] = at
		}
		at++
	}
}

// take takes a row of a benchmark.
func (t *guideTable) take(r *Result, strategy string, cells []string, seconds map[int]float64) {
	at := func(group string, offset int) float64 {
		column, is := t.columns[group]
		if !is || column+offset >= len(cells) {
			return math.NaN()
		}
		return figure(cells[column+offset])
	}
	kind, rate, _ := strings.Cut(strategy, "@")
	if v := measured(rate); kind == "constant" || kind == "poisson" {
		r.Rate = max(0, known(v))
	} else if kind == "concurrent" && v > 0 {
		r.Concurrency = whole(v)
	}
	if kind == "synchronous" {
		r.Concurrency = 1
	}
	m := &r.Means
	switch t.title {
	case "Benchmarks Info":
		m.Requests, r.Failed = whole(at("Requests Made", 0)), whole(at("Requests Made", 2))
		m.Input, m.Output = at("Prompt Tok/Req", 0), at("Output Tok/Req", 0)
	case "Benchmarks Stats":
		m.Answered = max(0, known(at("Request Stats", 0)))
		m.TTFT, m.TPOT = at("TTFT (ms)", 0), at("ITL (ms)", 0)
	case "Run Summary Info":
		seconds[t.row] = at("Timings", 2)
	case "Request Token Statistics":
		m.Input, m.Output = at("Input Tok", 0), at("Output Tok", 0)
	case "Request Latency Statistics":
		m.TTFT, m.TPOT = at("TTFT", 0), at("ITL", 0)
		r.Notes = append(r.Notes, "prints medians of latencies: they are taken for means")
	case "Server Throughput Statistics":
		t.throughput(r, kind, at, seconds[t.row])
	}
}

// throughput takes a row of the table of the server's throughput, which tells what was asked for.
func (t *guideTable) throughput(r *Result, kind string, at func(string, int) float64, seconds float64) {
	m := &r.Means
	m.Answered = max(0, known(at("Requests", 1)))
	if r.Rate == 0 && (kind == "constant" || kind == "poisson") {
		r.Rate = m.Answered
	}
	if r.Concurrency == 0 && kind == "concurrent" {
		r.Concurrency = whole(at("Requests", 2))
	}
	if m.Requests == 0 {
		m.Requests = whole(float64(m.Answered * seconds))
	}
}
