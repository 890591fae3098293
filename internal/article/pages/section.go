package pages

import (
	"bufio"
	"fmt"
	"io"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/article/exhibits"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// writeSection writes one section's page: its tables as the article has them, its claims, and the exhibits.
func writeSection(w io.Writer, j *article.Judgement, s *claims.Section, shown []exhibits.Exhibit,
	page *playground, drawn figure.Format) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# %s\n\n[All claims](index.md)\n\n", s.Title)
	if note := j.Notes[s.Name]; note != "" {
		fmt.Fprintf(out, "%s\n\n", note)
	}
	for i := range s.Tables {
		t := &s.Tables[i]
		fmt.Fprintf(out, "## The article's table: %s\n\n", t.Title)
		writeTable(out, t.Columns, t.Rows)
	}
	out.WriteString("## Claims\n\n")
	var rows [][]string
	for _, f := range j.Of(s.Name) {
		answer := page.try(f.Answer(), f.Verdict)
		rows = append(rows, []string{subject(&f), says(&f), answer, verdict(f.Verdict), why(&f)})
	}
	writeTable(out, []string{"claim", "article", "roofserve", "verdict", "why"}, rows)
	for i := range shown {
		writeExhibit(out, &shown[i], drawn)
	}
	return out.Flush()
}

// subject is what a claim is about, with its row of a table.
func subject(f *article.Finding) string {
	if f.Row == "" {
		return f.Claim.About
	}
	return f.Row + ": " + f.Claim.About
}

// says is the figure as the article writes it: a table's cell, or words of the text around it.
func says(f *article.Finding) string {
	if f.Row != "" {
		return literal.Replace(f.Says)
	}
	return "“" + literal.Replace(f.Claim.Quote) + "”"
}

func why(f *article.Finding) string {
	if f.Claim.Assumption == "" {
		return f.Why
	}
	return fmt.Sprintf("*Assumption: %s.* %s", f.Claim.Assumption, f.Why)
}

func writeExhibit(out *bufio.Writer, e *exhibits.Exhibit, drawn figure.Format) {
	fmt.Fprintf(out, "## %s\n\n%s\n\n", e.Title, e.Text)
	if e.Figure != nil {
		fmt.Fprintf(out, "![%s](%s.%s)\n\nDrawn from [%[2]s.csv](%[2]s.csv).\n\n", e.Figure.Title, e.Figure.Name, drawn)
	}
	if len(e.Table.Rows) > 0 {
		writeTable(out, e.Table.Columns, e.Table.Rows)
	}
}
