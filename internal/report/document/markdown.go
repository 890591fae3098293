package document

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// WriteMarkdown writes the document as Markdown whose images are the files of a format, which
// figure.Figure.Save writes beside it.
func (d *Document) WriteMarkdown(w io.Writer, format figure.Format) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", d.Title)
	if d.Lead != "" {
		fmt.Fprintf(&b, "\n%s\n", d.Lead)
	}
	if len(d.Tiles) > 0 {
		b.WriteByte('\n')
	}
	for _, t := range d.Tiles {
		fmt.Fprintf(&b, "- %s: **%s**", t.Name, t.Value)
		if t.Note != "" {
			fmt.Fprintf(&b, " (%s)", t.Note)
		}
		b.WriteByte('\n')
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n## %s\n", s.Title)
		for i := range s.Blocks {
			s.Blocks[i].markdown(&b, format)
		}
	}
	if d.Foot != "" {
		fmt.Fprintf(&b, "\n---\n\n%s\n", d.Foot)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (k *Block) markdown(b *bytes.Buffer, format figure.Format) {
	switch {
	case k.Text != "":
		fmt.Fprintf(b, "\n%s\n", k.Text)
	case len(k.List) > 0:
		b.WriteByte('\n')
		for _, item := range k.List {
			fmt.Fprintf(b, "- %s\n", item)
		}
	case k.Table != nil:
		k.Table.markdown(b)
	case len(k.Figures) > 0:
		b.WriteByte('\n')
		for _, f := range k.Figures {
			fmt.Fprintf(b, "![%s](%s.%s)\n", f.Label(), f.Name, format)
		}
	}
}

func (t *Table) markdown(b *bytes.Buffer) {
	line := func(cells []string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	escape := strings.NewReplacer("|", `\|`)
	b.WriteByte('\n')
	cells := make([]string, len(t.Columns))
	for i, name := range t.Columns {
		cells[i] = escape.Replace(name)
	}
	line(cells)
	fmt.Fprintf(b, "|---%s|\n", strings.Repeat("|---:", len(t.Columns)-1))
	for _, row := range t.Rows {
		for i, c := range row {
			cells[i] = escape.Replace(c.Text)
			if c.Note != "" {
				cells[i] += ", " + escape.Replace(c.Note)
			}
			if c.Best {
				cells[i] = "**" + cells[i] + "**"
			}
		}
		line(cells)
	}
}
