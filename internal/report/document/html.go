package document

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"

	"github.com/roofserve/roofserve/internal/report/figure"
)

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var styleText string

var page = template.Must(template.New("page").Parse(pageText))

// WriteHTML writes the document as one file: styles and figures are part of it, and there are no scripts.
func (d *Document) WriteHTML(w io.Writer) error {
	view := struct {
		*Document
		Style    template.CSS
		Sections []sectionView
	}{Document: d, Style: template.CSS(fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media(prefers-color-scheme:dark){:root{%s}}\n%s",
		figure.Light.Variables(), figure.Dark.Variables(), styleText))}
	for i, s := range d.Sections {
		v := sectionView{ID: fmt.Sprintf("section-%d", i+1), Title: s.Title}
		for _, b := range s.Blocks {
			shown := blockView{Block: b}
			for _, f := range b.Figures {
				svg, err := f.Inline()
				if err != nil {
					return err
				}
				shown.SVGs = append(shown.SVGs, template.HTML(svg)) // our own drawing, its texts escaped
			}
			v.Blocks = append(v.Blocks, shown)
		}
		view.Sections = append(view.Sections, v)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

type sectionView struct {
	ID, Title string
	Blocks    []blockView
}

type blockView struct {
	Block
	SVGs []template.HTML
}
