package splitwise

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/parity"
	"github.com/roofserve/roofserve/internal/report/figure"
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

// plotOf draws predicted against measured times, a panel for each phase and system, and below how far off
// they are.
func plotOf(e *Evaluation) (*figure.Figure, error) {
	f := &figure.Figure{Name: "splitwise", Title: "Llama-2-70B under the vLLM of 2023: predicted against measured",
		Note:  "engine constants fitted on TP 2 and TP 8; grey: the GPU's data sheet alone; dashed: 20% off; arrowheads: more than 60%",
		Width: vg.Points(690), Height: vg.Points(1060),
		Data: figure.Table{Columns: []string{"system", "phase", "tp", "batch_size", "prompt_size", "measured_ms", "predicted_ms", "roofline_ms"}}}
	for _, phase := range []Phase{Prompt, Token} {
		var upper, lower []*plot.Plot
		for _, system := range []string{"a100_sxm", "h100_sxm"} {
			p, err := panel(e, phase, system, &f.Data)
			if err != nil {
				return nil, err
			}
			upper, lower = append(upper, p.Parity), append(lower, p.Ratio)
		}
		f.Panels = append(f.Panels, upper, lower)
	}
	return f, nil
}

func panel(e *Evaluation, phase Phase, system string, data *figure.Table) (*parity.Panel, error) {
	axis := axes[phase]
	p, err := parity.NewPanel(fmt.Sprintf("%s, %s", axis.title, system), "ms", axis.min, axis.max)
	if err != nil {
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
	if err := p.AddBare(bare); err != nil {
		return nil, err
	}
	for k, s := range series {
		points, err := p.Add(predicted[k], s.colour, s.glyph, 2.8)
		if err != nil {
			return nil, err
		}
		p.Parity.Legend.Add(s.label, points)
	}
	return p, nil
}

func point(p *fidelity.Prediction, phase Phase) plotter.XY {
	if phase == Prompt {
		return plotter.XY{X: p.Row.MeasuredTTFTMS, Y: p.TTFTMS}
	}
	return plotter.XY{X: p.Row.MeasuredTPOTMS, Y: p.TPOTMS}
}
