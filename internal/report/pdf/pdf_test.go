package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image/color"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// faces are a font of the house in two weights.
func faces(t *testing.T) (regular, bold font.Face) {
	t.Helper()
	style := plot.New().Title.TextStyle
	style.Font.Typeface, style.Font.Variant, style.Font.Size = "Liberation", "Sans", 10
	heavy := style.Font
	heavy.Weight = xfont.WeightBold
	return font.DefaultCache.Lookup(style.Font, 10), font.DefaultCache.Lookup(heavy, 10)
}

// written is a page as a file, and its streams as they are when unpacked.
func written(t *testing.T, c *Canvas) (file string, streams []string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?s)<</Length (\d+)[^\n]*>>\nstream\n`).FindAllStringSubmatchIndex(b.String(), -1) {
		size, _ := strconv.Atoi(b.String()[m[2]:m[3]])
		packed, err := zlib.NewReader(strings.NewReader(b.String()[m[1] : m[1]+size]))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(packed)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, string(text))
	}
	return b.String(), streams
}

// TestTextIsText: what the page shows is found again through the fonts' tables of what glyphs stand for.
func TestTextIsText(t *testing.T) {
	regular, _ := faces(t)
	c := New(300, 100)
	const text = "AVATAR 12 ms × µ – ≤"
	c.FillString(regular, vg.Point{X: 10, Y: 20}, text)
	_, streams := written(t, c)
	stands := map[string]string{}
	content := ""
	for _, s := range streams {
		for _, m := range regexp.MustCompile(`<([0-9A-F]{4})><([0-9A-F]{4})>\n`).FindAllStringSubmatch(s, -1) {
			code, _ := strconv.ParseUint(m[2], 16, 32)
			stands[m[1]] = string(rune(code))
		}
		if strings.Contains(s, "TJ ET") {
			content = s
		}
	}
	got := ""
	for _, m := range regexp.MustCompile(`<([0-9A-F]*)>`).FindAllStringSubmatch(content, -1) {
		for i := 0; i < len(m[1]); i += 4 {
			got += stands[m[1][i:i+4]]
		}
	}
	if got != text {
		t.Errorf("the page says %q in %s", got, content)
	}
}

// TestTextIsAsWideAsMeasured: glyphs and what pairs stand closer add up to what plots lay texts out by.
func TestTextIsAsWideAsMeasured(t *testing.T) {
	for _, text := range []string{"AVATAR 12", "ms × µ"} {
		regular, _ := faces(t)
		c := New(300, 100)
		number, shown := c.typeset(regular, text)
		face, width := c.fonts[number], 0
		for _, r := range text {
			width += face.width(face.glyph(r))
		}
		for _, m := range regexp.MustCompile(`>(-?\d+)<`).FindAllStringSubmatch(shown, -1) {
			closer, _ := strconv.Atoi(m[1])
			width -= closer
		}
		if got, want := float64(width)/100, regular.Width(text).Points(); math.Abs(got-want) > 0.06 {
			t.Errorf("%q is %v wide, want %v", text, got, want)
		}
	}
}

// TestFontsHoldWhatIsShown: an embedded font has the outlines of the glyphs shown, of what they are composed
// of, and no others, so that it is small.
func TestFontsHoldWhatIsShown(t *testing.T) {
	regular, _ := faces(t)
	c := New(300, 100)
	c.FillString(regular, vg.Point{}, "Aä")
	face := c.fonts[0]
	var whole bytes.Buffer
	if _, err := face.font.WriteSourceTo(nil, &whole); err != nil {
		t.Fatal(err)
	}
	part, err := face.file()
	if err != nil {
		t.Fatal(err)
	}
	before, after := outlines(t, whole.Bytes()), outlines(t, part)
	kept := map[int]bool{0: true}
	for _, r := range "Aäa" {
		kept[int(face.glyph(r))] = true
	}
	for i := range before {
		switch {
		case kept[i] && (before[i] == "" || after[i] != before[i]):
			t.Errorf("glyph %d has %d bytes, want %d", i, len(after[i]), len(before[i]))
		case !kept[i] && after[i] != "" && !partOf(before[int(face.glyph('ä'))], i):
			t.Errorf("glyph %d is there, which nothing shows", i)
		}
	}
	if len(part) > whole.Len()/4 {
		t.Errorf("%d bytes of %d", len(part), whole.Len())
	}
}

// outlines are the glyphs of a font.
func outlines(t *testing.T, source []byte) []string {
	t.Helper()
	parts, err := directory(source)
	if err != nil {
		t.Fatal(err)
	}
	starts, err := locations(parts)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]string, len(starts)-1)
	for i := range list {
		list[i] = strings.TrimRight(string(parts["glyf"][starts[i]:starts[i+1]]), "\x00")
	}
	return list
}

func partOf(glyph string, part int) bool {
	for _, g := range composition([]byte(glyph)) {
		if int(g) == part {
			return true
		}
	}
	return false
}

// TestObjectsAreWhereTheFileSaysTheyAre: readers find objects by the table at the end.
func TestObjectsAreWhereTheFileSaysTheyAre(t *testing.T) {
	regular, bold := faces(t)
	c := New(300, 100)
	c.FillString(regular, vg.Point{}, "plain")
	c.FillString(bold, vg.Point{}, "heavy")
	c.SetColor(color.NRGBA{R: 0xFF, A: 0x80})
	c.Fill(vg.Rectangle{Max: vg.Point{X: 1, Y: 1}}.Path())
	file, _ := written(t, c)
	entries := regexp.MustCompile(`(\d{10}) 00000 n `).FindAllStringSubmatch(file, -1)
	for i, m := range entries {
		at, _ := strconv.Atoi(m[1])
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !strings.HasPrefix(file[at:], want) {
			t.Errorf("at %d is %q, want object %d", at, file[at:at+12], i+1)
		}
	}
	if len(entries) != 14 || !strings.Contains(file, "/ca 0.502") {
		t.Errorf("%d objects, want the page's four and five of each font", len(entries))
	}
	m := regexp.MustCompile(`startxref\n(\d+)\n`).FindStringSubmatch(file)
	if at, _ := strconv.Atoi(m[1]); !strings.HasPrefix(file[at:], "xref\n") {
		t.Error("the table is not where the file says it is")
	}
}

// TestPathsAreCurves: a circle is four curves that touch it, and a quadratic curve is the same as a cubic.
func TestPathsAreCurves(t *testing.T) {
	c := New(10, 10)
	var p vg.Path
	p.Arc(vg.Point{X: 5, Y: 5}, 1, 0, 2*math.Pi)
	p.Close()
	c.Fill(p)
	want := "6 5 m\n6 5.552 5.552 6 5 6 c\n4.448 6 4 5.552 4 5 c\n4 4.448 4.448 4 5 4 c\n5.552 4 6 4.448 6 5 c\nh\nf\n"
	if got := c.content.String(); got != want {
		t.Errorf("a circle is\n%s", got)
	}
	c = New(10, 10)
	p = nil
	p.Move(vg.Point{})
	p.QuadTo(vg.Point{X: 3, Y: 3}, vg.Point{X: 6})
	c.Stroke(p)
	c.SetLineWidth(0)
	c.Stroke(p) // which draws nothing
	if got, want := c.content.String(), "0 0 m\n2 2 4 2 6 0 c\nS\n0 w\n"; got != want {
		t.Errorf("a curve is\n%s", got)
	}
}

// TestStatesNest: what Pop brings back is not written again, and what it takes away is.
func TestStatesNest(t *testing.T) {
	c := New(10, 10)
	red := color.NRGBA{R: 0xFF, A: 0xFF}
	c.Push()
	c.SetColor(red)
	c.SetColor(red)
	c.Pop()
	c.SetColor(nil)
	c.SetColor(red)
	if got, want := c.content.String(), "q\n1 0 0 rg 1 0 0 RG\nQ\n1 0 0 rg 1 0 0 RG\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestFontsThatAreNone(t *testing.T) {
	for _, source := range []string{"", "OTTO", "\x00\x01\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00", strings.Repeat("\xFF", 100)} {
		if _, err := subset([]byte(source), []sfnt.GlyphIndex{1}); err == nil {
			t.Errorf("%q is a font", source)
		}
	}
}
