package report

import (
	"errors"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// addDotted draws a named line with a dot at each point, and nothing without points.
func addDotted(p *plot.Plot, name string, points plotter.XYs, color int) error {
	return errors.Join(addLine(p, name, points, color), addDots(p, points, color, figure.Filled(color)))
}

// stretch is how many points a line has at most, since the time of a stroke in a PNG grows with their square.
const stretch = 100

// addLine draws a named line, in stretches that meet at a point of both, and nothing without points.
func addLine(p *plot.Plot, name string, points plotter.XYs, color int) error {
	for len(points) > 0 {
		n := min(stretch, len(points))
		line, err := figure.Line(points[:n], color)
		if err != nil {
			return err
		}
		line.Name = name
		p.Add(line)
		if n == len(points) {
			break
		}
		points = points[n-1:]
	}
	return nil
}

// addWhisker draws an interval at a point.
func addWhisker(p *plot.Plot, x float64, bounds [2]float64, color int) error {
	line, err := figure.Line(plotter.XYs{{X: x, Y: bounds[0]}, {X: x, Y: bounds[1]}}, color)
	if err != nil {
		return err
	}
	line.Width = vg.Points(1)
	p.Add(line.Line) // the point itself says its value
	return nil
}

// addDots draws a mark at each point.
func addDots(p *plot.Plot, points plotter.XYs, color int, shape draw.GlyphDrawer) error {
	if len(points) == 0 {
		return nil
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: figure.Color(color), Radius: vg.Points(3), Shape: shape}
	p.Add(dots)
	return nil
}
