package figure

import (
	"errors"
	"fmt"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outline calls draw with the path of each glyph of a text and how far right of the text's start it stands,
// as font.Face.Width measures. Paths have their own origin, so that a letter's path is the same wherever it
// is.
func outline(face font.Face, text string, draw func(x vg.Length, glyph vg.Path)) error {
	var buf sfnt.Buffer
	perEm := fixed.Int26_6(face.Face.UnitsPerEm())
	scale := face.Font.Size / vg.Length(perEm)
	var previous sfnt.GlyphIndex
	x := 0
	for i, r := range []rune(text) {
		glyph, err := face.Face.GlyphIndex(&buf, r)
		if err != nil {
			return fmt.Errorf("glyph %q: %w", r, err)
		}
		if i > 0 {
			kern, err := face.Face.Kern(&buf, previous, glyph, perEm, 0)
			if err != nil && !errors.Is(err, sfnt.ErrNotFound) {
				return err
			}
			x += int(kern)
		}
		segments, err := face.Face.LoadGlyph(&buf, glyph, perEm, nil)
		if err != nil {
			return fmt.Errorf("glyph %q: %w", r, err)
		}
		if len(segments) > 0 {
			draw(vg.Length(x)*scale, contours(segments, scale))
		}
		advance, err := face.Face.GlyphAdvance(&buf, glyph, perEm, 0)
		if err != nil {
			return err
		}
		x += int(advance)
		previous = glyph
	}
	return nil
}

// contours is a glyph's path. Quadratic curves become the same curves as cubics, the only ones that PDF has.
func contours(segments sfnt.Segments, scale vg.Length) vg.Path {
	var path vg.Path
	var last vg.Point
	place := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: vg.Length(vg.Length(p.X) * scale), Y: vg.Length(-vg.Length(p.Y) * scale)}
	}
	for i, s := range segments {
		end := place(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(end)
		case sfnt.SegmentOpLineTo:
			path.Line(end)
		case sfnt.SegmentOpQuadTo:
			control := end
			end = place(s.Args[1])
			path.CubeTo(twoThirds(last, control), twoThirds(end, control), end)
		case sfnt.SegmentOpCubeTo:
			end = place(s.Args[2])
			path.CubeTo(place(s.Args[0]), place(s.Args[1]), end)
		}
		last = end
	}
	path.Close()
	return path
}

// twoThirds is the point at two thirds of the way from a to b.
func twoThirds(a, b vg.Point) vg.Point {
	return vg.Point{X: a.X + vg.Length((b.X-a.X)*2/3), Y: a.Y + vg.Length((b.Y-a.Y)*2/3)}
}
