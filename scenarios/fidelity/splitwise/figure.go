package splitwise

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/scenarios/fidelity"
	"github.com/roofserve/roofserve/scenarios/report/figure"
)

// series are the TPs of a figure, the test in the colour that stands out.
var series = []struct {
	tp     int
	label  string
	colour int
	glyph  draw.GlyphDrawer
}{
	{2, "TP 2, fitted", figure.Sky, draw.CircleGlyph{}},
	{8, "TP 8, fitted", figure.Green, draw.SquareGlyph{}},
	{TestTP, "TP 4, the test", figure.Vermilion, draw.PyramidGlyph{}},
}

// axes of a panel for each phase: all that was measured, and the data sheet's predictions, lie within.
var axes = map[Phase]struct {
	title    string
	min, max float64
}{
	Prompt: {"prompts of a batch", 5, 20000},
	Token:  {"a decode step", 3, 200},
}

// plotOf draws predicted against measured times, a panel for each phase and system.
func plotOf(e *Evaluation) (*figure.Figure, error) {
	f := &figure.Figure{Name: "splitwise", Title: "Llama-2-70B under the vLLM of 2023: predicted against measured",
		Note:  "engine constants fitted on TP 2 and TP 8; grey: the GPU's data sheet alone; dashed: 20% off",
		Width: vg.Points(690), Height: vg.Points(660),
		Data: figure.Table{Columns: []string{"system", "phase", "tp", "batch_size", "prompt_size", "measured_ms", "predicted_ms", "roofline_ms"}}}
	for _, phase := range []Phase{Prompt, Token} {
		var row []*plot.Plot
		for _, system := range []string{"a100_sxm", "h100_sxm"} {
			p, err := panel(e, phase, system, &f.Data)
			if err != nil {
				return nil, err
			}
			row = append(row, p)
		}
		f.Panels = append(f.Panels, row)
	}
	return f, nil
}

func panel(e *Evaluation, phase Phase, system string, data *figure.Table) (*plot.Plot, error) {
	axis := axes[phase]
	p := figure.NewPlot(fmt.Sprintf("%s, %s", axis.title, system), "measured (ms)", "predicted (ms)")
	p.Legend.Top, p.Legend.Left = true, true
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = figure.Log{}, figure.Log{}
	if err := addDiagonals(p, axis.min, axis.max); err != nil {
		return nil, err
	}
	var predicted [3]plotter.XYs
	var bare plotter.XYs
	for i := range e.Predictions {
		for k, s := range series {
			if r := &e.Table.Rows[i]; e.Table.Reasons[i] == "" && r.System == system && r.TP == s.tp {
				at, of := point(&e.Predictions[i], phase), point(&e.Roofline[i], phase)
				predicted[k], bare = append(predicted[k], at), append(bare, of)
				data.Add(system, string(phase), fmt.Sprint(r.TP), fmt.Sprint(r.Concurrency), fmt.Sprint(r.InputTokens),
					fmt.Sprintf("%.2f", at.X), fmt.Sprintf("%.2f", at.Y), fmt.Sprintf("%.2f", of.Y))
			}
		}
	}
	if _, err := addPoints(p, bare, figure.Grey, draw.CrossGlyph{}, 1.6); err != nil {
		return nil, err
	}
	for k, s := range series {
		points, err := addPoints(p, predicted[k], s.colour, s.glyph, 2.8)
		if err != nil {
			return nil, err
		}
		p.Legend.Add(s.label, points)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = axis.min, axis.max, axis.min, axis.max
	return p, nil
}

func point(p *fidelity.Prediction, phase Phase) plotter.XY {
	if phase == Prompt {
		return plotter.XY{X: p.Row.MeasuredTTFTMS, Y: p.TTFTMS}
	}
	return plotter.XY{X: p.Row.MeasuredTPOTMS, Y: p.TPOTMS}
}

func addPoints(p *plot.Plot, points plotter.XYs, colour int, glyph draw.GlyphDrawer, radius vg.Length) (*plotter.Scatter, error) {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: figure.Color(colour), Radius: radius, Shape: glyph}
	p.Add(s)
	return s, nil
}

// addDiagonals draws where predictions are right, and where they are 20% off.
func addDiagonals(p *plot.Plot, low, high float64) error {
	for _, factor := range []float64{0.8, 1, 1.2} {
		line, err := figure.Line(plotter.XYs{{X: low, Y: low * factor}, {X: high, Y: high * factor}}, figure.Grey)
		if err != nil {
			return err
		}
		line.Width = vg.Points(0.8)
		if factor != 1 {
			line.Dashes = []vg.Length{vg.Points(3), vg.Points(3)}
		}
		p.Add(line)
	}
	return nil
}
