package report

import (
	"testing"

	"gonum.org/v1/plot"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

func TestGrows(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   bool
	}{
		{[]float64{1, 2, 4, 8}, true}, {[]float64{8, 4, 2, 1, 1}, true}, {[]float64{0.5, 1, 2, 3, 5}, true},
		{[]float64{1, 2, 4}, false}, {[]float64{1, 2, 3, 4, 5, 6, 7, 8}, false}, {[]float64{0, 1, 4, 16}, false},
		{[]float64{-1, 1, 4, 16}, false}, {[]float64{1, 1.5, 2.3, 3.4}, false}, {nil, false},
	} {
		if got := grows(c.values); got != c.want {
			t.Errorf("%v: %v", c.values, got)
		}
	}
}

// Loads that double are drawn evenly, and latencies of overloads leave room for the others.
func TestSweepsOfFactorsAreLogarithmic(t *testing.T) {
	var cases []CaseResult
	for i, p99 := range []float64{100, 120, 150, 90_000} {
		cases = append(cases, CaseResult{
			Scenario:   "s.toml",
			Settings:   []scenarios.Setting{{Key: "workload.rate_scale", Value: float64(int(1) << i)}},
			Metrics:    map[string]float64{"p99_ttft_ms": p99, "p99_tpot_ms": 20 + float64(i)},
			Overloaded: i == 3,
		})
	}
	f, err := SweepFigure(cases)
	if err != nil {
		t.Fatal(err)
	}
	ttft, tpot := f.Panels[0][0], f.Panels[0][1]
	for _, c := range []struct {
		name string
		axis *plot.Axis
		want bool
	}{{"TTFT, x", &ttft.X, true}, {"TTFT, y", &ttft.Y, true}, {"TPOT, x", &tpot.X, true}, {"TPOT, y", &tpot.Y, false}} {
		if _, log := c.axis.Scale.(plot.LogScale); log != c.want {
			t.Errorf("%s: logarithmic %v", c.name, log)
		}
	}
	if ttft.Y.Min > 100 || ttft.Y.Max < 90_000 {
		t.Errorf("from %g to %g", ttft.Y.Min, ttft.Y.Max)
	}
}

// Five series that follow each other differ in shape, and an open mark is another than the filled one.
func TestSeriesDifferInShape(t *testing.T) {
	for i := range 7 {
		filled, open := figure.Filled(i), figure.Open(i)
		for j := i + 1; j < i+5; j++ {
			if filled == open || filled == figure.Filled(j) || open == figure.Open(j) {
				t.Errorf("series %d has the shape of series %d", i, j)
			}
		}
	}
}
