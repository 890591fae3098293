package exhibits

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// look is how a curve is drawn.
type look struct {
	color  int
	dashed bool
}

// dashes of a dashed line.
var dashes = []vg.Length{vg.Points(4), vg.Points(2.5)}

// curve adds a line to a panel, with an entry in its legend where name is not empty.
func curve(p *plot.Plot, name string, l look, points plotter.XYs) error {
	if len(points) == 0 {
		return nil
	}
	line, err := figure.Line(points, l.color)
	if err != nil {
		return err
	}
	if l.dashed {
		line.Dashes = dashes
	}
	p.Add(line)
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

// faint adds a thin dashed line without an entry in the legend: what lies beyond a limit.
func faint(p *plot.Plot, color int, points plotter.XYs) error {
	if len(points) == 0 {
		return nil
	}
	line, err := figure.Line(points, color)
	if err != nil {
		return err
	}
	line.Width, line.Dashes = vg.Points(0.8), []vg.Length{vg.Points(1.5), vg.Points(2)}
	p.Add(line)
	return nil
}

// dots adds a mark at each point.
func dots(p *plot.Plot, color int, points plotter.XYs) error {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	s.Color, s.Radius, s.Shape = figure.Color(color), vg.Points(2.4), figure.Filled(color)
	p.Add(s)
	return nil
}

// contextAxis marks a logarithmic axis of contexts at powers of four.
type contextAxis struct{}

// Ticks implements plot.Ticker.
func (contextAxis) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for c := 1024; float64(c) <= high*1.001; c *= 2 {
		if float64(c) < low*0.999 {
			continue
		}
		tick := plot.Tick{Value: float64(c)}
		if odd := math.Ilogb(float64(c)) % 2; odd == 0 {
			tick.Label = contextName(c)
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

// contextsTo lists contexts from 1K tokens to longest, four an octave.
func contextsTo(longest int) []int {
	var list []int
	for octave := 1 << 10; ; octave *= 2 {
		for quarter := range 4 {
			context := octave + quarter*octave/4
			if context >= longest {
				return append(list, longest)
			}
			list = append(list, context)
		}
	}
}

// contextName writes a context as the article does: 4K, 2M.
func contextName(tokens int) string {
	switch {
	case tokens%1_000_000 == 0:
		return fmt.Sprintf("%dM", tokens/1_000_000)
	case tokens >= 1<<20:
		return fmt.Sprintf("%dM", tokens>>20)
	default:
		return fmt.Sprintf("%dK", tokens>>10)
	}
}

// logarithmic makes both axes so, with contexts on the horizontal one.
func logarithmic(p *plot.Plot, low, high float64) {
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, contextAxis{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.Y.Min, p.Y.Max = low, high
}

// alone is a figure of one row of panels.
func alone(name, title, note string, width, height vg.Length, panels ...*plot.Plot) *figure.Figure {
	return &figure.Figure{Name: name, Title: title, Note: note, Width: width, Height: height,
		Panels: [][]*plot.Plot{panels}}
}
