package figure

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Package plot keeps room for an axis' name around the arithmetic middle of the axis' ends. On a logarithmic
// axis that is near the upper end, and half the name's length was lost there. So the names of such axes are
// written here, and package plot lays the panel out with a space in their place, which takes the same height.

func isLogarithmic(a *plot.Axis) bool {
	_, ok := a.Scale.(plot.LogScale)
	return ok
}

// unnamed is a panel with a space as the name of each logarithmic axis that has one.
func unnamed(p *plot.Plot) *plot.Plot {
	blank := *p
	for _, a := range []*plot.Axis{&blank.X, &blank.Y} {
		if isLogarithmic(a) && a.Label.Text != "" {
			a.Label.Text = " "
		}
	}
	return &blank
}

// drawPanel draws a panel as it was laid out on its canvas, unnamed, with the names of the panel itself. A
// legend at the top of a logarithmic axis, which has a mark and its label at its end, begins below that.
func drawPanel(p, laid *plot.Plot, c draw.Canvas) {
	axes := laid.DataCanvas(c)
	if laid.Legend.Top && isLogarithmic(&laid.Y) {
		lower := *laid
		top := c.Max.Y
		if laid.Title.Text != "" {
			top -= laid.Title.TextStyle.Rectangle(laid.Title.Text).Size().Y + laid.Title.Padding
		}
		lower.Legend.YOffs -= top - axes.Max.Y
		laid = &lower
	}
	laid.Draw(c)
	if isLogarithmic(&p.X) {
		style := p.X.Label.TextStyle
		c.FillText(style, vg.Point{X: axes.Center().X, Y: c.Min.Y + style.FontExtents().Descent}, logName(&p.X))
	}
	if isLogarithmic(&p.Y) {
		style := p.Y.Label.TextStyle
		at := vg.Point{X: c.Min.X + style.Height(p.Y.Label.Text) - style.FontExtents().Descent, Y: axes.Center().Y}
		style.Rotation += math.Pi / 2
		c.FillText(style, at, logName(&p.Y))
	}
}

// logName is the name of a logarithmic axis, which says so.
func logName(a *plot.Axis) string {
	if a.Label.Text == "" {
		return ""
	}
	return a.Label.Text + ", log"
}
