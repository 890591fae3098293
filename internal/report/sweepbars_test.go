package report

import (
	"math"
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
	if !math.IsInf(bars.most, 1) {
		t.Errorf("bars of nearly the same height are cut at %v", bars.most)
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

// TestBarsOfOverloadsAreCut: a latency that grows with the length of the load leaves room for the others, and
// stands in its bar.
func TestBarsOfOverloadsAreCut(t *testing.T) {
	cases := precisions()
	cases[2].Metrics["p99_ttft_ms"] = 123_456
	f, err := SweepFigure(cases)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(f.Note, cutNote) || f.Panels[0][0].Y.Max > 600 {
		t.Errorf("the note is %q, the panel reaches up to %v", f.Note, f.Panels[0][0].Y.Max)
	}
	if svg, err := f.Inline(); err != nil || strings.Count(svg, ">123.5k<") != 1 {
		t.Errorf("%v: the bar's value is not in it", err)
	}
	for i := range cases {
		cases[i].Overloaded = true
	}
	if most := mostShown(cases, "p99_ttft_ms"); !math.IsInf(most, 1) {
		t.Errorf("where nothing keeps up, bars are cut at %v", most)
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
