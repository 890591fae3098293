package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// KeyEntry explains one colour of a figure.
type KeyEntry struct {
	Label string
	Color int  // of the palette
	Mark  bool // whether it is the series' mark that tells it, and not an area
}

// Sizes of a key, in points.
const (
	swatch  = vg.Length(9)
	keyGap  = vg.Length(14) // between entries
	keyLine = vg.Length(legendSize * 1.6)
)

// drawKey writes the entries in a row, in several rows where they are too wide, and returns the height that
// it takes. A key above the panels never covers data, as a legend in a panel may.
func drawKey(dc draw.Canvas, at vg.Point, key []KeyEntry) vg.Length {
	if len(key) == 0 {
		return 0
	}
	style := Note()
	style.YAlign = draw.YCenter
	style.Font.Size = legendSize
	x, y := at.X, at.Y-keyLine/2
	for _, e := range key {
		width := swatch + 4 + style.Width(e.Label)
		if x > at.X && x+width > dc.Max.X-margin {
			x, y = at.X, y-keyLine
		}
		box := vg.Rectangle{Min: vg.Point{X: x, Y: y - swatch/2}, Max: vg.Point{X: x + swatch, Y: y + swatch/2}}
		if e.Mark {
			style := draw.GlyphStyle{Color: Color(e.Color), Radius: swatch * 0.4, Shape: Filled(e.Color)}
			dc.DrawGlyph(style, vg.Point{X: x + swatch/2, Y: y})
		} else {
			dc.SetColor(Color(e.Color))
			dc.Fill(box.Path())
		}
		dc.FillText(style, vg.Point{X: x + swatch + 4, Y: y}, e.Label)
		x += width + keyGap
	}
	return at.Y - y + keyLine/2
}
