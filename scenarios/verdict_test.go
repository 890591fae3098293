package scenarios

import (
	"math"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	bound := func(v float64) *float64 { return &v }
	metrics := []Metric{{Name: "median_tpot_ms", Value: 10}, {Name: "kv_cache_usage.max", Value: 0.5}}
	for _, c := range []struct {
		e        Expectation
		baseline float64
		kept     []bool
	}{
		{Expectation{Metric: "median_tpot_ms", Max: bound(10)}, 0, []bool{true}},
		{Expectation{Metric: "median_tpot_ms", Max: bound(9.99)}, 0, []bool{false}},
		{Expectation{Metric: "p50_tpot_ms", Min: bound(10.1), Max: bound(11)}, 0, []bool{false, true}},
		{Expectation{Metric: "kv_cache_usage.max", MaxIncrease: "5%"}, 0.48, []bool{true}},
		{Expectation{Metric: "kv_cache_usage.max", MaxIncrease: "4 %"}, 0.48, []bool{false}},
	} {
		verdicts := Judge([]Expectation{c.e}, metrics, []float64{c.baseline})
		if len(verdicts) != len(c.kept) {
			t.Fatalf("%+v: %v", c.e, verdicts)
		}
		for i := range verdicts {
			v := &verdicts[i]
			if v.Kept != c.kept[i] {
				t.Errorf("%+v: %v", c.e, v)
			}
			if !v.Kept && (!strings.Contains(v.String(), c.e.Metric) || !strings.Contains(v.String(), "FAILED")) {
				t.Errorf("verdict %q does not name the metric", v)
			}
		}
	}
}

// A value at its limit is within it; the next number that a float64 holds is not.
func TestLimitsAreIncluded(t *testing.T) {
	above, below := func(v float64) float64 {
		return math.Nextafter(v,
			math.Inf(1))
	}, func(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }
	sixty := 60.0
	least, most := Expectation{Metric: "duration", Min: &sixty}, Expectation{Metric: "duration", Max: &sixty}
	more := func(increase string) Expectation { return Expectation{Metric: "duration", MaxIncrease: increase} }
	for _, c := range []struct {
		e               Expectation
		baseline, value float64
		kept            bool
	}{
		{least, 0, 60, true}, {least, 0, below(60), false}, {least, 0, above(60), true},
		{most, 0, 60, true}, {most, 0, above(60), false}, {most, 0, below(60), true},
		{more("15%"), 100, 115, true}, {more("15%"), 100, above(115), false}, // 1.15 × 100 in floats is less than 115
		{more("0%"), 0.07, 0.07, true}, {more("0%"), 0.07, above(0.07), false},
		{more("100%"), 3, 6, true}, {more("100%"), 3, above(6), false},
		{more("5%"), 0, 0, true}, {more("5%"), 0, above(0), false}, // any increase over 0 is infinite
	} {
		v := Judge([]Expectation{c.e}, []Metric{{Name: "duration", Value: c.value}}, []float64{c.baseline})[0]
		if v.Kept != c.kept || v.Reason != "" {
			t.Errorf("%v against %+v over %v: %v", c.value, c.e, c.baseline, v.String())
		}
		if !v.Kept && strings.Contains(v.String(), " is 60,") {
			t.Errorf("%q is a riddle", v.String())
		}
	}
}

func TestNothingKeepsNoBound(t *testing.T) {
	zero, lots := 0.0, 1e9
	for _, e := range []Expectation{
		{Metric: "p99_tpot_ms", Max: &lots}, {Metric: "p99_tpot_ms", Min: &zero},
		{Metric: "p99_tpot_ms", MaxIncrease: "1000%", Baseline: "old.json"},
	} {
		v := Judge([]Expectation{e}, NotRun("no request has a second token"), []float64{lots})[0]
		if v.Kept || v.Reason != "no request has a second token" {
			t.Errorf("%+v: %v, because of %q", e, v.String(), v.Reason)
		}
		if !strings.Contains(v.String(), "FAILED: p99_tpot_ms has no value: no request has a second token; ") {
			t.Errorf("%q does not say why", v.String())
		}
	}
	v := Judge([]Expectation{{Metric: "failed", MaxIncrease: "5%"}}, []Metric{{Name: "failed"}}, []float64{math.NaN()})[0]
	if v.Reason != "the baseline has no value" {
		t.Errorf("over a baseline of nothing, because of %q", v.Reason)
	}
	if v.Kept || v.String() != "expect FAILED: failed is 0, max_increase 5% over a baseline that has no value" {
		t.Errorf("over a baseline of nothing: %s", v.String())
	}
}

func TestBoundsThatNothingMeetsAreRefused(t *testing.T) {
	for table, words := range map[string]string{
		`max = nan`:                            "s.toml:5: expect[0].max: is not a number",
		`min = nan`:                            "expect[0].min: is not a number",
		`max = inf`:                            "expect[0].max: is infinite",
		"min = 3\nmax = 2.5":                   "expect[0].min: 3 is above max = 2.5",
		"max = 3\nbaseline = \"b.json\"":       "expect[0].baseline: does nothing without max_increase",
		`max_increase = "5%"`:                  "expect[0].max_increase: has no baseline",
		"max_increase = \"-5%\"\nbaseline='b'": "is no percentage",
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[[expect]]\nmetric = \"duration\"\n"+table))
		if err == nil {
			err = s.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", table, err, words)
		}
	}
	s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[[expect]]\nmetric = \"failed\"\nmin = 0\nmax = 0\n"))
	if err != nil || s.Validate() != nil {
		t.Errorf("one value alone is within: %v", err)
	}
}
