package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Label names a point of a panel.
type Label struct {
	At     plotter.XY
	Radius vg.Length // of the point's marker, which no label may cover
	Text   string    // empty: the point has no name
	Color  color.Color
	// Above writes the text right above its point and ending at it, or further left: what names a level line
	// to that point.
	Above bool
}

// Labels writes names beside points so that no two overlap and none covers a point: each takes the nearest
// free place around its point, with a thin line back to it where that is not beside it. Earlier labels choose
// first; one that finds no place is left out. It is a plot.Plotter; add it after the data.
type Labels []Label

// Plot implements plot.Plotter.
func (l Labels) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(label *Label) vg.Point { return vg.Point{X: x(label.At.X), Y: y(label.At.Y)} }
	boxes := make([]vg.Rectangle, len(l))
	var taken []vg.Rectangle
	for i := range l {
		label := &l[i]
		point := at(label)
		taken = append(taken, around(point, label.Radius, label.Radius))
		if label.Above {
			boxes[i] = above(point, label.size(), taken)
			taken = append(taken, boxes[i])
		}
	}
	for i := range l {
		label := &l[i]
		if label.Text == "" || label.Above {
			continue
		}
		if box, ok := place(at(label), label.Radius, label.size().Scale(0.5), taken, c.Rectangle); ok {
			boxes[i] = box
			taken = append(taken, box)
			label.pointTo(c, at(label), box)
		}
	}
	for i, box := range boxes { // after all lines, so that none crosses a name
		if box != (vg.Rectangle{}) {
			l[i].write(c, box)
		}
	}
}

func (l *Label) size() vg.Point {
	style := Note()
	return vg.Point{X: style.Width(l.Text) + 3, Y: style.Height(l.Text) + 1}
}

// pointTo draws a line from a point to the label's box, unless they lie side by side.
func (l *Label) pointTo(c draw.Canvas, at vg.Point, box vg.Rectangle) {
	nearest := vg.Point{X: min(max(at.X, box.Min.X), box.Max.X), Y: min(max(at.Y, box.Min.Y), box.Max.Y)}
	if away := at.Sub(nearest); math.Hypot(float64(away.X), float64(away.Y)) > float64(l.Radius+maxGap) {
		c.StrokeLine2(draw.LineStyle{Color: l.Color, Width: vg.Points(0.5)}, at.X, at.Y, nearest.X, nearest.Y)
	}
}

// write writes the label into its box, on the figure's ground, through which a line below is still seen, but
// makes no text illegible.
func (l *Label) write(c draw.Canvas, box vg.Rectangle) {
	ground := ink.Background
	ground.A = 0xC0
	c.SetColor(ground)
	c.Fill(box.Path())
	style := Note()
	style.Color, style.XAlign, style.YAlign = l.Color, draw.XCenter, draw.YCenter
	c.FillText(style, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}, l.Text)
}

// above is the free box that ends nearest to the left of a point, right above it.
func above(point, size vg.Point, taken []vg.Rectangle) vg.Rectangle {
	box := vg.Rectangle{Min: vg.Point{X: point.X - size.X, Y: point.Y + 1},
		Max: vg.Point{X: point.X, Y: point.Y + 1 + size.Y}}
	for step := (vg.Point{X: 4}); !free(box, taken); {
		box = vg.Rectangle{Min: box.Min.Sub(step), Max: box.Max.Sub(step)}
	}
	return box
}

// maxGap is how far from its point a label stands without a line back to it.
const maxGap = vg.Length(7)

// place finds the free box of a half size that is nearest to a marker, within a frame.
func place(at vg.Point, radius vg.Length, half vg.Point, taken []vg.Rectangle,
	frame vg.Rectangle) (vg.Rectangle, bool) {
	const directions = 16
	for gap := vg.Length(1); gap < 150; gap += 4 {
		for n := range directions {
			// Beside the point first: to the right, then turning to both sides by turns.
			turn := float64((n+1)/2) * 2 * math.Pi / directions
			if n%2 == 1 {
				turn = -turn
			}
			cos, sin := vg.Length(math.Cos(turn)), vg.Length(math.Sin(turn))
			center := vg.Point{X: at.X + vg.Length(cos*(half.X+radius+gap)),
				Y: at.Y + vg.Length(sin*(half.Y+radius+gap))}
			box := around(center, half.X, half.Y)
			if inside(box, frame) && free(box, taken) {
				return box, true
			}
		}
	}
	return vg.Rectangle{}, false
}

func around(center vg.Point, halfWidth, halfHeight vg.Length) vg.Rectangle {
	half := vg.Point{X: halfWidth, Y: halfHeight}
	return vg.Rectangle{Min: center.Sub(half), Max: center.Add(half)}
}

func inside(box, frame vg.Rectangle) bool {
	return box.Min.X >= frame.Min.X && box.Max.X <= frame.Max.X && box.Min.Y >= frame.Min.Y &&
		box.Max.Y <= frame.Max.Y
}

func free(box vg.Rectangle, taken []vg.Rectangle) bool {
	for _, other := range taken {
		if box.Min.X < other.Max.X && other.Min.X < box.Max.X && box.Min.Y < other.Max.Y &&
			other.Min.Y < box.Max.Y {
			return false
		}
	}
	return true
}
