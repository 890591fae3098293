package report

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

// brief writes a number as figures do.
func brief(v float64) string { return figure.Value(v) }

// absent stands where a number would be the statistic of nothing.
const absent = "–"

// briefOf is a metric in brief.
func briefOf(metrics map[string]float64, name string) string {
	if v, ok := metrics[name]; ok {
		return brief(v)
	}
	return absent
}

// percentOf is a metric that is a share, in percent.
func percentOf(metrics map[string]float64, name string) string {
	if v, ok := metrics[name]; ok {
		return percent(v)
	}
	return absent
}

// grouped is a whole number with thousands separators.
func grouped(v float64) string { return figure.Grouped(v) }

// gigabytes writes a size in 1e9 bytes, as data sheets do.
func gigabytes(b units.Bytes) string { return brief(float64(b)/1e9) + " GB" }

// capitalised is a title at the beginning of a line.
func capitalised(title string) string { return strings.ToUpper(title[:1]) + title[1:] }

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }

func modelName(r *scenarios.Run) string {
	if r.Scenario.Model.Name != "" {
		return r.Scenario.Model.Title()
	}
	return filepath.Base(r.Scenario.Model.Config)
}

func deviceName(r *scenarios.Run) string {
	return strings.TrimSuffix(filepath.Base(r.Scenario.Hardware.Device), ".toml")
}

// planText lists the degrees of parallelism above one: "tp 8, dp 2, ep 16".
func planText(p *scenarios.Parallel) string {
	var parts []string
	for _, d := range []struct {
		name string
		n    int
	}{{"tp", p.TP}, {"pp", p.PP}, {"dp", p.DP}, {"ep", p.EP}, {"cp", p.CP}} {
		if d.n > 1 || d.name == "tp" {
			parts = append(parts, fmt.Sprintf("%s %d", d.name, d.n))
		}
	}
	return strings.Join(parts, ", ")
}

// precisionText names the formats, the weights' groups apart only where they differ.
func precisionText(p *scenarios.Precision) string {
	return fmt.Sprintf("%s weights, %s KV", p.WeightsText(), p.KV)
}

// workloadText names the requests and their rate.
func workloadText(s *scenarios.Scenario) string {
	w := &s.Workload
	if !s.IsSynthetic() {
		return fmt.Sprintf("%s at %v× its rate", filepath.Base(w.Trace), w.RateScale)
	}
	a := &w.Synthetic.Arrival
	if n := len(w.Classes); n > 0 {
		return fmt.Sprintf("synthetic, %s of clients", counted(n, "kind"))
	}
	if a.Process == "closed" {
		return fmt.Sprintf("synthetic, %s", counted(a.Concurrency, "user"))
	}
	if math.IsInf(float64(a.Rate), 1) {
		return "synthetic, all requests at once"
	}
	return fmt.Sprintf("synthetic, %s %s requests/s", a.Process, brief(float64(a.Rate)*w.RateScale))
}

// wrap breaks text into lines of at most width characters, the later ones indented.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+utf8.RuneCountInString(word) > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += utf8.RuneCountInString(word)
	}
	return b.String()
}

// fileName is a name as a part of a file's name.
func fileName(name string) string {
	words := strings.FieldsFunc(filepath.Base(name), func(r rune) bool {
		return strings.ContainsRune(`/\:=,;"'{}[]<>|*? `, r)
	})
	return strings.Join(words, "-")
}

// counted is a number of things, in words.
func counted(n int, thing string) string {
	return grouped(float64(n)) + " " + units.Plural(n, thing)
}
