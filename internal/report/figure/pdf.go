package figure

import (
	"io"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// reproducible makes every PDF file carry one date and an ordered catalogue, so that the same figure gives
// the same bytes.
var reproducible = sync.OnceFunc(func() {
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultCatalogSort(true)
})

// pdfCanvas draws text as outlines: package vgpdf embeds whole fonts, 0.4 MB a figure, and knows only the
// characters of one Windows code page.
type pdfCanvas struct{ *vgpdf.Canvas }

func newPDF(width, height vg.Length) pdfCanvas {
	reproducible()
	return pdfCanvas{vgpdf.New(width, height)}
}

// FillString implements vg.Canvas. Like the other backends it panics where the font lacks what every font
// has.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	err := outline(face, text, func(x vg.Length, glyph vg.Path) {
		c.Push()
		c.Translate(vg.Point{X: at.X + x, Y: at.Y})
		c.Fill(glyph)
		c.Pop()
	})
	if err != nil {
		panic(err)
	}
}

func (f *Figure) writePDF(w io.Writer) error {
	c := newPDF(f.Width, f.Height)
	f.Draw(c)
	_, err := c.WriteTo(w)
	return err
}
