package parity

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// Panel is an empty panel with logarithmic axes from low to high, in a unit, and lines where predictions are
// right and where they are 20% off.
func Panel(title, unit string, low, high float64) (*plot.Plot, error) {
	p := figure.NewPlot(title, "measured ("+unit+")", "predicted ("+unit+")")
	p.Legend.Top, p.Legend.Left = true, true
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = figure.Log{}, figure.Log{}
	for _, factor := range []float64{0.8, 1, 1.2} {
		line, err := figure.Line(plotter.XYs{{X: low, Y: low * factor}, {X: high, Y: high * factor}}, figure.Grey)
		if err != nil {
			return nil, err
		}
		line.Width = vg.Points(0.8)
		if factor != 1 {
			line.Dashes = []vg.Length{vg.Points(3), vg.Points(3)}
		}
		p.Add(line)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
	return p, nil
}

// Add draws points into a panel, in one of figure's colours.
func Add(p *plot.Plot, points plotter.XYs, colour int, glyph draw.GlyphDrawer,
	radius vg.Length) (*plotter.Scatter, error) {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: figure.Color(colour), Radius: radius, Shape: glyph}
	p.Add(s)
	return s, nil
}
