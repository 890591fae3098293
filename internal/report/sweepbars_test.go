package report

import (
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"github.com/roofserve/roofserve/scenarios"
)

// precisions are cases of a sweep over two keys whose values are names.
func precisions() []CaseResult {
	var cases []CaseResult
	for i, device := range []string{"a100", "h100"} {
		for k, format := range []string{"bf16", "fp8", "int4"} {
			cases = append(cases, CaseResult{Scenario: "s", Settings: []scenarios.Setting{
				{Key: "hardware.device", Value: device}, {Key: "precision.weights", Value: format}},
				Metrics: map[string]float64{"p99_ttft_ms": float64(100*i + k + 1)}})
		}
	}
	cases[1].Metrics, cases[1].Error, cases[1].DoesNotFit = nil, "too little memory", true
	cases[2].Overloaded = true
	return cases
}

// TestNamesAreSweptAsBars: groups for the key with the most values, a colour for each of the other's, and a
// word where there is no bar.
func TestNamesAreSweptAsBars(t *testing.T) {
	f, err := SweepFigure(precisions())
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	if len(f.Key) != 2 || f.Key[0].Label != "a100" || f.Key[1].Color != 1 {
		t.Errorf("the key is %v", f.Key)
	}
	if want := "against precision.weights; open: the queue grows without end"; f.Note != want {
		t.Errorf("the note is %q", f.Note)
	}
	plotters := hidden[[]plot.Plotter](f.Panels[0][0], "plotters")
	bars, ok := plotters[3].(*caseBars)
	if !ok || bars.color != 1 || bars.wide != 0.4 || bars.shift != 0.2 || len(bars.hints) != 3 {
		t.Fatalf("the second device's bars are %+v", plotters[3])
	}
	if hint := bars.hints[2]; hint.At.X != 2.2 || hint.At.Y != 103 || hint.Text != "103\nh100\nint4" {
		t.Errorf("the last bar says %+v", hint)
	}
	svg, err := f.Inline()
	if err != nil {
		t.Fatal(err)
	}
	// In three panels nothing was measured at all.
	if fit, nothing := strings.Count(svg, ">does not fit<"), strings.Count(svg, ">nothing to measure<"); fit != 4 || nothing != 15 {
		t.Errorf("%d bars do not fit, %d have nothing to measure", fit, nothing)
	}
}

// TestWhatHasNoBars: a key of one value tells nothing apart, and of too many the names would not be read.
func TestWhatHasNoBars(t *testing.T) {
	one := precisions()[:1]
	many := make([]CaseResult, mostGroups+1)
	for i := range many {
		many[i].Settings = []scenarios.Setting{{Key: "k", Value: strings.Repeat("x", i)}}
	}
	for _, cases := range [][]CaseResult{one, many} {
		if f, err := SweepFigure(cases); f != nil || err != nil {
			t.Errorf("%d cases: %v, %v", len(cases), f, err)
		}
	}
}
