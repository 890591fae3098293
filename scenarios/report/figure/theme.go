package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Theme holds the colours and sizes of a figure.
type Theme struct {
	Background color.Color
	Ink        color.Color // titles and tick labels
	Muted      color.Color // axis labels and notes
	Grid       color.Color
}

// Palette is Okabe and Ito's set of colours that stay apart under every common colour blindness (Color Universal
// Design, 2008; the values as in B. Wong, Nature Methods 8:441, 2011), the strongest on white first and without the
// yellow, which white swallows.
var Palette = [...]color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
	{0x00, 0x9E, 0x73, 0xFF}, // green
	{0xCC, 0x79, 0xA7, 0xFF}, // purple
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x56, 0xB4, 0xE9, 0xFF}, // sky
	{0x55, 0x55, 0x55, 0xFF}, // grey, for black
}

// Names of the palette's colours.
const (
	Blue = iota
	Vermilion
	Green
	Purple
	Orange
	Sky
	Grey
)

// Color is the palette's colour number i, starting again after the last.
func Color(i int) color.NRGBA { return Palette[i%len(Palette)] }

// Light is the theme for paper and bright screens.
func Light() Theme {
	return Theme{
		Background: color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF},
		Ink:        color.NRGBA{0x22, 0x22, 0x22, 0xFF},
		Muted:      color.NRGBA{0x55, 0x55, 0x55, 0xFF},
		Grid:       color.NRGBA{0xE6, 0xE6, 0xE6, 0xFF},
	}
}

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

// NewPlot is an empty panel in the theme's style: a light grid, no box, labels in muted ink.
func (t Theme) NewPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = t.Background
	p.Title.Text = title
	p.Title.Padding = vg.Points(6)
	p.Title.TextStyle.Font = sans(panelSize, bold)
	p.Title.TextStyle.Color = t.Ink
	p.Legend.TextStyle.Font = sans(legendSize, font.Font{})
	p.Legend.TextStyle.Color = t.Ink
	p.Legend.Top = true
	p.Legend.ThumbnailWidth = vg.Points(14)
	p.Legend.Padding = vg.Points(2)
	t.axis(&p.X, x)
	t.axis(&p.Y, y)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = t.Grid, t.Grid
	grid.Vertical.Width, grid.Horizontal.Width = vg.Points(0.6), vg.Points(0.6)
	p.Add(grid)
	return p
}

func (t Theme) axis(a *plot.Axis, label string) {
	a.Label.Text = label
	a.Label.Padding = vg.Points(3)
	a.Label.TextStyle.Font = sans(labelSize, font.Font{})
	a.Label.TextStyle.Color = t.Muted
	a.Tick.Label.Font = sans(tickSize, font.Font{})
	a.Tick.Label.Color = t.Ink
	a.Tick.LineStyle.Color = t.Grid
	a.Tick.Length = vg.Points(3)
	a.LineStyle.Color = t.Muted
	a.LineStyle.Width = vg.Points(0.6)
	a.Tick.Marker = Linear{}
}

// Line is a data line in the palette's colour number i.
func Line(points plotter.XYs, i int) (*plotter.Line, error) {
	l, err := plotter.NewLine(points)
	if err != nil {
		return nil, err
	}
	l.Color = Color(i)
	l.Width = LineWidth
	return l, nil
}

// Steps is a line that holds each value until the next.
func Steps(points plotter.XYs, i int) (*plotter.Line, error) {
	l, err := Line(points, i)
	if err != nil {
		return nil, err
	}
	l.StepStyle = plotter.PostStep
	l.Width = vg.Points(1.1)
	return l, nil
}

// Area is Steps with a light fill down to zero.
func Area(points plotter.XYs, i int) (*plotter.Line, error) {
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

// Note is the style of small text beside data.
func (t Theme) Note() draw.TextStyle {
	style := plot.New().Title.TextStyle
	style.Font = sans(legendSize, font.Font{})
	style.Color = t.Ink
	style.XAlign = draw.XLeft
	return style
}
