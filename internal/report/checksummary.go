package report

import (
	"io"
	"strings"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// WriteCheckSummary writes all verdicts as Markdown: broken promises first, with what moved.
func WriteCheckSummary(w io.Writer, list []Checked) error {
	kept, all := Kept(list)
	d := &document.Document{Title: "✓ " + keptText(list)}
	if kept < all {
		d.Title = "✗ " + keptText(list)
	}
	broken := &document.Table{Columns: []string{"broken promise", "value", "limit", "where"}}
	holding := &document.Table{Columns: []string{"promise", "value", "limit", "where"}}
	for _, v := range verdictsOf(list) {
		table := broken
		if v.Kept {
			table = holding
		}
		table.Row(document.Cell{Text: mark(v.Verdict) + " " + v.Subject()},
			v.ChangedText(), v.BoundText(), strings.TrimSpace(v.file+" "+v.of.Name))
	}
	var moved []string
	for i := range list {
		for _, c := range list[i].Cases {
			for _, line := range movedLines(c.Moved) {
				moved = append(moved, named(strings.TrimSpace(list[i].File+" "+c.Name), line))
			}
		}
	}
	if len(broken.Rows) > 0 {
		d.Add("Broken", document.Block{Table: broken})
	}
	if len(moved) > 0 {
		d.Add("What moved", document.Block{List: moved})
	}
	if len(holding.Rows) > 0 {
		d.Add("Kept", document.Block{Table: holding})
	}
	return d.WriteMarkdown(w, figure.PNG)
}
