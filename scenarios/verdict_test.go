package scenarios

import (
	"math"
	"slices"
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
	less := func(decrease string) Expectation { return Expectation{Metric: "duration", MaxDecrease: decrease} }
	near := func(share string) Expectation { return Expectation{Metric: "duration", Within: share} }
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
		{less("25%"), 80, 60, true}, {less("25%"), 80, below(60), false}, {less("25%"), 80, 1000, true},
		{less("100%"), 80, 0, true}, {near("25%"), 80, 60, true}, {near("25%"), 80, below(60), false},
		{near("25%"), 80, 100, true}, {near("25%"), 80, above(100), false}, {near("0%"), 0, 0, true},
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
		{Metric: "p99_tpot_ms", MaxDecrease: "100%", Baseline: "old.json"},
		{Metric: "p99_tpot_ms", Within: "1000%", Baseline: "old.json"},
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
		`max = nan`:                             "s.toml:5: expect[0].max: is not a number",
		`min = nan`:                             "expect[0].min: is not a number",
		`max = inf`:                             "expect[0].max: is infinite",
		"min = 3\nmax = 2.5":                    "expect[0].min: 3 is above max = 2.5",
		"max = 3\nbaseline = \"b.json\"":        "expect[0].baseline: does nothing without max_increase",
		`max_increase = "5%"`:                   "expect[0].max_increase: has no baseline",
		`max_decrease = "5%"`:                   "expect[0].max_decrease: has no baseline",
		`within = "5%"`:                         "expect[0].within: has no baseline",
		"within = \"5\"\nbaseline = \"b.json\"": `expect[0].within: "5" is no percentage`,
		"max_increase = \"-5%\"\nbaseline='b'":  "is no percentage",
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

// What each bound says is all that a reader of a log has.
func TestBoundsInWords(t *testing.T) {
	for want, e := range map[string]Expectation{
		"duration is 70 (+16.7%), max 63 (baseline 60 + 5%)":        {MaxIncrease: "5%"},
		"duration is 70 (+16.7%), min 57 (baseline 60 − 5%)":        {MaxDecrease: "5%"},
		"duration is 70 (+16.7%), from 57 to 63 (baseline 60 ± 5%)": {Within: "5%"},
	} {
		e.Metric = "duration"
		if v := Judge([]Expectation{e}, []Metric{{Name: "duration", Value: 70}}, []float64{60})[0]; v.Finding() != want {
			t.Errorf("%q, want %q", v.Finding(), want)
		}
	}
}

// A verdict says where its expectation stands, so that a reader finds it.
func TestVerdictsSayWhereTheyAreWritten(t *testing.T) {
	s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[[expect]]\nmetric = \"duration\"\nmax = 1\n"+
		"[[expect]]\nmetric = \"completed\"\nmin = 1\nmax = 5\n"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, v := range s.Judge(NotRun("nothing ran"), nil) {
		if v.File != "s.toml" {
			t.Errorf("%s is written in %q", v.Metric.Name, v.File)
		}
		lines = append(lines, v.Line)
	}
	if !slices.Equal(lines, []int{4, 7, 7}) {
		t.Errorf("lines %v, want 4, 7 and 7", lines)
	}
}
