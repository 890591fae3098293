package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf16"

	"golang.org/x/image/font/sfnt"
)

// Head and end of a table of what glyphs stand for (ISO 32000-1, 9.10.3).
const (
	meaningHead = `/CIDInit/ProcSet findresource begin
12 dict begin
begincmap
/CMapType 2 def
/CMapName/Meaning def
1 begincodespacerange
<0000><FFFF>
endcodespacerange
`
	meaningEnd = `endcmap
CMapName currentdict/CMap defineresource pop
end
end
`
)

// meaning is the table of what the glyphs shown stand for, in portions of a hundred, the most that one may
// have.
func (t *typeface) meaning() []byte {
	var b bytes.Buffer
	b.WriteString(meaningHead)
	for portion := range slices.Chunk(t.shown(), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(portion))
		for _, glyph := range portion {
			fmt.Fprintf(&b, "<%04X><%s>\n", int(glyph), t.utf16(glyph))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString(meaningEnd)
	return b.Bytes()
}

func (t *typeface) utf16(glyph sfnt.GlyphIndex) string {
	text := ""
	for _, unit := range utf16.Encode([]rune{t.text[glyph]}) {
		text += fmt.Sprintf("%04X", unit)
	}
	return text
}
