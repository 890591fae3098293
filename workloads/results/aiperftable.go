package results

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/jsonstream"
)

// aiperfTable is the CSV export of a run's statistics, of AIPerf and of GenAI-Perf before it: a row for each
// metric, whose name ends in its unit.
var aiperfTable = Format{
	Name:   "AIPerf and GenAI-Perf, summary as CSV",
	About:  "`profile_export_aiperf.csv`, `profile_export_genai_perf.csv`: means",
	Source: aiperfSource,
	begins: func(h *head) bool { return bytes.HasPrefix(h.text, []byte("Metric,")) },
	read:   readMetricTable,
}

func readMetricTable(d *document) error {
	table := newTable(d)
	var s aiperfStatistics
	rows := map[string]*aiperfValue{
		"Input Sequence Length": &s.input, "Output Sequence Length": &s.output, "Time to First Token": &s.ttft,
		"Time To First Token": &s.ttft, "Inter Token Latency": &s.gap, "Request Count": &s.requests, "Request Throughput": &s.answered,
	}
	for {
		cells, err := table.row()
		if err != nil {
			return err
		}
		if cells == nil {
			break
		}
		name, unit, _ := strings.Cut(cells[0], " (")
		to := rows[strings.TrimSpace(name)]
		if to == nil || len(cells) < 2 {
			continue
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(cells[1], ",", ""), 64)
		if err != nil {
			return &jsonstream.Error{Line: table.Line(), Err: fmt.Errorf("%.40q is not a number", cells[1])}
		}
		*to = aiperfValue{value: v, unit: strings.TrimSuffix(unit, ")"), known: true}
	}
	s.into(d.run())
	return nil
}
