package scenarios

import (
	"math"
	"os"
	"path/filepath"
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
		if got, err := lookupJSON(data, name, ""); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"n", "b.n"} {
		if got, err := lookupJSON(data, name, ""); err != nil || !math.IsNaN(got) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"b", "d", "e", "a.b", "b.d", "less"} {
		if _, err := lookupJSON(data, name, ""); err == nil {
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
	for name, want := range map[string]string{
		"p50_ttft_ms": "median_ttft_ms", "median_e2el_ms": "median_e2el_ms", "p99_ttft": "p99_ttft_ms",
		"ttft_p99": "p99_ttft_ms", "tpot_p50": "median_tpot_ms", "itl_std_ms": "std_itl_ms",
		"kv_cache_usage.max": "kv_cache_usage.max",
	} {
		if metric, ok := canonical(name, names); !ok || metric != want {
			t.Errorf("%s is %s", name, metric)
		}
	}
	for _, name := range []string{"ttft_", "_ttft", "ttft", "p99_ttft_tpot", "p98_ttft", "tpot_ttft"} {
		if metric, ok := canonical(name, names); ok {
			t.Errorf("%s is %s", name, metric)
		}
	}
}

// A metric that is written by another of its names is found in a baseline, which has it by the first.
func TestBaselinesKnowMetricsByAnyName(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "earlier.json"), []byte(`{"median_tpot_ms": 12.5}`), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"median_tpot_ms", "p50_tpot_ms"} {
		text := "[model]\nname = \"llama-3.1-8b\"\n[[expect]]\nmetric = \"" + name + "\"\nmax_increase = \"5%\"\n" +
			"baseline = \"earlier.json\"\n"
		s, err := Parse(filepath.Join(dir, "s.toml"), dir, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if values, err := s.Baselines(t.Context()); err != nil || values[0] != 12.5 {
			t.Errorf("%s: %v, %v; want 12.5", name, values, err)
		}
	}
}
