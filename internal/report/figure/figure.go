package figure

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Figure is a page of panels over one heading.
type Figure struct {
	Name          string     // of the files, without extension
	Title, Note   string     // heading, and a quieter line below it; may be empty
	Key           []KeyEntry // below the heading, of all panels
	Width, Height vg.Length
	Panels        [][]*plot.Plot // rows of equal length
	// SharedX says that the panels of a column have one horizontal axis, which only the lowest needs to name.
	SharedX bool
	Data    Table
	Theme   Theme
	shrunk  float64 // how many times smaller than laid out it is drawn; not at all below 1
}

// margin around a figure.
const margin = vg.Length(14)

// Draw draws the figure on a canvas of its size.
func (f *Figure) Draw(c vg.CanvasSizer) { f.draw(c, nil) }

// draw draws the figure and collects what is said of its places.
func (f *Figure) draw(c vg.CanvasSizer, hints *sayings) {
	dc := draw.New(recolored{f.enlarged(c), f.Theme.counterparts(), hints})
	dc.SetColor(ink.Background)
	dc.Fill(dc.Rectangle.Path())
	at := vg.Point{X: dc.Min.X + margin, Y: dc.Max.Y - margin}
	at.Y -= heading(dc, at, f.Title, titleSize, bold)
	at.Y -= heading(dc, at, f.Note, noteSize, font.Font{})
	at.Y -= drawKey(dc, at, f.Key)
	if at.Y < dc.Max.Y-margin {
		at.Y -= margin * 0.5
	}
	body := draw.Crop(dc, margin, -margin, margin, at.Y-dc.Max.Y)
	tiles := draw.Tiles{Rows: len(f.Panels), Cols: len(f.Panels[0]), PadX: vg.Points(18), PadY: vg.Points(12)}
	panels := f.shown()
	laid, canvases := align(panels, tiles, body)
	for r, row := range canvases {
		for col, canvas := range row {
			if p := panels[r][col]; p != nil {
				drawPanel(p, laid[r][col], canvas)
			}
		}
	}
}

// enlarged is a canvas on which the figure is laid out: as it is, or larger and shown smaller.
func (f *Figure) enlarged(c vg.CanvasSizer) vg.CanvasSizer {
	if f.shrunk <= 1 {
		return c
	}
	c.Scale(1/f.shrunk, 1/f.shrunk)
	return larger{c, vg.Length(f.shrunk)}
}

// larger is a canvas with so many times the width and height.
type larger struct {
	vg.CanvasSizer
	times vg.Length
}

// Size implements vg.CanvasSizer.
func (l larger) Size() (width, height vg.Length) {
	width, height = l.CanvasSizer.Size()
	return width * l.times, height * l.times
}

// shown are the panels as they are drawn, without the names of a shared axis but the lowest.
func (f *Figure) shown() [][]*plot.Plot {
	if !f.SharedX {
		return f.Panels
	}
	rows := make([][]*plot.Plot, len(f.Panels))
	for r, row := range f.Panels {
		for _, p := range row {
			if p != nil && r < len(f.Panels)-1 {
				upper := *p
				upper.X.Label.Text = ""
				p = &upper
			}
			rows[r] = append(rows[r], p)
		}
	}
	return rows
}

// Split makes a figure of each panel, without the heading, for pages that place and entitle them themselves.
func (f *Figure) Split(width, height vg.Length) []*Figure {
	var list []*Figure
	for _, row := range f.Panels {
		for _, p := range row {
			if p == nil {
				continue
			}
			single := *f
			single.Name = fmt.Sprintf("%s-%d", f.Name, len(list)+1)
			single.Title, single.Note = "", ""
			single.Width, single.Height = width, height
			single.Panels = [][]*plot.Plot{{titled(p, width)}}
			list = append(list, &single)
		}
	}
	return list
}

// titled is a panel whose title has as many lines as it needs in a width.
func titled(p *plot.Plot, width vg.Length) *plot.Plot {
	lines := *p
	lines.Title.Text = strings.Join(Wrap(p.Title.TextStyle, p.Title.Text, width-2*margin), "\n")
	return &lines
}

// heading writes a line of the figure's head, in several lines where it is too wide, and returns the height
// that it takes.
func heading(dc draw.Canvas, at vg.Point, text string, size vg.Length, weight font.Font) vg.Length {
	if text == "" {
		return 0
	}
	style := Note()
	style.XAlign, style.YAlign = draw.XLeft, draw.YTop
	style.Font = sans(size, weight)
	if weight == (font.Font{}) {
		style.Color = ink.Muted
	}
	lines := Wrap(style, text, dc.Max.X-margin-at.X)
	for i, line := range lines {
		dc.FillText(style, vg.Point{X: at.X, Y: at.Y - vg.Length(vg.Length(i)*size*1.3)}, line)
	}
	return vg.Length(len(lines)) * size * 1.35
}
