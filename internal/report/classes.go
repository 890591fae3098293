package report

import (
	"bytes"
	"fmt"
	"math"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/scenarios"
)

// classObjects are a run's classes of clients in JSON. Requests of no class have no name, and a class without
// limits no share to meet.
func classObjects(r *scenarios.Run) []object {
	list := make([]object, 0, len(r.Classes))
	for i := range r.Classes {
		c := &r.Classes[i]
		o := object{{"name", c.Name}}
		if c.Name == "" {
			o = object{{"name", nil}}
		}
		for _, m := range c.Metrics() {
			o.set(m.Name, m.JSON())
		}
		if c.Share > 0 {
			o.set("share", c.Share)
			o.set("met", c.Met())
		}
		if c.Name != "" && len(r.Intervals) > 0 {
			o.set("interval", rangesOf(r, c.Name, VLLM))
		}
		list = append(list, o)
	}
	return list
}

// classColumns head the tables of classes for people.
var classColumns = []string{"class", "requests", "TTFT p99", "TPOT p99", "E2E p99", "goodput/s",
	"within limits", "asked"}

// classRows are the lines of such a table; latencies are in ms, with their intervals where there are any.
func classRows(r *scenarios.Run) [][]string {
	var rows [][]string
	for i := range r.Classes {
		c := &r.Classes[i]
		m := scenarios.Values(c.Metrics())
		bounded := func(metric string) string { return briefOf(m, metric) + classRange(r, metric, c.Name) }
		name, asked := c.Name, "–"
		if name == "" {
			name = "of no class"
		}
		if c.Share > 0 {
			asked = percent(c.Share)
			if !c.Met() {
				asked += ", missed"
			}
		}
		rows = append(rows, []string{name, briefOf(m, "num_prompts"), bounded("p99_ttft_ms"), bounded("p99_tpot_ms"),
			bounded("p99_e2el_ms"), bounded(scenarios.Goodput), percentOf(m, "attainment"), asked})
	}
	return rows
}

// classRange is the interval of a class's metric, after its value; nothing where there is none.
func classRange(r *scenarios.Run, metric, class string) string {
	for _, i := range r.Intervals {
		if i.Metric == metric && i.Class == class && class != "" {
			return boundsText(i.Low, i.High)
		}
	}
	return ""
}

// summariseClasses writes what each class of clients saw.
func summariseClasses(b *bytes.Buffer, r *scenarios.Run) {
	if len(r.Classes) == 0 {
		return
	}
	writeColumns(b, classColumns, classRows(r))
	fmt.Fprintf(b, "latencies in ms; Jain's index of the shares within limits is %s\n\n", numberText(scenarios.JainIndex(r.Classes)))
}

// numberText is a number, or a dash where there is none.
func numberText(v float64) string {
	if math.IsNaN(v) {
		return absent
	}
	return brief(v)
}

// classTable is the same for a page.
func classTable(r *scenarios.Run) *document.Table {
	t := &document.Table{Columns: classColumns}
	for _, row := range classRows(r) {
		t.Row(document.Cell{Text: row[0]}, row[1:]...)
	}
	return t
}
