package report

import (
	"errors"
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

// CapacityFigure draws a search: every objective's latency with its limit, and the goodput, against what was
// varied.
func CapacityFigure(c *CapacityResult) (*figure.Figure, error) {
	f := page("capacity", objectivesText(c.Objectives)+"  ·  filled: met, open: not", vg.Length(40+340*(len(c.Objectives)+1)), 300)
	f.Title = searchedTitle(c)
	f.Data.Columns = append([]string{shortKey(c.Over), "gpus", "met"},
		append(objectiveMetrics(c.Objectives), trialMetrics...)...)
	for _, t := range c.Trials {
		if t.NoFit {
			continue
		}
		row := []string{figure.Cell(t.Load), fmt.Sprint(t.GPUs), fmt.Sprint(t.Met())}
		for _, name := range f.Data.Columns[3:] {
			row = append(row, cellOf(t.Metrics, name))
		}
		f.Data.Add(row...)
	}
	var panels []*plot.Plot
	for i, o := range c.Objectives {
		p, err := trialPanel(c, o.Metric, o.Subject(), i)
		if err != nil {
			return nil, err
		}
		p.Title.Text = objectiveTitle(o)
		addLimit(p, o.Limit)
		panels = append(panels, p)
	}
	p, err := trialPanel(c, scenarios.Goodput, scenarios.Goodput, figure.Green)
	if err != nil {
		return nil, err
	}
	f.Panels = [][]*plot.Plot{append(panels, p)}
	return f, nil
}

// trialPanel draws one metric of the trials, under the name that it has in them.
func trialPanel(c *CapacityResult, metric, subject string, colour int) (*plot.Plot, error) {
	p := metricPlot(metric, c.Over)
	var points, met, missed plotter.XYs
	for _, t := range c.Trials {
		if t.NoFit || t.Metrics[subject] <= 0 {
			continue
		}
		at := plotter.XY{X: t.Load, Y: t.Metrics[subject]}
		points = append(points, at)
		if t.Met() {
			met = append(met, at)
		} else {
			missed = append(missed, at)
		}
	}
	if len(points) == 0 {
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		return p, nil
	}
	line, err := figure.Line(points, colour)
	if err != nil {
		return nil, err
	}
	p.Add(line)
	if err := errors.Join(addDots(p, met, colour, figure.Filled(colour)),
		addDots(p, missed, colour, figure.Open(colour))); err != nil {
		return nil, err
	}
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.X.Min, p.X.Max = logRange(p.X.Min, p.X.Max)
	p.Y.Min, p.Y.Max = logRange(p.Y.Min, p.Y.Max)
	return p, nil
}

// addLimit draws a limit across a panel.
func addLimit(p *plot.Plot, limit float64) {
	line := plotter.NewFunction(func(float64) float64 { return limit })
	line.Color = color.Black
	line.Width = vg.Points(1)
	line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(line)
	p.Y.Min, p.Y.Max = min(p.Y.Min, limit/1.3), max(p.Y.Max, limit*1.3)
	p.Legend.Left = true // latencies rise to the right
	p.Legend.Add("limit", line)
}
