package figure

import (
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bold is the weight of titles.
var bold = font.Font{Weight: xfont.WeightBold}

// Type sizes, in points.
const (
	titleSize  = 14
	noteSize   = 9.5
	panelSize  = 11
	labelSize  = 9.5
	tickSize   = 9
	legendSize = 9
)

// LineWidth is the width of a data line.
const LineWidth = vg.Length(1.6)

func sans(size vg.Length, weight font.Font) font.Font {
	weight.Typeface, weight.Variant, weight.Size = "Liberation", "Sans", size
	return weight
}

// NewPlot is an empty panel in the house's style: a light grid, no box, labels in muted ink.
func NewPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = ink.Background
	p.Title.Text = title
	p.Title.Padding = vg.Points(6)
	p.Title.TextStyle.Font = sans(panelSize, bold)
	p.Title.TextStyle.Color = ink.Ink
	p.Legend.TextStyle.Font = sans(legendSize, font.Font{})
	p.Legend.TextStyle.Color = ink.Ink
	p.Legend.Top = true
	p.Legend.ThumbnailWidth = vg.Points(14)
	p.Legend.Padding = vg.Points(2)
	axis(&p.X, x)
	axis(&p.Y, y)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = ink.Grid, ink.Grid
	grid.Vertical.Width, grid.Horizontal.Width = vg.Points(0.6), vg.Points(0.6)
	p.Add(grid)
	return p
}

func axis(a *plot.Axis, label string) {
	a.Label.Text = label
	a.Label.Padding = vg.Points(3)
	a.Label.TextStyle.Font = sans(labelSize, font.Font{})
	a.Label.TextStyle.Color = ink.Muted
	a.Tick.Label.Font = sans(tickSize, font.Font{})
	a.Tick.Label.Color = ink.Ink
	a.Tick.LineStyle.Color = ink.Grid
	a.Tick.Length = vg.Points(3)
	a.LineStyle.Color = ink.Muted
	a.LineStyle.Width = vg.Points(0.6)
	a.Tick.Marker = Linear{}
}

// Line is a data line in the palette's colour number i.
func Line(points plotter.XYs, i int) (*DataLine, error) {
	l, err := plotter.NewLine(points)
	if err != nil {
		return nil, err
	}
	l.Color = Color(i)
	l.Width = LineWidth
	return &DataLine{Line: l}, nil
}

// Steps is a line that holds each value until the next.
func Steps(points plotter.XYs, i int) (*DataLine, error) {
	l, err := Line(points, i)
	if err != nil {
		return nil, err
	}
	l.StepStyle = plotter.PostStep
	l.Width = vg.Points(1.1)
	return l, nil
}

// Area is Steps with a light fill down to zero.
func Area(points plotter.XYs, i int) (*DataLine, error) {
	l, err := Steps(points, i)
	if err != nil {
		return nil, err
	}
	fill := Color(i)
	fill.A = 0x2A
	l.FillColor = fill
	return l, nil
}

// FromZero makes a vertical axis start at zero and leaves air above the data.
func FromZero(p *plot.Plot) {
	p.Y.Min = 0
	if p.Y.Max <= 0 {
		p.Y.Max = 1
	}
	p.Y.Max *= 1.08
	p.X.Padding, p.Y.Padding = 0, 0
}

// Whisker is the line of an interval on a bar.
func Whisker() draw.LineStyle { return draw.LineStyle{Color: ink.Ink, Width: vg.Points(1.2)} }

// Note is the style of small text beside data.
func Note() draw.TextStyle {
	style := plot.New().Title.TextStyle
	style.Font = sans(legendSize, font.Font{})
	style.Color = ink.Ink
	style.XAlign = draw.XLeft
	return style
}
