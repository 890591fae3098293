package report

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// drawnKey is the key that a sweep's figure is drawn against, where it has one.
func drawnKey(cases []CaseResult) int {
	if key := numericKey(cases); key >= 0 {
		return key
	}
	key, _ := categoricalKey(cases)
	return key
}

// maxDocumentCases is how many cases a page lists; the CSV has them all.
const maxDocumentCases = 500

// SweepDocument lays a sweep's cases out for people, with its figure where there is one.
func SweepDocument(cases []CaseResult, f *figure.Figure) *document.Document {
	d := &document.Document{Title: sweptTitle(cases),
		Lead: fmt.Sprintf("%s of a sweep of scenario %s, simulated by roofserve %s.", counted(len(cases), "case"), cases[0].Scenario, Version)}
	if f != nil {
		blocks := []document.Block{{Figures: f.Split(studyWidth, studyHeight)}}
		if _, notes, noted := strings.Cut(f.Note, "; "); noted { // which panels by themselves do not bear
			blocks = append(blocks, document.Block{Text: strings.ToUpper(notes[:1]) + notes[1:] + "."})
		}
		d.Add("Against "+cases[0].Settings[drawnKey(cases)].Key, blocks...)
	}
	t := &document.Table{Columns: []string{"case"}}
	for _, s := range cases[0].Settings {
		t.Columns = append(t.Columns, s.Key)
	}
	for _, h := range sweepColumns() {
		t.Columns = append(t.Columns, h.name)
	}
	t.Columns = append(t.Columns, "error")
	for _, c := range cases[:min(len(cases), maxDocumentCases)] {
		var row []string
		for _, s := range c.Settings {
			row = append(row, s.Text())
		}
		for _, h := range sweepColumns() {
			row = append(row, briefOf(c.Metrics, h.metric))
		}
		t.Row(document.Cell{Text: fmt.Sprint(c.Index)}, append(row, c.Error)...)
	}
	blocks := []document.Block{{Table: t}}
	if left := len(cases) - maxDocumentCases; left > 0 {
		blocks = append(blocks, document.Block{Text: fmt.Sprintf("%d more cases are only in sweep.csv.", left)})
	}
	d.Add("Cases", blocks...)
	return d
}
