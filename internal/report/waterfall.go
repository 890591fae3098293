package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/sim/cost"
)

// Operators with a stair of their own in a waterfall: the longest of each step, and none below a share of it.
// The others of a category share one.
const (
	maxStairsAlone, maxStairsBeside = 14, 5
	minStairShare                   = 0.015
)

// stair is one step down a waterfall: an operator's time, or that of a category's smaller operators together.
type stair struct {
	name  string
	color int
	ms    float64
}

// WaterfallFigure draws how the time of one step or several adds up, operator by operator.
func WaterfallFigure(list []*explain.Explanation) (*figure.Figure, error) {
	most := maxStairsAlone
	if len(list) > 1 {
		most = maxStairsBeside
	}
	falls := make([][]stair, len(list))
	rows, longest := 0, 0.0
	for i, e := range list {
		falls[i] = stairsOf(e, most)
		rows = max(rows, len(falls[i])+1)
		longest = max(longest, e.Time.Milliseconds())
	}
	f := page("waterfall", planNote(list), 800, vg.Length(70+len(list)*(20*rows+52)))
	f.Title = "How the time of a " + stepText(list[0].Step) + " adds up"
	f.Data.Columns = []string{"model", "device", "operator", "category", "from_ms", "to_ms", "share"}
	f.Key = categoryKey(falls)
	panels := make([]*plot.Plot, len(list))
	for i, e := range list {
		title := fmt.Sprintf("%s on %d × %s, %s: %s ms", e.Parts.Model.Name, e.Scenario.Hardware.GPUs, e.Parts.Device.Name,
			planText(&e.Scenario.Parallel), brief(e.Time.Milliseconds()))
		p := figure.NewPlot(title, "time (ms)", "")
		if err := drawStairs(f, p, e, falls[i]); err != nil {
			return nil, err
		}
		p.X.Min, p.X.Max = 0, longest*1.25
		p.Y.Min, p.Y.Max = float64(len(falls[i])+1-rows)-0.6, float64(len(falls[i]))+0.6
		panels[i] = p
	}
	stack(f, panels...)
	return f, nil
}

// categoryKey explains the colours of the categories that any of several waterfalls has.
func categoryKey(falls [][]stair) []figure.KeyEntry {
	var key []figure.KeyEntry
	for number, category := range cost.Categories {
		if slices.ContainsFunc(slices.Concat(falls...), func(s stair) bool { return s.color == number }) {
			key = append(key, figure.KeyEntry{Label: string(category), Color: number})
		}
	}
	return key
}

// stairsOf cuts a step's time into stairs in the order in which it passes.
func stairsOf(e *explain.Explanation, most int) []stair {
	own := map[*cost.OperatorTime]bool{}
	for n := 0; n < most; n++ {
		var longest *cost.OperatorTime
		for i := range e.Operators {
			o := &e.Operators[i]
			if !own[o] && e.Share(o) >= minStairShare && (longest == nil || o.Time > longest.Time) {
				longest = o
			}
		}
		if longest == nil {
			break
		}
		own[longest] = true
	}
	var stairs []stair
	for number, category := range cost.Categories {
		before := len(stairs)
		var rest []*cost.OperatorTime
		for i := range e.Operators {
			o := &e.Operators[i]
			switch {
			case o.Category != category:
			case own[o]:
				stairs = append(stairs, stair{operatorName(*o), number, o.Time.Milliseconds()})
			default:
				rest = append(rest, o)
			}
		}
		if len(rest) > 0 {
			stairs = append(stairs, stair{restName(string(category), rest, len(stairs) > before), number,
				restTime(rest)})
		}
	}
	return stairs
}

// restName names a category's operators without a stair of their own.
func restName(category string, rest []*cost.OperatorTime, more bool) string {
	switch {
	case len(rest) == 1:
		return operatorName(*rest[0])
	case more:
		return fmt.Sprintf("%s: %d more", category, len(rest))
	default:
		return fmt.Sprintf("%s: %d operators", category, len(rest))
	}
}

func restTime(rest []*cost.OperatorTime) float64 {
	ms := 0.0
	for _, o := range rest {
		ms += o.Time.Milliseconds()
	}
	return ms
}

// drawStairs draws one step's waterfall, the first stair on top and the whole below the last.
func drawStairs(f *figure.Figure, p *plot.Plot, e *explain.Explanation, stairs []stair) error {
	names := make([]string, len(stairs)+1)
	texts := make([]string, len(names))
	ends := make(plotter.XYs, len(names))
	all := e.Time.Milliseconds()
	whole := len(cost.Categories) - 1 // grey, as the host
	draw := func(row, color int, name, category string, from, to float64) error {
		f.Data.Add(e.Parts.Model.Name, e.Parts.Device.Name, name, category, figure.Cell(from), figure.Cell(to),
			figure.Cell(share(to-from, all)))
		y := float64(row)
		names[row], ends[row] = name, plotter.XY{X: to, Y: y}
		texts[row] = fmt.Sprintf("%s ms  %s", brief(to-from), percent(share(to-from, all)))
		box, err := plotter.NewPolygon(plotter.XYs{{X: from, Y: y - 0.36}, {X: to, Y: y - 0.36},
			{X: to, Y: y + 0.36}, {X: from, Y: y + 0.36}})
		if err != nil {
			return err
		}
		box.Color, box.LineStyle.Width = figure.Color(color), 0
		p.Add(box)
		return nil
	}
	from := 0.0
	for i, s := range stairs {
		err := draw(len(stairs)-i, s.color, s.name, string(cost.Categories[s.color]), from, from+s.ms)
		if err != nil {
			return err
		}
		from += s.ms
	}
	if err := draw(0, whole, "all", "", 0, all); err != nil {
		return err
	}
	labels, err := barTexts(ends, texts)
	if err != nil {
		return err
	}
	p.Add(labels)
	nameBars(p, names)
	return nil
}
