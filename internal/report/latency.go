package report

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// latencyFigure draws the cumulative distributions of the latencies.
func latencyFigure(r *scenarios.Run) (*figure.Figure, error) {
	panels := inPairs(len(scenarios.Latencies))
	f := page("latency", conditions(r), 720, vg.Length(280*len(panels)))
	f.Data.Columns = []string{"metric", "latency_ms", "share_at_or_below"}
	f.Panels = panels
	for i := range scenarios.Latencies {
		l := &scenarios.Latencies[i]
		d := l.Of(r.Result)
		p, err := cdfPanel(f, fmt.Sprintf("%s (%s)", capitalised(l.Title), l.Short), l.Observed, d, i)
		if err != nil {
			return nil, err
		}
		panels[i/2][i%2] = p
		for _, point := range d.CDF {
			f.Data.Add(l.Key, figure.Cell(point[0]), figure.Cell(point[1]))
		}
	}
	return f, nil
}

// cdfPanel draws one distribution with its median, p90 and p99 marked.
func cdfPanel(f *figure.Figure, title, of string, d *sim.Distribution, colour int) (*plot.Plot, error) {
	p := figure.NewPlot(title, "latency (ms)", "share of "+of)
	p.Y.Min, p.Y.Max = 0, 1.02
	p.Y.Tick.Marker = figure.Linear{Percent: true, Marks: 8}
	p.X.Padding, p.Y.Padding = 0, 0
	var points plotter.XYs
	for _, point := range d.CDF {
		if point[0] > 0 {
			points = append(points, plotter.XY{X: point[0], Y: point[1]})
		}
	}
	if len(points) == 0 {
		p.X.Min, p.X.Max = 0, 1
		return p, nil
	}
	// Between observations the share stays what it was: a straight line across a gap would tell of some within
	// it.
	points = slices.Insert(points, 0, plotter.XY{X: points[0].X})
	line, err := figure.Line(points, colour)
	if err != nil {
		return nil, err
	}
	line.StepStyle = plotter.PostStep
	p.Add(line)
	p.Y.Min, p.Y.Max = 0, 1.02
	p.X.Min, p.X.Max = logRange(points[0].X, points[len(points)-1].X)
	if d.P99 > p.X.Min { // leave room for the last label: p99 at three quarters of the width at most
		p.X.Max = max(p.X.Max, p.X.Min*math.Pow(d.P99/p.X.Min, 1/0.75))
	}
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	return p, markQuantiles(f, p, d, colour)
}

// logRange is a range around lo…hi that spans at least half a decade, so that a narrow distribution looks
// narrow.
func logRange(lo, hi float64) (from, to float64) {
	from, to = lo*0.9, hi*1.15
	if to < from*3 {
		middle := from * to
		from, to = from/1.6, middle/from*1.6
	}
	return from, to
}

// markQuantiles puts a dot and a value on a distribution's median, p90 and p99.
func markQuantiles(f *figure.Figure, p *plot.Plot, d *sim.Distribution, colour int) error {
	var dots plotter.XYs
	var texts []string
	for _, q := range []struct {
		name  string
		value float64
		share float64
	}{{"p50", d.Median, 0.5}, {"p90", d.P90, 0.9}, {"p99", d.P99, 0.99}} {
		if q.value > 0 {
			dots = append(dots, plotter.XY{X: q.value, Y: q.share})
			texts = append(texts, fmt.Sprintf("%s  %s ms", q.name, brief(q.value)))
		}
	}
	if len(dots) == 0 {
		return nil
	}
	scatter, err := plotter.NewScatter(dots)
	if err != nil {
		return err
	}
	scatter.GlyphStyle = draw.GlyphStyle{Color: figure.Color(colour), Radius: vg.Points(3),
		Shape: draw.CircleGlyph{}}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: dots, Labels: texts})
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i] = figure.Note()
		labels.TextStyle[i].YAlign = draw.YTop
	}
	labels.Offset = vg.Point{X: vg.Points(6), Y: vg.Points(-3)} // below the curve, which rises to the right
	p.Add(scatter, labels)
	return nil
}
