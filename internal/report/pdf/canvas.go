package pdf

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Canvas is a page; it implements vg.CanvasSizer and io.WriterTo. Its units are points, and its origin is the
// lower left corner, as PDF has them.
type Canvas struct {
	width, height vg.Length
	content       strings.Builder
	state         state
	saved         []state
	fonts         []*typeface
	alphas        []uint8 // of which the page has a graphics state each, by number
}

// state is what Push saves and Pop restores.
type state struct {
	lineWidth vg.Length
	color     color.NRGBA
}

// New is an empty page of a size in points.
func New(width, height vg.Length) *Canvas {
	return &Canvas{width: width, height: height, state: state{lineWidth: 1, color: color.NRGBA{A: 0xFF}}}
}

// Size implements vg.CanvasSizer.
func (c *Canvas) Size() (width, height vg.Length) { return c.width, c.height }

// put writes an operator with its operands.
func (c *Canvas) put(format string, operands ...any) {
	fmt.Fprintf(&c.content, format+"\n", operands...)
}

// number writes a length, or a matrix's entry, without digits that nobody sees.
func number[T ~float64](x T, digits int) string {
	text := fmt.Sprintf("%.*f", digits, float64(x))
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// place writes a point.
func place(p vg.Point) string { return number(p.X, 3) + " " + number(p.Y, 3) }

// SetLineWidth implements vg.Canvas.
func (c *Canvas) SetLineWidth(width vg.Length) {
	c.state.lineWidth = width
	c.put("%s w", number(width, 3))
}

// SetLineDash implements vg.Canvas.
func (c *Canvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	var lengths []string
	for _, length := range pattern {
		lengths = append(lengths, number(length, 3))
	}
	c.put("[%s] %s d", strings.Join(lengths, " "), number(offset, 3))
}

// SetColor implements vg.Canvas.
func (c *Canvas) SetColor(asked color.Color) {
	if asked == nil {
		asked = color.Black
	}
	own := color.NRGBAModel.Convert(asked).(color.NRGBA)
	if own == c.state.color {
		return
	}
	if own.A != c.state.color.A {
		c.put("/A%d gs", c.alpha(own.A))
	}
	c.state.color = own
	channel := func(v uint8) string { return number(float64(v)/0xFF, 4) }
	text := channel(own.R) + " " + channel(own.G) + " " + channel(own.B)
	c.put("%s rg %s RG", text, text)
}

// alpha is the number of the graphics state with an opacity.
func (c *Canvas) alpha(a uint8) int {
	for i, known := range c.alphas {
		if known == a {
			return i
		}
	}
	c.alphas = append(c.alphas, a)
	return len(c.alphas) - 1
}

// Rotate implements vg.Canvas.
func (c *Canvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	c.put("%s %s %s %s 0 0 cm", number(cos, 5), number(sin, 5), number(-sin, 5), number(cos, 5))
}

// Translate implements vg.Canvas.
func (c *Canvas) Translate(by vg.Point) { c.put("1 0 0 1 %s cm", place(by)) }

// Scale implements vg.Canvas.
func (c *Canvas) Scale(x, y float64) { c.put("%s 0 0 %s 0 0 cm", number(x, 5), number(y, 5)) }

// Push implements vg.Canvas.
func (c *Canvas) Push() {
	c.saved = append(c.saved, c.state)
	c.put("q")
}

// Pop implements vg.Canvas.
func (c *Canvas) Pop() {
	last := len(c.saved) - 1
	c.state, c.saved = c.saved[last], c.saved[:last]
	c.put("Q")
}

// Stroke implements vg.Canvas.
func (c *Canvas) Stroke(p vg.Path) {
	if c.state.lineWidth > 0 {
		c.path(p)
		c.put("S")
	}
}

// Fill implements vg.Canvas.
func (c *Canvas) Fill(p vg.Path) {
	c.path(p)
	c.put("f")
}

// DrawImage is asked for by vg.Canvas. No figure has a raster in it.
func (c *Canvas) DrawImage(vg.Rectangle, image.Image) { panic("pdf: a figure with a raster image") }

// FillString implements vg.Canvas. Like other canvases it panics where a font is none.
func (c *Canvas) FillString(face font.Face, at vg.Point, text string) {
	if face.Font.Size == 0 || text == "" {
		return
	}
	number, shown := c.typeset(face, text)
	c.put("BT /F%d %s Tf %s Td [%s] TJ ET", number, sized(face.Font.Size), place(at), shown)
}

func sized(size vg.Length) string { return number(size, 3) }
