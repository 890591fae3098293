package figure

import "gonum.org/v1/plot/vg/draw"

// marks tell series apart where colours do not, as in print: each has a filled form and an open one.
var marks = []struct{ filled, open draw.GlyphDrawer }{
	{draw.CircleGlyph{}, draw.RingGlyph{}},
	{draw.BoxGlyph{}, draw.SquareGlyph{}},
	{draw.PyramidGlyph{}, draw.TriangleGlyph{}},
}

// Filled is the mark of the series with colour number i.
func Filled(i int) draw.GlyphDrawer { return marks[i%len(marks)].filled }

// Open is its mark where something is not as it should be.
func Open(i int) draw.GlyphDrawer { return marks[i%len(marks)].open }
