package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"golang.org/x/image/font/sfnt"
)

// file is a PDF file in the making. Objects are numbered from 1, in any order.
type file struct {
	bytes.Buffer
	starts []int // of the objects, by number less one; 0 before an object is written
}

// reserve is the number of an object that is written later.
func (f *file) reserve() int {
	f.starts = append(f.starts, 0)
	return len(f.starts)
}

// object writes an object.
func (f *file) object(number int, format string, values ...any) {
	f.starts[number-1] = f.Len()
	fmt.Fprintf(f, "%d 0 obj\n"+format+"\nendobj\n", append([]any{number}, values...)...)
}

// stream writes a compressed stream with further entries of its dictionary.
func (f *file) stream(number int, entries string, content []byte) error {
	var packed bytes.Buffer
	packer := zlib.NewWriter(&packed)
	if _, err := packer.Write(content); err != nil {
		return err
	}
	if err := packer.Close(); err != nil {
		return err
	}
	f.object(number, "<</Length %d/Filter/FlateDecode%s>>\nstream\n%s\nendstream",
		packed.Len(), entries, packed.Bytes())
	return nil
}

// WriteTo implements io.WriterTo: the page as a file, which is the same whenever it is written.
func (c *Canvas) WriteTo(w io.Writer) (int64, error) {
	f := &file{}
	f.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	catalogue, pages, page, content := f.reserve(), f.reserve(), f.reserve(), f.reserve()
	fonts := make([]string, len(c.fonts))
	for i, t := range c.fonts {
		number := f.reserve()
		if err := f.font(number, t); err != nil {
			return 0, err
		}
		fonts[i] = fmt.Sprintf("/F%d %d 0 R", i, number)
	}
	states := make([]string, len(c.alphas))
	for i, a := range c.alphas {
		opacity := number(float64(a)/0xFF, 4)
		states[i] = fmt.Sprintf("/A%d<</ca %s/CA %s>>", i, opacity, opacity)
	}
	f.object(catalogue, "<</Type/Catalog/Pages %d 0 R>>", pages)
	f.object(pages, "<</Type/Pages/Kids[%d 0 R]/Count 1>>", page)
	f.object(page, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R"+
		"/Resources<</Font<<%s>>/ExtGState<<%s>>>>>>", pages, number(c.width, 3), number(c.height, 3), content,
		strings.Join(fonts, ""), strings.Join(states, ""))
	if err := f.stream(content, "", []byte(c.content.String())); err != nil {
		return 0, err
	}
	f.end(catalogue)
	return f.Buffer.WriteTo(w)
}

// end writes where the objects are.
func (f *file) end(catalogue int) {
	start := f.Len()
	fmt.Fprintf(f, "xref\n0 %d\n0000000000 65535 f \n", len(f.starts)+1)
	for _, at := range f.starts {
		fmt.Fprintf(f, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(f, "trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(f.starts)+1, catalogue, start)
}

// font writes a font whose characters are numbers of glyphs: the font's own, what each glyph stands for, and
// the glyphs that are shown.
func (f *file) font(number int, t *typeface) error {
	embedded, err := t.file()
	if err != nil {
		return err
	}
	descendant, descriptor, program, unicode := f.reserve(), f.reserve(), f.reserve(), f.reserve()
	name := tag(t.shown()) + "+" + strings.ReplaceAll(t.name, " ", "")
	metrics, err := t.font.Metrics(&t.buf, perMille, 0)
	if err != nil {
		return err
	}
	box, err := t.font.Bounds(&t.buf, perMille, 0)
	if err != nil {
		return err
	}
	var widths strings.Builder
	for _, glyph := range t.shown() {
		fmt.Fprintf(&widths, "%d[%d]", glyph, t.width(glyph))
	}
	f.object(number, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]"+
		"/ToUnicode %d 0 R>>", name, descendant, unicode)
	f.object(descendant, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)"+
		"/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/W[%s]>>",
		name, descriptor, widths.String())
	const symbolic = 4 // glyphs are found by number alone
	// Package sfnt counts heights downwards, PDF upwards.
	f.object(descriptor, "<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle 0"+
		"/Ascent %d/Descent %d/CapHeight %d/StemV 0/FontFile2 %d 0 R>>", name, symbolic, box.Min.X, -box.Max.Y,
		box.Max.X, -box.Min.Y, metrics.Ascent, -metrics.Descent, metrics.CapHeight, program)
	if err := f.stream(program, fmt.Sprintf("/Length1 %d", len(embedded)), embedded); err != nil {
		return err
	}
	return f.stream(unicode, "", t.meaning())
}

// tag marks the font's name as that of a subset: six letters that tell it from other subsets.
func tag(shown []sfnt.GlyphIndex) string {
	var key []byte
	for _, glyph := range shown {
		key = binary.BigEndian.AppendUint16(key, uint16(glyph))
	}
	letters, sum := make([]byte, 6), checksum(key)
	for i := range letters {
		letters[i] = 'A' + byte(sum%26)
		sum /= 26
	}
	return string(letters)
}
