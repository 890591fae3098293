package parity

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// Figure draws mean TPOT, mean TTFT and throughput of predictions against what was measured, and below how
// far off they are; a colour for each group of rows. What no row measured has no panel.
type Figure struct {
	Name, Title, Note string
	Predictions       []fidelity.Prediction
	Roofline          []fidelity.Prediction // of the same rows, in grey; nil for none
	Group             func(*fidelity.Row) string
}

// looks are the colours and glyphs of groups, in their order.
var looks = []struct {
	colour int
	glyph  draw.GlyphDrawer
}{
	{figure.Sky, draw.CircleGlyph{}}, {figure.Green, draw.SquareGlyph{}},
	{figure.Vermilion, draw.PyramidGlyph{}},
	{figure.Blue, draw.RingGlyph{}}, {figure.Purple, draw.TriangleGlyph{}},
}

// phases are what a panel may be of.
var phases = []struct {
	title, unit string
	point       func(p *fidelity.Prediction) plotter.XY
}{
	{"time per output token (TPOT)", "ms", func(p *fidelity.Prediction) plotter.XY { return plotter.XY{X: p.Row.MeasuredTPOTMS, Y: p.TPOTMS} }},
	{"time to first token (TTFT)", "ms", func(p *fidelity.Prediction) plotter.XY { return plotter.XY{X: p.Row.MeasuredTTFTMS, Y: p.TTFTMS} }},
	{"throughput", "output tokens/s", func(p *fidelity.Prediction) plotter.XY {
		return plotter.XY{X: p.Row.MeasuredOutputRate, Y: p.OutputRate}
	}},
}

// Draw makes the figure.
func (f *Figure) Draw() (*figure.Figure, error) {
	drawn := &figure.Figure{Name: f.Name, Title: f.Title, Note: f.Note, Width: vg.Points(760),
		Height: vg.Points(580),
		Data:   figure.Table{Columns: []string{"group", "line", "phase", "measured_ms", "predicted_ms", "roofline_ms"}}}
	var upper, lower []*plot.Plot
	for i := range phases {
		names, members := f.groups(i)
		if len(names) == 0 {
			continue
		}
		p, err := f.panel(i, len(upper) == 0, names, members, &drawn.Data)
		if err != nil {
			return nil, err
		}
		upper, lower = append(upper, p.Parity), append(lower, p.Ratio)
		if phases[i].unit != "ms" { // of rows of several units
			drawn.Data.Columns = []string{"group", "line", "phase", "measured", "predicted", "roofline"}
		}
	}
	drawn.Panels = [][]*plot.Plot{upper, lower}
	return drawn, nil
}

// groups are the names of the groups, in the order of their first rows, and the indices of their predictions
// that have a measurement.
func (f *Figure) groups(phase int) (names []string, members map[string][]int) {
	members = map[string][]int{}
	for i := range f.Predictions {
		p := &f.Predictions[i]
		if at := phases[phase].point(p); p.Skipped != "" || !(at.X > 0) || !(at.Y > 0) {
			continue
		}
		name := f.Group(p.Row)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		members[name] = append(members[name], i)
	}
	return names, members
}

// span is the range around what groups measured and predicted, from and to 1, 2 or 5 times a power of ten.
func (f *Figure) span(phase int, members map[string][]int) (low, high float64) {
	low, high = math.Inf(1), 0
	for _, list := range members {
		for _, i := range list {
			at := phases[phase].point(&f.Predictions[i])
			low, high = math.Min(low, math.Min(at.X, at.Y)), math.Max(high, math.Max(at.X, at.Y))
		}
	}
	return 1 / figure.RoundStep(1/low), figure.RoundStep(high)
}

func (f *Figure) panel(phase int, legend bool, names []string, members map[string][]int,
	data *figure.Table) (*Panel, error) {
	low, high := f.span(phase, members)
	p, err := NewPanel(phases[phase].title, phases[phase].unit, low, high)
	if err != nil {
		return nil, err
	}
	for n, name := range names {
		points, bare := f.points(phase, members[name], name, low, data)
		if err := p.AddBare(bare); err != nil {
			return nil, err
		}
		look := looks[n%len(looks)]
		s, err := p.Add(points, look.colour, look.glyph, 2)
		if err != nil {
			return nil, err
		}
		if legend {
			p.Parity.Legend.Add(name, s)
		}
	}
	return p, nil
}

// points are a group's, and its rooflines' that are not below what is drawn.
func (f *Figure) points(phase int, members []int, name string, low float64, data *figure.Table) (points,
	bare plotter.XYs) {
	for _, i := range members {
		at := phases[phase].point(&f.Predictions[i])
		points = append(points, at)
		sheet := ""
		if f.Roofline != nil {
			of := phases[phase].point(&f.Roofline[i])
			sheet = fmt.Sprintf("%.2f", of.Y)
			if of.Y >= low {
				bare = append(bare, of)
			}
		}
		data.Add(name, fmt.Sprint(f.Predictions[i].Row.Line), phases[phase].title, fmt.Sprintf("%.2f", at.X),
			fmt.Sprintf("%.2f", at.Y), sheet)
	}
	return points, bare
}
