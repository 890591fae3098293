package report

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
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

// drawBars draws the operators from the top down, each in its bound's colour, with its time and share beside
// it.
func drawBars(f *figure.Figure, p *plot.Plot, bars []bar, all float64) error {
	names, texts, ends := make([]string, len(bars)), make([]string, len(bars)), make(plotter.XYs, len(bars))
	for i, b := range bars {
		row := len(bars) - 1 - i // longest on top
		names[row], ends[row] = b.name, plotter.XY{X: b.ms, Y: float64(row)}
		texts[row] = fmt.Sprintf("%s ms  %.0f%%", brief(b.ms), 100*share(b.ms, all))
		if err := addBar(p, row, b.ms, boundColor(b.bound), 15, 0); err != nil {
			return err
		}
	}
	labels, err := barTexts(ends, texts)
	if err != nil {
		return err
	}
	p.Add(labels)
	for _, kind := range boundColors {
		if kind.bound != "" && slices.ContainsFunc(bars, func(b bar) bool { return b.bound == kind.bound }) {
			f.Key = append(f.Key, figure.KeyEntry{Label: kind.bound + " bound", Color: kind.color})
		}
	}
	nameBars(p, names)
	p.X.Min, p.X.Max = 0, bars[0].ms*1.28
	return nil
}

// boundColor is the colour of a kind of bound.
func boundColor(bound string) int {
	for _, kind := range boundColors {
		if kind.bound == bound {
			return kind.color
		}
	}
	return figure.Sky
}
