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

// Figure draws mean TPOT and mean TTFT of predictions against what was measured, a colour for each group of
// rows.
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

// phases are the two panels.
var phases = []struct {
	title string
	point func(p *fidelity.Prediction) plotter.XY
}{
	{"time per output token (TPOT)", func(p *fidelity.Prediction) plotter.XY { return plotter.XY{X: p.Row.MeasuredTPOTMS, Y: p.TPOTMS} }},
	{"time to first token (TTFT)", func(p *fidelity.Prediction) plotter.XY { return plotter.XY{X: p.Row.MeasuredTTFTMS, Y: p.TTFTMS} }},
}

// Draw makes the figure.
func (f *Figure) Draw() (*figure.Figure, error) {
	drawn := &figure.Figure{Name: f.Name, Title: f.Title, Note: f.Note, Width: vg.Points(760),
		Height: vg.Points(400),
		Data:   figure.Table{Columns: []string{"group", "line", "phase", "measured_ms", "predicted_ms", "roofline_ms"}}}
	var panels []*plot.Plot
	for i := range phases {
		p, err := f.panel(i, &drawn.Data)
		if err != nil {
			return nil, err
		}
		panels = append(panels, p)
	}
	drawn.Panels = [][]*plot.Plot{panels}
	return drawn, nil
}

// groups are the names of the groups, in the order of their first rows, and the indices of their predictions
// that have a measurement.
func (f *Figure) groups(phase int) (names []string, members map[string][]int) {
	members = map[string][]int{}
	for i := range f.Predictions {
		p := &f.Predictions[i]
		if at := phases[phase].point(p); p.Skipped != "" || math.IsNaN(at.X) || !(at.Y > 0) {
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

// decades are the powers of ten around what groups measured and predicted.
func (f *Figure) decades(phase int, members map[string][]int) (low, high float64) {
	low, high = math.Inf(1), 0
	for _, list := range members {
		for _, i := range list {
			at := phases[phase].point(&f.Predictions[i])
			low, high = math.Min(low, math.Min(at.X, at.Y)), math.Max(high, math.Max(at.X, at.Y))
		}
	}
	if high == 0 {
		return 1, 10
	}
	return math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
}

func (f *Figure) panel(phase int, data *figure.Table) (*plot.Plot, error) {
	names, members := f.groups(phase)
	low, high := f.decades(phase, members)
	p, err := Panel(phases[phase].title, low, high)
	if err != nil {
		return nil, err
	}
	for n, name := range names {
		points, bare := f.points(phase, members[name], name, low, data)
		if _, err := Add(p, bare, figure.Grey, draw.CrossGlyph{}, 1.4); err != nil {
			return nil, err
		}
		look := looks[n%len(looks)]
		s, err := Add(p, points, look.colour, look.glyph, 2)
		if err != nil {
			return nil, err
		}
		if phase == 0 {
			p.Legend.Add(name, s)
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
