package figure

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string][2]vg.Length{
		"900x500": {900, 500}, "900x500pt": {900, 500}, "6.5x4in": {468, 288}, "25.4x12.7cm": {720, 360},
		"254x127mm": {720, 360},
	} {
		var l Look
		err := l.SetSize(text)
		if got := [2]vg.Length{l.Width, l.Height}; err != nil || got != want {
			t.Errorf("%s is %v x %v, %v", text, l.Width, l.Height, err)
		}
	}
	for _, text := range []string{"", "900", "x", "900x", "x500", "900x500px", "900x500x3", "100x500", "900x1e9", "NaNx500", "900xinf",
		"-900x500"} {
		if err := (&Look{}).SetSize(text); err == nil {
			t.Errorf("%q is a size", text)
		}
	}
}

func TestFormats(t *testing.T) {
	l := &Look{}
	if got := l.Endings(); !slices.Equal(got, []string{".csv", ".png", ".svg", ".pdf"}) || l.Shown(SVG) != SVG {
		t.Errorf("endings %v", got)
	}
	err := l.SetFormats("pdf, PNG,pdf")
	if err != nil || !slices.Equal(l.Formats, []Format{PNG, PDF}) || l.Shown(SVG) != PNG {
		t.Errorf("formats %v, %v", l.Formats, err)
	}
	for _, text := range []string{"", "gif", "png,"} {
		if err := l.SetFormats(text); err == nil || !strings.Contains(err.Error(), "unknown format") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestSaveDrawsAsAsked: a look changes size, theme and kinds of files, and leaves the figure as it is.
func TestSaveDrawsAsAsked(t *testing.T) {
	f, dir := sample(t), t.TempDir()
	if err := f.Save(dir, Look{Theme: Dark, Width: 150, Height: 160, Formats: []Format{SVG}}); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, dir); got != "sample.csv sample.svg" {
		t.Errorf("files %s", got)
	}
	text := read(t, dir, "sample.svg")
	if !strings.Contains(text, `width="150pt" height="160pt"`) || !strings.Contains(text, "#15181D") {
		t.Errorf("the figure is drawn as %.300s", text)
	}
	if f.Theme != Light || f.Width != 400 {
		t.Error("the figure has changed")
	}
}

// TestPanelsOfANarrowFigureStandInSeveralRows: on a phone panels are below each other, as far as that shows
// them larger, and those under one axis stay where they are.
func TestPanelsOfANarrowFigureStandInSeveralRows(t *testing.T) {
	f := sample(t)
	f.Panels = [][]*plot.Plot{append(f.Panels[0], f.Panels[0][0])}
	f.Width, f.Height = 1000, 300
	for _, c := range []struct {
		width, height vg.Length
		shared        bool
		rows, columns int
	}{{900, 300, false, 1, 3}, {390, 300, false, 2, 2}, {390, 600, false, 3, 1}, {390, 600, true, 1, 3}} {
		f.SharedX = c.shared
		l := Look{Width: c.width, Height: c.height}
		drawn := l.on(f)
		if len(drawn.Panels) != c.rows || len(drawn.Panels[0]) != c.columns || len(f.Panels) != 1 {
			t.Errorf("%v x %v: %d rows of %d", c.width, c.height, len(drawn.Panels), len(drawn.Panels[0]))
		}
		if err := f.Save(t.TempDir(), l); err != nil {
			t.Error(err)
		}
	}
}

func listed(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestNarrowedFiguresKeepTheirTexts: on a narrow page panels stand below each other, and what fits stays as
// it is.
func TestNarrowedFiguresKeepTheirTexts(t *testing.T) {
	f := sample(t)
	f.Width, f.Height = 880, 300
	for _, c := range []struct {
		width, height vg.Length
		rows          int
	}{{0, 300, 1}, {800, 300, 1}, {600, 300, 1}, {360, 600, 2}} {
		n := f.Narrowed(c.width)
		if len(n.Panels) != c.rows || n.Height != c.height || n.shrunk > 1 || n.Width > max(c.width, 880) {
			t.Errorf("%v wide: %d rows, %v high, %v times smaller", c.width, len(n.Panels), n.Height, n.shrunk)
		}
	}
}
