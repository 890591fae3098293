package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/explain"
)

// payoffObject is what drafts give, as JSON.
func payoffObject(e *explain.Explanation) object {
	p := e.Payoff
	curve := []object{}
	for _, g := range p.Curve {
		curve = append(curve, object{{"batch", g.Batch}, {"speed_up", g.Times}})
	}
	return object{{"acceptance_length", p.Length}, {"token_ms", e.Time.Milliseconds() / p.Length}, {"speed_up", p.Gain},
		{"pays_up_to_batch", p.PaysTo()}, {"curve", curve}}
}

// payoffText says what drafts give, for people.
func payoffText(e *explain.Explanation) string {
	p := e.Payoff
	last := p.Curve[len(p.Curve)-1].Batch
	reach := fmt.Sprintf("up to %s", counted(p.PaysTo(), "sequence"))
	switch p.PaysTo() {
	case 0:
		reach = "at no batch"
	case last:
		reach = fmt.Sprintf("at every batch up to %s", counted(last, "sequence"))
	}
	return fmt.Sprintf("drafts: %.3g tokens a step, %s ms each: %.3g times the tokens of steps without; they pay %s\n",
		p.Length, brief(e.Time.Milliseconds()/p.Length), p.Gain, reach)
}

// Drafts tells whether any of the steps verifies drafts.
func Drafts(list []*explain.Explanation) bool {
	for _, e := range list {
		if e.Payoff != nil {
			return true
		}
	}
	return false
}

// PayoffFigure draws what drafts give against the batch, a line for each step that verifies any.
func PayoffFigure(list []*explain.Explanation) (*figure.Figure, error) {
	f := page("speculation", planNote(list), 640, 420)
	f.Title = fmt.Sprintf("Speed-up by drafts at %s of context", counted(list[0].Step.Context, "token"))
	f.Data.Columns = []string{"model", "device", "batch", "speed_up"}
	p := figure.NewPlot("Tokens a second over those without drafts", "sequences in the batch", "times")
	f.Panels = [][]*plot.Plot{{p}}
	last := 1.0
	for i, e := range list {
		if e.Payoff == nil {
			continue
		}
		var points plotter.XYs
		for _, g := range e.Payoff.Curve {
			f.Data.Add(e.Parts.Model.Name, e.Parts.Device.Name, fmt.Sprint(g.Batch), figure.Cell(g.Times))
			points = append(points, plotter.XY{X: float64(g.Batch), Y: g.Times})
			last = float64(g.Batch)
		}
		name := fmt.Sprintf("%s on %s", e.Parts.Model.Name, e.Parts.Device.Name)
		if err := addDotted(p, name, points, i); err != nil {
			return nil, err
		}
		f.Key = append(f.Key, figure.KeyEntry{Label: name, Color: i, Mark: true})
	}
	even, err := figure.Line(plotter.XYs{{X: 1, Y: 1}, {X: last, Y: 1}}, figure.Grey)
	if err != nil {
		return nil, err
	}
	even.Dashes, even.Width = []vg.Length{5, 3}, vg.Points(1.1)
	p.Add(even)
	p.Legend.Add("without drafts", even)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.PowersOfTwo{}
	p.Y.Tick.Marker = figure.Linear{}
	p.Y.Min = min(p.Y.Min, 0.9)
	p.Y.Max *= 1.06
	return f, nil
}
