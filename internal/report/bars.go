package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// addBar draws one horizontal bar from zero, above or below the middle of its row by an offset.
func addBar(p *plot.Plot, row int, value float64, color int, thickness, offset vg.Length) error {
	bar, err := plotter.NewBarChart(plotter.Values{value}, thickness)
	if err != nil {
		return err
	}
	bar.Horizontal, bar.XMin, bar.Offset = true, float64(row), offset
	bar.Color, bar.LineStyle.Width = figure.Color(color), 0
	p.Add(bar)
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
	labels.Offset = vg.Point{X: vg.Points(4), Y: vg.Points(1.3)} // digits have no descent
	return labels, nil
}

// nameBars names horizontal bars at their left ends, from the lowest up.
func nameBars(p *plot.Plot, names []string) {
	p.NominalY(names...)
	p.Y.Tick.Label.Font.Size = vg.Points(9.5)
	p.Y.Tick.Length = 0
	p.Y.LineStyle.Width = 0
	p.X.Padding = 0
	p.Y.Min, p.Y.Max = -0.6, float64(len(names))-0.4
}
