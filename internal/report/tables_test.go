package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/workloads"
)

// planned is the memory of a model on some GPUs.
func planned(t *testing.T, model, gpus, weights string) *MemoryPlan {
	t.Helper()
	s := scenarios.Empty("")
	for key, text := range map[string]string{"model.name": model, "hardware.gpus": gpus, "precision.weights": weights} {
		if err := s.SetFlag(key, text, "test"); err != nil {
			t.Fatal(err)
		}
	}
	r, parts, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewMemoryPlan(r, parts, 8192)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestMemorySaysWhetherItFits(t *testing.T) {
	for _, c := range []struct {
		model, gpus, weights string
		fits                 bool
		perLayer             float64
		words                string
	}{
		{"deepseek-v3", "8", "fp8", false, 1152, "no: short by"},
		{"llama-3.1-70b", "4", "bf16", true, 4096, "sequences of 8,192 tokens"},
	} {
		plan := planned(t, c.model, c.gpus, c.weights)
		var b, text bytes.Buffer
		if err := errors.Join(WriteJSON(&b, Memory(plan)), WriteMemory(&text, plan)); err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(b.Bytes(), &tree); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"fits", "weight_bytes", "weight_bytes_per_gpu", "kv_bytes_per_token", "kv_bytes_per_token_per_layer",
			"kv_pool_bytes", "max_concurrent_sequences", "short_by_bytes", "smallest_plan"} {
			if _, ok := tree[key]; !ok {
				t.Errorf("%s is missing", key)
			}
		}
		if tree["fits"] != c.fits || tree["kv_bytes_per_token_per_layer"] != c.perLayer || (tree["short_by_bytes"] == 0.0) != c.fits {
			t.Errorf("%s: fits %v, %v bytes a token and layer, short by %v", c.model, tree["fits"], tree["kv_bytes_per_token_per_layer"], tree["short_by_bytes"])
		}
		if !strings.Contains(text.String(), c.words) {
			t.Errorf("%s: no %q in\n%s", c.model, c.words, text.String())
		}
	}
}

func TestCatalogueObjects(t *testing.T) {
	spec, err := arch.Lookup("llama-3.1-70b")
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	d, err := hw.Lookup("a100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := errors.Join(WriteJSON(&b, Model(m, nil)), WriteJSON(&b, Device(d)),
		WriteTable(&b, ModelColumns, [][]string{ModelRow(m)}),
		WriteTable(&b, DeviceColumns, [][]string{DeviceRow(d)})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"total": 70553706496`, `"kv_bytes_per_token_per_layer": 4096`, `"state_bytes_per_sequence": 0`, `"warnings": []`, `"bf16": 312000000000000`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

func TestCasesForATerminal(t *testing.T) {
	settings := []scenarios.Setting{{Key: "hardware.gpus", Value: int64(4)}}
	var b bytes.Buffer
	err := WriteCases(&b, []CaseResult{
		{Settings: settings, Metrics: map[string]float64{"median_ttft_ms": 12.5, "output_throughput": 1234.5},
			Expectations: []CaseExpectation{{Kept: true}, {}}},
		{Settings: settings, Error: "does not fit"},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if !strings.HasPrefix(lines[0], "hardware.gpus") || !strings.Contains(lines[1], "12.5") ||
		!strings.Contains(lines[1], "1,234") && !strings.Contains(lines[1], "1,235") ||
		!strings.Contains(lines[2], "–  ") || lines[3] != "✗ case 0 (hardware.gpus=4): does not fit" || lines[4] != "1 of 2 promises kept" || strings.Contains(lines[0], "p99") {
		t.Errorf("got\n%s", b.String())
	}
	if f, err := SweepFigure([]CaseResult{{Settings: settings}}); f != nil || err != nil {
		t.Errorf("a figure of one point: %v, %v", f, err)
	}
}

func TestSweepFigureTellsFewCombinationsApart(t *testing.T) {
	var cases []CaseResult
	for x := range 2 {
		for combination := range maxCurves + 2 {
			cases = append(cases, CaseResult{Settings: []scenarios.Setting{{Key: "x", Value: float64(x)},
				{Key: "c", Value: int64(combination)}},
				Metrics: map[string]float64{"p99_ttft_ms": float64(x + combination)}})
		}
	}
	f, err := SweepFigure(cases)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.Note, "4 cases of further combinations") || len(f.Data.Rows) != len(cases) {
		t.Errorf("note %q, %d rows", f.Note, len(f.Data.Rows))
	}
}

// A page says of its panels what their figure says of them: what is left out, and what open dots are.
func TestPagesOfSweepsSayWhatDotsMean(t *testing.T) {
	cases := []CaseResult{{Scenario: "s"}, {Scenario: "s", Overloaded: true}}
	for i := range cases {
		cases[i].Settings = []scenarios.Setting{{Key: "x", Value: float64(i)}}
		cases[i].Metrics = map[string]float64{"p99_ttft_ms": float64(10 * i)}
	}
	for _, overloaded := range []bool{true, false} {
		cases[1].Overloaded = overloaded
		f, err := SweepFigure(cases)
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if err := SweepDocument(cases, f).WriteHTML(&page); err != nil {
			t.Fatal(err)
		}
		if says := strings.Contains(page.String(), "Open: the queue grows without end."); says != overloaded {
			t.Errorf("overloaded %v, and open dots explained: %v", overloaded, says)
		}
	}
}

func TestWorkloadFigure(t *testing.T) {
	open := func() workloads.Source {
		source, err := workloads.Open("azure-2023-conv", "", workloads.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return workloads.First(source, 500)
	}
	stats, err := workloads.Measure(open())
	if err != nil {
		t.Fatal(err)
	}
	lengths, err := ReadLengths(open())
	if err != nil {
		t.Fatal(err)
	}
	f, err := WorkloadFigure("azure", &stats, lengths)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Save(t.TempDir(), figure.Look{}); err != nil {
		t.Fatal(err)
	}
	last := map[string]string{}
	for _, row := range f.Data.Rows {
		last[row[0]] = row[2]
	}
	for _, side := range []string{"prompt", "output"} {
		if got := last[side+" tokens, share at or below"]; got != "1" {
			t.Errorf("%s lengths end at %s", side, got)
		}
	}
}
