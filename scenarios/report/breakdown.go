package report

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/scenarios/report/figure"
	"github.com/roofserve/roofserve/sim/cost"
)

// maxBars keeps the figure legible; smaller operators are summed up.
const maxBars = 14

// bar is one operator, or the sum of the small ones.
type bar struct {
	name  string
	bound string
	ms    float64
}

// boundColors gives every kind of bound its colour, in the order of the legend.
var boundColors = []struct {
	bound string
	color int
}{{"memory", figure.Blue}, {"compute", figure.Vermilion}, {"network", figure.Green}, {"overhead", figure.Grey}, {"", figure.Sky}}

// breakdownFigure draws where the mean decode step's time goes, longest operator first.
func breakdownFigure(r *scenarios.Run) (*figure.Figure, error) {
	bars := topOperators(r.Breakdown, maxBars)
	all := total(r.Breakdown)
	f := page("step_breakdown", conditions(r), 720, vg.Length(120+26*max(len(bars), 3)))
	title := fmt.Sprintf("A decode step of %s sequences at %s tokens of context takes %s ms",
		brief(r.Result.MeanDecode.Sequences), grouped(r.MeanContext()), brief(all))
	p := figure.NewPlot(title, "time in one step (ms)", "")
	f.Panels = [][]*plot.Plot{{p}}
	f.Data.Columns = []string{"operator", "bound", "time_ms", "share"}
	for _, b := range bars {
		f.Data.Add(b.name, b.bound, figure.Cell(b.ms), figure.Cell(share(b.ms, all)))
	}
	if len(bars) == 0 {
		return f, nil
	}
	return f, drawBars(f, p, bars, all)
}

// topOperators lists the n longest operators, the last standing for all the rest.
func topOperators(operators []cost.OperatorTime, n int) []bar {
	bars := make([]bar, len(operators))
	for i, t := range operators {
		bars[i] = bar{name: operatorName(t), bound: string(t.Bound), ms: t.Time.Milliseconds()}
	}
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(b.ms, a.ms) })
	if len(bars) <= n {
		return bars
	}
	rest := bar{name: fmt.Sprintf("%d more", len(bars)-n+1)}
	for _, b := range bars[n-1:] {
		rest.ms += b.ms
	}
	return append(bars[:n-1:n-1], rest)
}

func operatorName(t cost.OperatorTime) string {
	if t.Layer == "" || t.Layer == t.Name {
		return t.Name
	}
	return t.Layer + " · " + t.Name
}

func drawBars(f *figure.Figure, p *plot.Plot, bars []bar, all float64) error {
	names := make([]string, len(bars))
	texts := make([]string, len(bars))
	ends := make(plotter.XYs, len(bars))
	for i, b := range bars {
		row := len(bars) - 1 - i // longest on top
		names[row] = b.name
		ends[row] = plotter.XY{X: b.ms, Y: float64(row)}
		texts[row] = fmt.Sprintf("%s ms  %.0f%%", brief(b.ms), 100*share(b.ms, all))
	}
	for _, kind := range boundColors {
		values := make(plotter.Values, len(bars))
		used := false
		for i, b := range bars {
			if b.bound == kind.bound {
				values[len(bars)-1-i], used = b.ms, true
			}
		}
		if !used {
			continue
		}
		chart, err := plotter.NewBarChart(values, vg.Points(15))
		if err != nil {
			return err
		}
		chart.Horizontal = true
		chart.Color = figure.Color(kind.color)
		chart.LineStyle.Width = 0
		p.Add(chart)
		if kind.bound != "" {
			p.Legend.Add(kind.bound+" bound", chart)
		}
	}
	labels, err := barTexts(ends, texts)
	if err != nil {
		return err
	}
	p.Add(labels)
	nameBars(p, names)
	p.Legend.Top = false
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(-8), vg.Points(10)
	p.X.Min, p.X.Max = 0, bars[0].ms*1.28
	p.Y.Min, p.Y.Max = -0.6, float64(len(bars))-0.4
	return nil
}

// barTexts are texts beside the ends of horizontal bars.
func barTexts(ends plotter.XYs, texts []string) (*plotter.Labels, error) {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: ends, Labels: texts})
	if err != nil {
		return nil, err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i] = figure.Note()
		labels.TextStyle[i].YAlign = draw.YCenter
	}
	labels.Offset = vg.Point{X: vg.Points(4)}
	return labels, nil
}

// nameBars names horizontal bars at their left ends, from the lowest up.
func nameBars(p *plot.Plot, names []string) {
	p.NominalY(names...)
	p.Y.Tick.Label.Font.Size = vg.Points(9.5)
	p.Y.Tick.Length = 0
	p.Y.LineStyle.Width = 0
	p.X.Padding = 0
}
