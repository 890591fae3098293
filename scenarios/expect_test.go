package scenarios

import (
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	bound := func(v float64) *float64 { return &v }
	metrics := []Metric{{"median_tpot_ms", 10}, {"kv_cache_usage.max", 0.5}}
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
		s := Empty("")
		s.Expect = []Expectation{c.e}
		verdicts := s.Judge(metrics, []float64{c.baseline})
		if len(verdicts) != len(c.kept) {
			t.Fatalf("%+v: %v", c.e, verdicts)
		}
		for i, v := range verdicts {
			if v.Kept != c.kept[i] {
				t.Errorf("%+v: %v", c.e, v)
			}
			if !v.Kept && (!strings.Contains(v.String(), c.e.Metric) || !strings.Contains(v.String(), "FAILED")) {
				t.Errorf("verdict %q does not name the metric", v)
			}
		}
	}
}

func TestPercent(t *testing.T) {
	for text, want := range map[string]float64{"5%": 0.05, " 12.5 % ": 0.125, "0%": 0} {
		if got, err := percent(text); err != nil || got != want {
			t.Errorf("percent(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "%", "-5%", "NaN%", "Inf%", "five%"} {
		if _, err := percent(text); err == nil {
			t.Errorf("percent(%q): no error", text)
		}
	}
}

func TestLookupJSON(t *testing.T) {
	data := []byte(`{"a": 1.5, "b": {"c": 2}, "d": "x"}`)
	for name, want := range map[string]float64{"a": 1.5, "b.c": 2} {
		if got, err := lookupJSON(data, name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"b", "d", "e", "a.b", "b.d"} {
		if _, err := lookupJSON(data, name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMetricNamesAreDistinctAndFindable(t *testing.T) {
	names := MetricNames()
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			t.Errorf("%s twice", name)
		}
		seen[name] = true
		if strings.Count(name, ".") > 1 {
			t.Errorf("%s is nested more than once", name)
		}
	}
	for _, name := range []string{"p50_ttft_ms", "median_e2el_ms", "kv_cache_usage.max"} {
		if _, ok := canonical(name, names); !ok {
			t.Errorf("%s is unknown", name)
		}
	}
}
