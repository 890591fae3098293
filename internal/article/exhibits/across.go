package exhibits

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// across draws a short line at a height over each group of bars: a bound.
type across struct {
	values        []float64
	offset, width vg.Length // of the line, from the middle of the group
}

// Plot implements plot.Plotter.
func (a *across) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: figure.Color(figure.Vermilion), Width: vg.Points(2)}
	for i, v := range a.values {
		middle, height, half := x(float64(i))+a.offset, y(v), vg.Length(a.width/2)
		c.StrokeLine2(style, middle-half, height, middle+half, height)
	}
}

// DataRange implements plot.DataRanger.
func (a *across) DataRange() (xmin, xmax, ymin, ymax float64) {
	ymin, ymax = math.Inf(1), math.Inf(-1)
	for _, v := range a.values {
		ymin, ymax = min(ymin, v), max(ymax, v)
	}
	return 0, float64(len(a.values) - 1), ymin, ymax
}

// absences write upright, where a bar of each group would stand, why there is none.
type absences struct {
	values []float64 // NaN where there is none
	why    string
	offset vg.Length // of the bar, from the middle of the group
}

// Plot implements plot.Plotter.
func (a *absences) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := figure.Note()
	style.Rotation, style.XAlign, style.YAlign = math.Pi/2, draw.XLeft, draw.YCenter
	for i, v := range a.values {
		if math.IsNaN(v) {
			c.FillText(style, vg.Point{X: x(float64(i)) + a.offset, Y: y(0) + vg.Points(4)}, a.why)
		}
	}
}
