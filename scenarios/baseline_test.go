package scenarios

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// baselineFolder holds two small scenarios, of which other expects nothing of itself that it could keep.
func baselineFolder(t *testing.T, other string) (*Scenario, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other.toml"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	text := smallText + `
[[expect]]
metric = "p50_tpot_ms"
max_increase = "5%"
baseline = "other.toml"
[[expect]]
metric = "output_throughput"
min = 1
[[expect]]
metric = "mean_ttft_ms"
within = "50%"
baseline = "other.toml"
`
	s, err := Parse(filepath.Join(dir, "s.toml"), dir, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// A baseline that is a scenario has the values of its own run, whatever it expects itself.
func TestBaselineOfAnotherScenario(t *testing.T) {
	faster := strings.Replace(smallText, "h100-sxm-80gb\"", "h100-sxm-80gb\"\ngpus = 2", 1)
	s, dir := baselineFolder(t, faster+"[[expect]]\nmetric = \"mean_tpot_ms\"\nmax = 0.001\n")
	values, err := s.Baselines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := Load(filepath.Join(dir, "other.toml"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ranWith(*other, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Values(theirs.Metrics())
	if values[0] != want["median_tpot_ms"] || values[1] != 0 || values[2] != want["mean_ttft_ms"] || values[0] == 0 {
		t.Errorf("%v, want %v and %v", values, want["median_tpot_ms"], want["mean_ttft_ms"])
	}
	r, err := ranWith(*s, nil)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := r.Judge(values)
	if verdicts[0].Kept || verdicts[0].Baseline != values[0] || !verdicts[1].Kept {
		t.Errorf("one GPU is as fast as two: %+v", verdicts)
	}
	if files := s.BaselineFiles(); len(files) != 0 {
		t.Errorf("results would be written over %v", files)
	}
}

// What is wrong with the other scenario is told where it stands; an interrupt is one.
func TestBaselineScenariosThatAreWrong(t *testing.T) {
	for want, text := range map[string]string{
		"expect[0].baseline: other.toml: is a sweep": smallText + "[[sweep]]\nkey = \"workload.seed\"\nvalues = [1, 2]\n",
		"other.toml:3: model.name":                   strings.Replace(smallText, "llama-3.1-8b", "llama-3.1-8c", 1),
		"does not fit":                               strings.Replace(smallText, "llama-3.1-8b\"", "llama-3.1-405b\"", 1) + "[parallel]\ntp = 1\n",
	} {
		s, _ := baselineFolder(t, text)
		if _, err := s.Baselines(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s, _ := baselineFolder(t, strings.Replace(smallText, "requests = 40", "requests = 4000000", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Baselines(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
