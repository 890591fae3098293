package figure

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Hint says what lies at a point of a panel. Pages show it where the pointer is; files leave it out.
type Hint struct {
	At   plotter.XY
	Text string
}

// Hints are hints of a panel's points. It is a plot.Plotter that draws nothing; add it after the data.
type Hints []Hint

// Plot implements plot.Plotter.
func (h Hints) Plot(c draw.Canvas, p *plot.Plot) {
	said, ok := hearer(c)
	if !ok {
		return
	}
	x, y := p.Transforms(&c)
	for _, hint := range h {
		at := vg.Point{X: x(hint.At.X), Y: y(hint.At.Y)}
		said.add(around(at, hintRadius, hintRadius), hint.Text)
	}
}

// hintRadius is how near to a point the pointer is at it.
const hintRadius = vg.Length(6)

// sayings are hints by where they are shown.
type sayings []saying

type saying struct {
	box  vg.Rectangle
	text string
}

// add says something of a box; of one that has something said already, beside that.
func (s *sayings) add(box vg.Rectangle, text string) {
	i := slices.IndexFunc(*s, func(p saying) bool { return p.box == box })
	if i < 0 {
		*s = append(*s, saying{box, text})
	} else if text != (*s)[i].text {
		(*s)[i].text += "\n" + text
	}
}

// hearer is where a canvas, or the one that it is a part of, collects hints; only that of a page does.
func hearer(c draw.Canvas) (*sayings, bool) {
	for {
		switch whole := c.Canvas.(type) {
		case draw.Canvas:
			c = whole
		case recolored:
			return whole.hints, whole.hints != nil
		default:
			return nil, false
		}
	}
}

// elements writes the hints as SVG elements that are as good as invisible, in a drawing of a height.
func (s sayings) elements(height vg.Length) string {
	var b strings.Builder
	for _, p := range s {
		fmt.Fprintf(&b, `<rect class="value" x="%.5g" y="%.5g" width="%.4g" height="%.4g"><title>%s</title></rect>`+"\n",
			p.box.Min.X.Points(), (height - p.box.Max.Y).Points(), p.box.Size().X.Points(), p.box.Size().Y.Points(),
			html.EscapeString(p.text))
	}
	return b.String()
}

// DataLine is a data line of which pages say every value.
type DataLine struct {
	*plotter.Line
	Name string // of the series, where a panel has several
}

// Plot implements plot.Plotter.
func (s *DataLine) Plot(c draw.Canvas, p *plot.Plot) {
	s.Line.Plot(c, p)
	if said, ok := hearer(c); ok {
		s.say(said, c, p)
	}
}

// say says the value at each point; of a line that holds a value until the next, all over the time that it
// holds.
func (s *DataLine) say(said *sayings, c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, at := range s.XYs {
		text := s.Name
		if text != "" {
			text += ": "
		}
		text += reading(&p.Y, at.Y) + "\n" + reading(&p.X, at.X)
		point := vg.Point{X: x(at.X), Y: y(at.Y)}
		switch {
		case !c.ContainsX(point.X) || !c.ContainsY(point.Y):
		case s.StepStyle != plotter.PostStep:
			said.add(around(point, hintRadius, hintRadius), text)
		case i+1 < len(s.XYs):
			said.add(vg.Rectangle{Min: vg.Point{X: point.X, Y: c.Min.Y},
				Max: vg.Point{X: min(x(s.XYs[i+1].X), c.Max.X), Y: c.Max.Y}}, text)
		}
	}
}

// reading is a value on an axis, named as the axis is: "context: 4,096 tokens" on one of "context (tokens)".
func reading(a *plot.Axis, v float64) string {
	text := Value(v)
	if linear, ok := a.Tick.Marker.(Linear); ok && linear.Percent {
		text = Value(100*v) + "%"
	}
	name, unit, found := strings.Cut(strings.TrimSuffix(a.Label.Text, ")"), " (")
	if !found {
		return strings.TrimSpace(text + " " + a.Label.Text)
	}
	return name + ": " + text + " " + unit
}
