package figure

import (
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// TestPagesSayValues: where the pointer is over a point, a page says what lies there; a file does not.
func TestPagesSayValues(t *testing.T) {
	p := NewPlot("Times", "context (tokens)", "ms")
	line, err := Line(plotter.XYs{{X: 0, Y: 1}, {X: 4096, Y: 1234.5}}, Blue)
	if err != nil {
		t.Fatal(err)
	}
	line.Name = "a & b"
	held, err := Steps(plotter.XYs{{X: 0, Y: 0.25}, {X: 1000, Y: 2}, {X: 4096, Y: 2}}, Green)
	if err != nil {
		t.Fatal(err)
	}
	p.Add(line, held, Hints{{At: plotter.XY{X: 2000, Y: 500}, Text: "a plan"}})
	p.X.Padding, p.Y.Padding = 0, 0
	f := &Figure{Name: "f", Width: 300, Height: 200, Panels: [][]*plot.Plot{{p}}}
	svg, err := f.Inline()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>a &amp; b: 1,234 ms\ncontext: 4,096 tokens</title>", "<title>a plan</title>",
		"<title>0.250 ms\ncontext: 0 tokens</title>", "<title>2 ms\ncontext: 1,000 tokens</title>"} {
		if strings.Count(svg, want) != 1 {
			t.Errorf("%d times %q", strings.Count(svg, want), want)
		}
	}
	if n := strings.Count(svg, `class="value"`); n != 5 {
		t.Errorf("%d hints", n)
	}
	var b strings.Builder
	if err := f.Write(&b, SVG); err != nil || strings.Contains(b.String(), "hint") {
		t.Errorf("a file has hints; %v", err)
	}
}
