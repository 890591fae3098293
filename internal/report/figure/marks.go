package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marks tell series apart where colours do not, as in print: each has a filled form and an open one.
var marks = []struct{ filled, open draw.GlyphDrawer }{
	{draw.CircleGlyph{}, draw.RingGlyph{}},
	{draw.BoxGlyph{}, draw.SquareGlyph{}},
	{draw.PyramidGlyph{}, draw.TriangleGlyph{}},
	{polygon{&diamond, true}, polygon{&diamond, false}},
	{polygon{&wedge, true}, polygon{&wedge, false}},
}

// Corners of marks, for a radius of 1.
var (
	diamond = []vg.Point{{X: 0, Y: 1.25}, {X: 1.25, Y: 0}, {X: 0, Y: -1.25}, {X: -1.25, Y: 0}}
	wedge   = []vg.Point{{X: -1.15, Y: 0.8}, {X: 1.15, Y: 0.8}, {X: 0, Y: -1.15}} // a triangle on a corner
)

// polygon is a mark with straight sides.
type polygon struct {
	corners *[]vg.Point
	filled  bool
}

// DrawGlyph implements draw.GlyphDrawer.
func (p polygon) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	var path vg.Path
	for i, corner := range *p.corners {
		if to := at.Add(corner.Scale(style.Radius)); i == 0 {
			path.Move(to)
		} else {
			path.Line(to)
		}
	}
	path.Close()
	if p.filled {
		c.SetColor(style.Color)
		c.Fill(path)
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: vg.Points(0.5)})
	c.Stroke(path)
}

// Filled is the mark of the series with colour number i.
func Filled(i int) draw.GlyphDrawer { return marks[i%len(marks)].filled }

// Open is its mark where something is not as it should be.
func Open(i int) draw.GlyphDrawer { return marks[i%len(marks)].open }
