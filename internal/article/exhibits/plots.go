package exhibits

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// plotColors are those of a plot's lines, in their order.
var plotColors = [...]int{figure.Blue, figure.Orange, figure.Green, figure.Purple, figure.Vermilion,
	figure.Sky, figure.Grey}

// Plots draws the figures that sections ask for.
func Plots(l *article.Lab, sections []claims.Section) ([]Exhibit, error) {
	var list []Exhibit
	for i := range sections {
		for n := range sections[i].Plots {
			e, err := plotted(l, &sections[i].Plots[n])
			if err != nil {
				return nil, fmt.Errorf("plot %s.%s: %w", sections[i].Name, sections[i].Plots[n].ID, err)
			}
			e.Section = sections[i].Name
			list = append(list, *e)
		}
	}
	return list, nil
}

// plotted is a figure with the numbers that it is drawn from.
func plotted(l *article.Lab, p *claims.Plot) (*Exhibit, error) {
	text, err := l.Fill(p.Text)
	if err != nil {
		return nil, err
	}
	e := &Exhibit{Title: p.Title, Text: text}
	e.Figure = alone(p.ID, p.Title, "", 620, 360)
	e.Figure.Data.Columns = []string{"line", p.Over, "value"}
	panel := figure.NewPlot("", p.X, p.Y)
	panel.Y.Min = 0
	if p.Log {
		panel.X.Scale, panel.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	}
	for i := range p.Lines {
		line := &p.Lines[i]
		points, err := pointsOf(l, p, line)
		if err != nil {
			return nil, err
		}
		for _, at := range points {
			e.Figure.Data.Add(line.Name, figure.Cell(at.X), figure.Cell(at.Y))
		}
		color := plotColors[i%len(plotColors)]
		e.Figure.Key = append(e.Figure.Key, figure.KeyEntry{Label: line.Name, Color: color, Mark: true})
		if err := curve(panel, "", look{color: color}, points); err != nil {
			return nil, err
		}
		if err := dots(panel, color, points); err != nil {
			return nil, err
		}
	}
	e.Figure.Panels[0] = append(e.Figure.Panels[0], panel)
	return e, nil
}

// pointsOf are what a line's formula gives.
func pointsOf(l *article.Lab, p *claims.Plot, line *claims.PlotLine) (points plotter.XYs, err error) {
	for _, v := range p.Values {
		y, err := l.Value(p.At(line, strconv.FormatFloat(v, 'f', -1, 64)))
		if err != nil {
			return nil, err
		}
		points = append(points, plotter.XY{X: v, Y: claims.In(y, line.Unit)})
	}
	return points, nil
}
