package parity

import (
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// TestErrorsStandBelow: each panel has one of errors below it, in which what is further off than it shows is
// marked at its edge.
func TestErrorsStandBelow(t *testing.T) {
	row := func(measured, predicted float64) fidelity.Prediction {
		return fidelity.Prediction{Row: &fidelity.Row{MeasuredTPOTMS: measured}, TPOTMS: predicted}
	}
	rows := []fidelity.Prediction{row(12, 12), row(30, 90), row(40, 10)}
	f, err := (&Figure{Name: "parity", Predictions: rows, Group: func(*fidelity.Row) string { return "vllm" }}).Draw()
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Panels) != 2 || len(f.Panels[0]) != 1 {
		t.Fatalf("%d rows of panels", len(f.Panels))
	}
	upper, lower := f.Panels[0][0], f.Panels[1][0]
	for _, x := range []plot.Axis{upper.X, lower.X} {
		if x.Min != 10 || x.Max != 100 {
			t.Errorf("an axis from %v to %v", x.Min, x.Max)
		}
	}
	var b strings.Builder
	if err := f.Write(&b, figure.SVG); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"measured (ms), log", "predicted (ms), log", "error (%)"} {
		if strings.Count(b.String(), ">"+want+"<") != 1 {
			t.Errorf("%q is there %d times", want, strings.Count(b.String(), ">"+want+"<"))
		}
	}
	// Three marks above, one below, and an arrowhead at either edge there.
	var sky strings.Builder
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, "#56B4E9") {
			sky.WriteString(line)
		}
	}
	if n := strings.Count(sky.String(), "fill:#56B4E9"); n != 3+1+2+1 { // and one in the legend
		t.Errorf("%d marks", n)
	}
}
