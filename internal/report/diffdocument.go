package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/study/diff"
	"github.com/roofserve/roofserve/scenarios"
)

// DiffDocument lays two outcomes side by side for people. The names are those that the reader gave them.
func DiffDocument(s *diff.Differences, older, newer string) *document.Document {
	d := &document.Document{Title: "What changed", Lead: fmt.Sprintf("old: %s (roofserve %s)  \nnew: %s (roofserve %s)",
		older, s.Pairs[0].Old.Version, newer, s.Pairs[0].New.Version)}
	if len(s.Pairs) == 1 && s.Pairs[0].Name == "" {
		describePair(d, &s.Pairs[0])
		return d
	}
	describeSweep(d, s)
	return d
}

// describePair adds what was set otherwise, what moved, and which parts of a step did.
func describePair(d *document.Document, p *diff.Pair) {
	for _, side := range []struct {
		name string
		of   *diff.Outcome
	}{{"old", p.Old}, {"new", p.New}} {
		if side.of.Error != "" {
			d.Add("No result", document.Block{Text: fmt.Sprintf("The %s one has none: %s", side.name, side.of.Error)})
		}
	}
	if len(p.Keys) > 0 {
		t := &document.Table{Columns: []string{"key", "old", "new"}}
		for _, k := range p.Keys {
			t.Row(document.Cell{Text: k.Key}, cmp.Or(k.Old, absent), cmp.Or(k.New, absent))
		}
		d.Add("Set otherwise", document.Block{Table: t})
	}
	t := &document.Table{Columns: []string{"metric", "old", "new", "change", "verdict"}}
	same, finer := 0, 0
	for i := range p.Changes {
		c := &p.Changes[i]
		switch {
		case c.Verdict == diff.Same && c.Metric.Column == "":
			same++
			continue
		case isFine(c.Metric.Key):
			finer++
			continue
		}
		title := titleWithUnit(c.Metric)
		if c.Class != "" {
			title = c.Class + ": " + title
		}
		t.Row(document.Cell{Text: title}, changeTexts(c)...)
	}
	blocks := []document.Block{{Table: t}}
	if same > 0 {
		blocks = append(blocks, document.Block{Text: counted(same, "other metric") + " did not move."})
	}
	if finer > 0 {
		blocks = append(blocks, document.Block{Text: counted(finer, "finer statistic") + " moved, which --json tells."})
	}
	d.Add("Metrics", blocks...)
	describeStep(d, p)
}

// isFine tells whether a metric is a statistic of a latency that people ask for less than for its mean,
// median, p90 and p99.
func isFine(metric string) bool {
	_, statistic := scenarios.LatencyOf(metric)
	return slices.Contains([]string{"std", "min", "max", "p95"}, statistic)
}

// partsShown is how many parts of a step are listed; those that moved least are left to the JSON object.
const partsShown = 8

// describeStep says where the time of the mean decode step went.
func describeStep(d *document.Document, p *diff.Pair) {
	before, after := p.Old.Step, p.New.Step
	if before.TotalMS == 0 || after.TotalMS == 0 || len(p.Parts) == 0 || p.Parts[0].NewMS == p.Parts[0].OldMS {
		return
	}
	text := fmt.Sprintf("The mean decode step took %s ms and takes %s ms (%s), of %s and now %s sequences with %s and now %s tokens of context.",
		brief(before.TotalMS), brief(after.TotalMS), signed(after.TotalMS/before.TotalMS-1),
		brief(before.Sequences), brief(after.Sequences), brief(before.MeanContext), brief(after.MeanContext))
	t := &document.Table{Columns: []string{"part of the step", "old ms", "new ms", "change in ms"}}
	for _, part := range p.Parts[:min(len(p.Parts), partsShown)] {
		if part.OldMS != part.NewMS {
			t.Row(document.Cell{Text: partName(&part)},
				brief(part.OldMS), brief(part.NewMS), withSign(part.NewMS-part.OldMS))
		}
	}
	d.Add("Why: the decode step", document.Block{Text: text}, document.Block{Table: t})
}

