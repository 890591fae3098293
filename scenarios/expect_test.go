package scenarios

import (
	"math"
	"strings"
	"testing"
)

func TestPercent(t *testing.T) {
	for text, want := range map[string]float64{"5%": 5, " 12.5 % ": 12.5, "0%": 0, "1e6%": 1e6} {
		if got, err := percent(text); err != nil || got != want {
			t.Errorf("percent(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "%", "-5%", "NaN%", "Inf%", "five%", "1000001%"} {
		if _, err := percent(text); err == nil {
			t.Errorf("percent(%q): no error", text)
		}
	}
}

func TestLookupJSON(t *testing.T) {
	data := []byte(`{"a": 1.5, "b": {"c": 2, "n": null}, "d": "x", "less": -1, "n": null}`)
	for name, want := range map[string]float64{"a": 1.5, "b.c": 2} {
		if got, err := lookupJSON(data, name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"n", "b.n"} {
		if got, err := lookupJSON(data, name); err != nil || !math.IsNaN(got) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"b", "d", "e", "a.b", "b.d", "less"} {
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
