package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// ConcurrencyFigure draws how many sequences fit at once against the context of each, beside what the engine
// admits.
func ConcurrencyFigure(m *MemoryPlan) (*figure.Figure, error) {
	s := m.Scenario
	f := page("concurrency", planText(&s.Parallel)+"  ·  "+precisionText(&s.Precision), 640, 400)
	f.Title = fmt.Sprintf("%s on %d × %s", m.Parts.Model.Name, s.Hardware.GPUs, m.Parts.Device.Name)
	f.Data.Columns = []string{"context", "max_concurrent_sequences"}
	p := figure.NewPlot("Sequences at once", "tokens of each sequence", "sequences")
	f.Panels = [][]*plot.Plot{{p}}
	var points plotter.XYs
	for _, context := range m.contextGrid() {
		n := m.sequencesAt(context)
		f.Data.Add(fmt.Sprint(context), fmt.Sprint(n))
		if n > 0 {
			points = append(points, plotter.XY{X: float64(context), Y: float64(n)})
		}
	}
	if len(points) == 0 {
		p.Title.Text = "No sequence fits"
		return f, nil
	}
	line, err := figure.Line(points, figure.Blue)
	if err != nil {
		return nil, err
	}
	p.Add(line)
	p.Legend.Add("memory holds", line)
	admitted := float64(m.Parts.Limits.MaxNumSeqs * m.Parts.Plan.DP)
	if line, err = figure.Line(plotter.XYs{{X: points[0].X, Y: admitted},
		{X: float64(m.contexts()[len(m.contexts())-1]), Y: admitted}}, figure.Grey); err != nil {
		return nil, err
	}
	line.Dashes, line.Width = []vg.Length{5, 3}, vg.Points(1.1)
	p.Add(line)
	p.Legend.Add(s.Engine.Policy+" admits (max_num_seqs)", line)
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = figure.Log{}, figure.Log{}
	p.X.Padding, p.Y.Padding = 0, 0
	p.Y.Min, p.Y.Max = logRange(p.Y.Min, p.Y.Max*1.5)
	return f, nil
}

// eighths are the powers of 2 from 2^0 to 2^(7/8).
var eighths = [8]float64{1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096, math.Sqrt2,
	1.5422108254079408, 1.681792830507429, 1.8340080864093424}

// contextGrid are lengths from 256 tokens to the longest, eight for each doubling: multiples of a block.
func (m *MemoryPlan) contextGrid() []int {
	contexts := m.contexts()
	longest := contexts[len(contexts)-1]
	block := m.Parts.Memory.Layout.BlockTokens
	var grid []int
	for i := 0; ; i++ {
		context := int(math.Ldexp(eighths[i%8], 8+i/8)) / block * block
		if context >= longest {
			return append(grid, longest)
		}
		if len(grid) == 0 || context > grid[len(grid)-1] {
			grid = append(grid, max(context, 1))
		}
	}
}
