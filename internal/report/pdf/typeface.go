package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
)

// typeface is a font of the page and what the page shows of it.
type typeface struct {
	font *opentype.Font
	name string
	text map[sfnt.GlyphIndex]rune // what each glyph shown stands for
	buf  sfnt.Buffer
}

// typeset returns the number of a text's font and the text as TJ shows it: glyphs, and between them by how
// much a pair stands closer, in thousandths of the size, so that a text is as wide as font.Face.Width says.
func (c *Canvas) typeset(face font.Face, text string) (number int, shown string) {
	number = slices.IndexFunc(c.fonts, func(t *typeface) bool { return t.font == face.Face })
	if number < 0 {
		number = len(c.fonts)
		c.fonts = append(c.fonts, &typeface{font: face.Face, name: face.Name(), text: map[sfnt.GlyphIndex]rune{}})
	}
	t := c.fonts[number]
	var b strings.Builder
	var previous sfnt.GlyphIndex
	b.WriteByte('<')
	for i, r := range []rune(text) {
		glyph := t.glyph(r)
		if i > 0 {
			if kern := t.kern(previous, glyph); kern != 0 {
				fmt.Fprintf(&b, ">%d<", -kern)
			}
		}
		fmt.Fprintf(&b, "%04X", int(glyph))
		previous = glyph
	}
	b.WriteByte('>')
	return number, b.String()
}

// glyph is that of a character, which the page then shows.
func (t *typeface) glyph(r rune) sfnt.GlyphIndex {
	glyph, err := t.font.GlyphIndex(&t.buf, r)
	if err != nil {
		panic(err)
	}
	if _, known := t.text[glyph]; !known {
		t.text[glyph] = r
	}
	return glyph
}

// perMille is the size at which a font's units are thousandths of it.
const perMille = fixed.Int26_6(1000)

// kern is by how much two glyphs stand apart beyond their widths, in thousandths of the size.
func (t *typeface) kern(left, right sfnt.GlyphIndex) int {
	kern, err := t.font.Kern(&t.buf, left, right, perMille, 0)
	if err != nil && !errors.Is(err, sfnt.ErrNotFound) {
		panic(err)
	}
	return int(kern)
}

// width is a glyph's, in thousandths of the size.
func (t *typeface) width(glyph sfnt.GlyphIndex) int {
	width, err := t.font.GlyphAdvance(&t.buf, glyph, perMille, 0)
	if err != nil {
		panic(err)
	}
	return int(width)
}

// shown are the glyphs that the page shows, in their order.
func (t *typeface) shown() []sfnt.GlyphIndex {
	var list []sfnt.GlyphIndex
	for glyph := range t.text {
		list = append(list, glyph)
	}
	slices.Sort(list)
	return list
}

// file is the font with the glyphs that the page shows.
func (t *typeface) file() ([]byte, error) {
	var source bytes.Buffer
	if _, err := t.font.WriteSourceTo(&t.buf, &source); err != nil {
		return nil, err
	}
	return subset(source.Bytes(), t.shown())
}
