package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Beyond marks the points that lie above or below what a panel shows, with an arrowhead at its edge. It is a
// plot.Plotter.
type Beyond struct {
	Points plotter.XYs
	Color  int // of the palette
}

// Plot implements plot.Plotter.
func (b Beyond) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for _, at := range b.Points {
		switch {
		case at.Y > p.Y.Max:
			arrow(c, vg.Point{X: x(at.X), Y: c.Max.Y}, -1, b.Color)
		case at.Y < p.Y.Min:
			arrow(c, vg.Point{X: x(at.X), Y: c.Min.Y}, 1, b.Color)
		}
	}
}

// arrow draws an arrowhead with its tip at a point, which opens upwards or downwards.
func arrow(c draw.Canvas, tip vg.Point, up vg.Length, color int) {
	const half, height = vg.Length(2.6), vg.Length(5)
	base := tip.Y + vg.Length(up*height)
	c.FillPolygon(Color(color), []vg.Point{tip, {X: tip.X - half, Y: base}, {X: tip.X + half, Y: base}})
}
