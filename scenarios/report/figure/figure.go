package figure

import (
	"io"
	"path/filepath"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/roofserve/roofserve/scenarios/report/atomicfile"
)

// bold is the weight of titles.
var bold = font.Font{Weight: xfont.WeightBold}

// Figure is a page of panels over one heading.
type Figure struct {
	Name          string // of the files, without extension
	Title, Note   string // heading, and a quieter line below it
	Width, Height vg.Length
	Panels        [][]*plot.Plot // rows of equal length
	Data          Table
	Theme         Theme
}

// dpi of PNG files: sharp on a dense screen at the size that the figure states.
const dpi = 144

// Draw draws the figure on a canvas of its size.
func (f *Figure) Draw(c vg.CanvasSizer) {
	dc := draw.New(c)
	dc.SetColor(f.Theme.Background)
	dc.Fill(dc.Rectangle.Path())
	margin := vg.Points(14)
	style := f.Theme.Note()
	style.XAlign, style.YAlign = draw.XLeft, draw.YTop
	at := vg.Point{X: dc.Min.X + margin, Y: dc.Max.Y - margin}
	style.Font = sans(titleSize, bold)
	dc.FillText(style, at, f.Title)
	at.Y -= vg.Points(titleSize * 1.35)
	style.Font, style.Color = sans(noteSize, font.Font{}), f.Theme.Muted
	dc.FillText(style, at, f.Note)
	at.Y -= vg.Points(noteSize*1.2) + margin*0.8

	body := draw.Crop(dc, margin, -margin, margin, at.Y-dc.Max.Y)
	tiles := draw.Tiles{Rows: len(f.Panels), Cols: len(f.Panels[0]), PadX: vg.Points(18), PadY: vg.Points(12)}
	for r, row := range plot.Align(f.Panels, tiles, body) {
		for col, canvas := range row {
			if p := f.Panels[r][col]; p != nil {
				p.Draw(canvas)
			}
		}
	}
}

// WritePNG writes the figure as a PNG image.
func (f *Figure) WritePNG(w io.Writer) error {
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dpi))}
	f.Draw(c)
	_, err := c.WriteTo(w)
	return err
}

// WriteSVG writes the figure as an SVG image.
func (f *Figure) WriteSVG(w io.Writer) error {
	c := vgsvg.New(f.Width, f.Height)
	f.Draw(c)
	_, err := c.WriteTo(w)
	return err
}

// Save writes Name.png, Name.svg and Name.csv into a folder.
func (f *Figure) Save(dir string) error {
	for _, file := range []struct {
		extension string
		write     func(io.Writer) error
	}{{".png", f.WritePNG}, {".svg", f.WriteSVG}, {".csv", f.Data.WriteCSV}} {
		if err := atomicfile.Write(filepath.Join(dir, f.Name+file.extension), file.write); err != nil {
			return err
		}
	}
	return nil
}
