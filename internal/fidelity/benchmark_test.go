package fidelity_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/roofserve/roofserve/internal/fidelity"
)

const benchmarks = "../../workloads/results/testdata"

// A result is a measurement with what it says, and what is said of its deployment; its requests are the
// workload: in a closed loop their lengths, else their times as well.
func TestBenchmarksAreMeasurements(t *testing.T) {
	for _, c := range []struct {
		file       string
		deployment fidelity.Deployment
		want       fidelity.Row
		settings   map[string]any
	}{
		{"vllm-detailed.json", fidelity.Deployment{System: "h100", GPUs: 2},
			fidelity.Row{Model: "meta-llama/Llama-3.1-8B-Instruct", System: "h100", GPUs: 2, TP: 2, Engine: "vllm",
				InputTokens: 110, OutputTokens: 3, Concurrency: 2, Requests: 3, MeasuredTTFTMS: 60, MeasuredTPOTMS: 20},
			map[string]any{"workload.synthetic.arrival.process": "closed",
				"workload.synthetic.input.distribution": "empirical"}},
		{"vllm-summary.json", fidelity.Deployment{System: "h200", TP: 1, EngineVersion: "0.9"},
			fidelity.Row{Model: "Qwen/Qwen3-8B", System: "h200", GPUs: 1, TP: 1, Engine: "vllm", EngineVersion: "0.9",
				InputTokens: 1024, OutputTokens: 128, Requests: 200, MeasuredTTFTMS: 71.5, MeasuredTPOTMS: 11.25},
			map[string]any{"workload.synthetic.arrival.rate": 4.0, "workload.synthetic.input.value": int64(1024)}},
		{"guidellm-0.2.json", fidelity.Deployment{System: "h100", Model: "llama-3.1-8b"},
			fidelity.Row{Model: "llama-3.1-8b", System: "h100", GPUs: 1, TP: 1, Engine: "vllm", InputTokens: 248,
				OutputTokens: 6, Requests: 2, MeasuredTTFTMS: 110, MeasuredTPOTMS: 20},
			map[string]any{"workload.trace": filepath.Join(benchmarks, "guidellm-0.2.json")}},
	} {
		file := filepath.Join(benchmarks, c.file)
		if !fidelity.IsBenchmark(file) {
			t.Fatalf("%s is not recognised", c.file)
		}
		table, err := fidelity.OpenBenchmark(file, c.deployment)
		if err != nil {
			t.Fatal(err)
		}
		got := table.Rows[0]
		if len(table.Rows) != 1 || len(got.Cells) != len(table.Header) || got.Unusable != nil {
			t.Errorf("%s: %d rows, %d cells, %v", c.file, len(table.Rows), len(got.Cells), got.Unusable)
		}
		want := c.want
		want.File, want.Line, want.PP, want.DPAttention, want.EP, want.LengthMinFraction = file, 1, 1, 1, 1, 1
		ignored := cmpopts.IgnoreFields(fidelity.Row{}, "Cells", "Unusable")
		if diff := cmp.Diff(want, got, ignored, cmpopts.IgnoreUnexported(fidelity.Row{}),
			cmpopts.EquateApprox(1e-6, 0)); diff != "" {
			t.Errorf("%s: %s", c.file, diff)
		}
		for key, want := range c.settings {
			if has := got.Setting(key); has != want {
				t.Errorf("%s: %s is %v, want %v", c.file, key, has, want)
			}
		}
		if p := fidelity.Predict(t.Context(), &got); p.Skipped != "" || !(p.TTFTMS > 0) || !(p.TPOTMS > 0) {
			t.Errorf("%s: %+v", c.file, p)
		}
	}
}

func TestBenchmarksWithoutADeployment(t *testing.T) {
	table, err := fidelity.OpenBenchmark(filepath.Join(benchmarks, "vllm-summary.json"), fidelity.Deployment{})
	if err != nil {
		t.Fatal(err)
	}
	if p := fidelity.Predict(t.Context(), &table.Rows[0]); p.Skipped == "" {
		t.Error("a run on nobody knows what is predicted")
	}
	spans := filepath.Join(benchmarks, "console-spans.json")
	if _, err := fidelity.OpenBenchmark(spans, fidelity.Deployment{}); err == nil {
		t.Error("spans without latencies are a measurement")
	}
}