// partName names a part of a step and where it stands.
func partName(p *diff.PartChange) string {
	if p.Layer == p.Name {
		return p.Name
	}
	return p.Name + ", " + p.Layer
}

// describeSweep adds a table for each metric that sweeps show, with a row for each case.
func describeSweep(d *document.Document, s *diff.Differences) {
	for _, column := range sweepColumns() {
		metric := scenarios.Define(column.metric)
		t := &document.Table{Columns: []string{"case", "old", "new", "change", "verdict"}}
		for k := range s.Pairs {
			for j := range s.Pairs[k].Changes {
				if c := &s.Pairs[k].Changes[j]; c.Metric == metric {
					t.Row(document.Cell{Text: s.Pairs[k].Name}, changeTexts(c)...)
				}
			}
		}
		if ratio, pairs := s.Typical(metric.Key); pairs > 1 {
			t.Row(document.Cell{Text: "geometric mean"}, "", "", signed(ratio-1), "")
		}
		if len(t.Rows) > 0 {
			d.Add(titleWithUnit(metric), document.Block{Table: t})
		}
	}
	for _, side := range []struct {
		title string
		names []string
	}{{"Only in the old", s.OnlyOld}, {"Only in the new", s.OnlyNew}} {
		if len(side.names) > 0 {
			d.Add(side.title, document.Block{List: side.names})
		}
	}
}

// changeTexts are the cells of a change: old, new, the change itself and its verdict.
func changeTexts(c *diff.Change) []string {
	return []string{
		sideText(c, c.Old, diff.Gained), sideText(c, c.New, diff.Lost), deltaText(c), verdictText(c.Verdict),
	}
}

// titleWithUnit names a metric and its unit: "time to first token, mean (ms)", "prompt tokens".
func titleWithUnit(m *scenarios.Definition) string {
	if strings.Contains(m.Title, m.Unit) {
		return m.Title
	}
	return fmt.Sprintf("%s (%s)", m.Title, m.Unit)
}

// sideText is one side's value with half the width of its interval.
func sideText(c *diff.Change, v diff.Value, without diff.Verdict) string {
	text := brief(v.Point)
	switch {
	case c.Verdict == without:
		return absent
	case v.Interval && v.Point != 0:
		return fmt.Sprintf("%s ± %.0f%%", text, 100*(v.High-v.Low)/2/v.Point)
	default:
		return text
	}
}

func deltaText(c *diff.Change) string {
	switch {
	case c.Verdict == diff.Same:
		return "="
	case c.Verdict == diff.Unclear:
		return "~"
	case math.IsNaN(c.Delta):
		return absent
	default:
		return signed(c.Delta)
	}
}

// verdictText is the verdict where the reader cannot see it from the change.
func verdictText(v diff.Verdict) string {
	if v == diff.Same || v == diff.Unclear || v == diff.Moved {
		return ""
	}
	return string(v)
}

// signed is a share in percent with its sign: "+6.0%", "−0.02%".
func signed(share float64) string {
	digits := 1
	if math.Abs(share) < 0.01 {
		digits = 2
	}
	return strings.Replace(fmt.Sprintf("%+.*f%%", digits, 100*share), "-", "−", 1)
}

func withSign(v float64) string {
	if v < 0 {
		return "−" + brief(-v)
	}
	return "+" + brief(v)
}

// WriteDiff writes the document as plain text in columns.
func WriteDiff(w io.Writer, d *document.Document) error {
	var b bytes.Buffer
	b.WriteString(strings.ReplaceAll(d.Lead, "  \n", "\n") + "\n")
	for _, section := range d.Sections {
		fmt.Fprintf(&b, "\n%s\n", section.Title)
		for _, block := range section.Blocks {
			switch {
			case block.Text != "":
				b.WriteString(block.Text + "\n")
			case block.Table != nil:
				writeTable(&b, block.Table)
			}
			for _, item := range block.List {
				b.WriteString("  " + item + "\n")
			}
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeTable(b *bytes.Buffer, t *document.Table) {
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		for _, cell := range row {
			rows[i] = append(rows[i], cell.Text)
		}
	}
	var wide bytes.Buffer
	writeColumns(&wide, t.Columns, rows)
	for line := range strings.Lines(wide.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}
