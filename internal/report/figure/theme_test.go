package figure

import (
	"bytes"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// contrast is the ratio of luminances that WCAG 2.2 sets limits on.
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestEveryThemeIsLegible(t *testing.T) {
	for i, theme := range themes {
		for name, c := range map[string]color.NRGBA{"ink": theme.Ink, "muted": theme.Muted} {
			if got := contrast(c, theme.Background); got < 4.5 { // WCAG 2.2, 1.4.3, for text
				t.Errorf("%v: %s has a contrast of %.1f", Theme(i), name, got)
			}
		}
		seen := map[color.NRGBA]bool{}
		for n, c := range theme.series {
			if got := contrast(c, theme.Background); got < 2 {
				t.Errorf("%v: colour %d has a contrast of %.1f", Theme(i), n, got)
			}
			if seen[c] {
				t.Errorf("%v: colour %d stands for two", Theme(i), n)
			}
			seen[c] = true
		}
	}
}

func TestDarkFiguresAreDark(t *testing.T) {
	f := sample(t)
	f.Theme = Dark
	path := filepath.Join(t.TempDir(), "dark.png")
	if err := f.SaveAs(path, Look{Theme: Dark}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := color.NRGBAModel.Convert(img.At(0, 0)); got != themes[Dark].Background {
		t.Errorf("background %v", got)
	}
	if _, err := os.Stat(strings.TrimSuffix(path, "png") + "csv"); err != nil {
		t.Error(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, SVG); err != nil {
		t.Fatal(err)
	}
	for _, hex := range []string{"#FFFFFF", "#222222", "#0072B2", "#000000"} {
		if strings.Contains(b.String(), hex) {
			t.Errorf("a dark figure with %s", hex)
		}
	}
}

func TestInlineFiguresTakeThePagesColours(t *testing.T) {
	svg, err := sample(t).Inline()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<svg viewBox="0 0 400 220" role="img" aria-label="Title">`, "var(--ink)", "var(--series-0)", "var(--series-1)", "</svg>"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s", want)
		}
	}
	if found := styleColor.FindString(svg); found != "" {
		t.Errorf("a colour of its own: %s", found)
	}
	if v := Dark.Variables(); !strings.Contains(v, "--background:#15181D;") || strings.Count(v, ";") != 4+len(Palette) {
		t.Errorf("variables %s", v)
	}
}

func TestEndingsChooseTheFormat(t *testing.T) {
	for path, want := range map[string]Format{"a.png": PNG, "b/a.SVG": SVG, "a.pdf": PDF, "a.gif": "", "png": ""} {
		if got, err := FormatOf(path); got != want || (err == nil) != (want != "") {
			t.Errorf("FormatOf(%q) = %q, %v", path, got, err)
		}
	}
	if err := sample(t).SaveAs("a.gif", Look{}); err == nil {
		t.Error("no error")
	}
}

func TestThemeNames(t *testing.T) {
	for i := range themes {
		if got, err := ParseTheme(Theme(i).String()); err != nil || got != Theme(i) {
			t.Errorf("%v: %v, %v", Theme(i), got, err)
		}
	}
	if _, err := ParseTheme("dim"); err == nil {
		t.Error("no error")
	}
}

func TestWrapFillsLines(t *testing.T) {
	style := Note()
	text := "a text of several words that does not fit on one line"
	lines := Wrap(style, text, 100)
	if len(lines) < 2 || strings.Join(lines, " ") != text {
		t.Errorf("lines %q", lines)
	}
	for _, line := range lines {
		if style.Width(line) > 100 {
			t.Errorf("%q is %v wide", line, style.Width(line))
		}
	}
}
