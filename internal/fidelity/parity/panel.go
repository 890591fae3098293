package parity

import (
	"errors"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// Panel is predictions against measurements, and below it how far off they are.
type Panel struct {
	Parity, Ratio *plot.Plot
}

// mostOff is the error that a ratio panel shows at its edges, in percent; what is further off is marked
// there.
const mostOff = 60

// NewPanel is an empty panel with logarithmic axes from low to high, in a unit, and lines where predictions
// are right and where they are 20% off.
func NewPanel(title, unit string, low, high float64) (*Panel, error) {
	p := &Panel{Parity: figure.NewPlot(title, "", "predicted ("+unit+")"),
		Ratio: figure.NewPlot("", "measured ("+unit+")", "error (%)")}
	p.Parity.Legend.Top, p.Parity.Legend.Left = true, true
	p.Parity.Y.Scale, p.Parity.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
	for _, x := range []*plot.Axis{&p.Parity.X, &p.Ratio.X} {
		x.Scale, x.Tick.Marker = plot.LogScale{}, figure.Log{}
	}
	for _, factor := range []float64{0.8, 1, 1.2} {
		off := 100 * (factor - 1)
		err := errors.Join(
			guide(p.Parity, plotter.XYs{{X: low, Y: low * factor}, {X: high, Y: high * factor}}, factor),
			guide(p.Ratio, plotter.XYs{{X: low, Y: off}, {X: high, Y: off}}, factor))
		if err != nil {
			return nil, err
		}
	}
	p.Parity.X.Min, p.Parity.X.Max, p.Parity.Y.Min, p.Parity.Y.Max = low, high, low, high
	p.Ratio.X.Min, p.Ratio.X.Max, p.Ratio.Y.Min, p.Ratio.Y.Max = low, high, -mostOff, mostOff
	return p, nil
}

// guide draws where predictions are a factor of what was measured, dashed where that is not 1.
func guide(p *plot.Plot, ends plotter.XYs, factor float64) error {
	line, err := figure.Line(ends, figure.Grey)
	if err != nil {
		return err
	}
	line.Width = vg.Points(0.8)
	if factor != 1 {
		line.Dashes = []vg.Length{vg.Points(3), vg.Points(3)}
	}
	p.Add(line)
	return nil
}

// Add draws points of measured and predicted times into both parts, in one of figure's colours.
func (p *Panel) Add(points plotter.XYs, colour int, glyph draw.GlyphDrawer,
	radius vg.Length) (*plotter.Scatter, error) {
	var near, far plotter.XYs
	for _, at := range points {
		off := plotter.XY{X: at.X, Y: 100 * (at.Y/at.X - 1)}
		if math.Abs(off.Y) > mostOff {
			far = append(far, off)
		} else {
			near = append(near, off)
		}
	}
	if _, err := scatter(p.Ratio, near, colour, glyph, radius); err != nil {
		return nil, err
	}
	p.Ratio.Add(figure.Beyond{Points: far, Color: colour})
	return scatter(p.Parity, points, colour, glyph, radius)
}

// AddBare draws points of the upper part alone: what the data sheet would give is further off than the lower
// one shows.
func (p *Panel) AddBare(points plotter.XYs) error {
	_, err := scatter(p.Parity, points, figure.Grey, draw.CrossGlyph{}, 1.5)
	return err
}

func scatter(p *plot.Plot, points plotter.XYs, colour int, glyph draw.GlyphDrawer,
	radius vg.Length) (*plotter.Scatter, error) {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: figure.Color(colour), Radius: radius, Shape: glyph}
	if len(points) > 0 {
		p.Add(s)
	}
	return s, nil
}
