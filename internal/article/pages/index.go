package pages

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/article/exhibits"
	"github.com/roofserve/roofserve/internal/report/figure"
)

const introduction = `# %s

Written by %s. Each figure of the article stands beside what
physics, published configurations and the simulator give, with the formula that gave it and its source. Verdicts follow from the
numbers alone:

| verdict | figures | |
|---|---|---|
`

var meanings = map[claims.Verdict]string{
	claims.Holds:         "within the tolerance of what roofserve computes",
	claims.Corrected:     "true in substance; the figure is another",
	claims.Assumes:       "true only under an assumption that the article does not state",
	claims.Contradicts:   "the article's own figures give another",
	claims.Refuted:       "roofserve computes quite another figure",
	claims.NotReproduced: "measured by others; roofserve computes quite another figure",
	claims.Impossible:    "a physical bound is broken",
	claims.NotServing:    "carried as data: nothing that serving could prove or refute",
}

// writeIndex writes the page that leads to all others.
func writeIndex(w io.Writer, j *article.Judgement, shown []exhibits.Exhibit, drawn figure.Format) error {
	out := bufio.NewWriter(w)
	cover := j.Cover
	if cover == (article.Cover{}) {
		cover = article.Cover{Title: "The article, checked",
			By: "`roofserve article`, from an article on how Chinese frontier models are served"}
	}
	fmt.Fprintf(out, introduction, cover.Title, cover.By)
	counts := map[claims.Verdict]int{}
	for i := range j.Findings {
		counts[j.Findings[i].Verdict]++
	}
	for _, v := range claims.Verdicts() {
		if counts[v] == 0 {
			continue
		}
		fmt.Fprintf(out, "| %s | %d | %s |\n", verdict(v), counts[v], meanings[v])
	}
	fmt.Fprintf(out, "| all | %d | |\n\n", len(j.Findings))
	writeContents(out, j.Sections, shown)
	if len(shown) > 0 {
		writeFigures(out, shown, drawn)
	}
	out.WriteString("## Claims\n\nOne line for each figure; the section's page says why.\n\n")
	for i := range j.Sections {
		writeClaims(out, j, &j.Sections[i])
	}
	writeQuantities(out)
	return out.Flush()
}

// writeContents lists the pages with their exhibits.
func writeContents(out *bufio.Writer, sections []claims.Section, shown []exhibits.Exhibit) {
	out.WriteString("## Pages\n\n")
	for _, s := range sections {
		fmt.Fprintf(out, "- [%s](%s.md)\n", s.Title, s.Name)
		for _, e := range exhibits.Of(shown, s.Name) {
			fmt.Fprintf(out, "  - %s\n", e.Title)
		}
	}
	out.WriteString("\n")
}

func writeFigures(out *bufio.Writer, shown []exhibits.Exhibit, drawn figure.Format) {
	out.WriteString("## Figures\n\n")
	for _, e := range shown {
		if e.Figure != nil {
			fmt.Fprintf(out, "[![%s](%s.%s)](%s.md)\n\n", e.Figure.Title, e.Figure.Name, drawn, e.Section)
		}
	}
}

// writeClaims writes a section's verdict table.
func writeClaims(out *bufio.Writer, j *article.Judgement, s *claims.Section) {
	fmt.Fprintf(out, "### [%s](%s.md)\n\n", s.Title, s.Name)
	var rows [][]string
	for _, f := range j.Of(s.Name) {
		a := f.Answer()
		rows = append(rows, []string{subject(&f), says(&f), a.Text, verdict(f.Verdict), code(a.Formula),
			f.Claim.Source})
	}
	writeTable(out, []string{"claim", "article", "roofserve", "verdict", "formula", "source"}, rows)
}

// writeQuantities explains the words of the formulas.
func writeQuantities(out *bufio.Writer) {
	out.WriteString("## What formulas call\n\nBytes, seconds, tokens and shares; GB are 10⁹ bytes, contexts of 1K are 1,024 tokens.\n\n")
	t := figure.Table{Columns: []string{"quantity", "meaning"}}
	for _, q := range article.Quantities() {
		t.Add(code(q.Name+"("+strings.ReplaceAll(q.Parameters, " ", ", ")+")"), q.Meaning)
	}
	t.Add(code("says(claim)"), "the article's own figure")
	t.Add(code("said"), "this claim's figure, as the article has it")
	writeTable(out, t.Columns, t.Rows)
}
