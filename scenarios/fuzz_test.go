package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/workloads"
)

// most requests and training steps of a fuzzed scenario, so that many can be tried.
const (
	fuzzRequests = 100
	fuzzSteps    = 20
)

// Whatever a scenario and a --set flag say, it is resolved the same way twice and simulated to finite
// results, it does not fit in memory, or an error says which key is wrong.
func FuzzScenario(f *testing.F) {
	for _, name := range []string{"deepseek-v3-h100", "llama-3.1-70b-precisions", "qwen2.5-72b-a100-tp4"} {
		text, err := Text(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "workload.requests=3")
	}
	const model = "[model]\nname = \"llama-3.1-8b\"\n"
	f.Add(model+synthetic, "model.attention.kv_heads=4")
	f.Add(model+"[engine]\nmax_num_seqs = 4\nchunked_prefill = false\nwatermark = 0.1\n"+synthetic, "workload.synthetic.arrival={process=\"gamma\", rate=3.0, burstiness=0.2}")
	f.Add(model+synthetic+"[[expect]]\nmetric = \"p99_tpot_ms\"\nmax = 60\n[slo]\nttft_ms = 100\n", "sweep=[{key=\"workload.synthetic.seed\", values=[1,2]}]")
	f.Add("model.name = \"deepseek-v3\"\nparallel = {tp=8, ep=8}\nprecision.weights = \"fp8\"\nrouting.kind = \"simulated\"\n"+synthetic, "hardware.device=h200")
	f.Fuzz(func(t *testing.T, text, assignment string) {
		if strings.Contains(text+assignment, "/") || strings.Contains(text+assignment, "..") {
			t.Skip("may name any file of the machine")
		}
		load := func() (*Scenario, error) {
			s, err := Parse("fuzz.toml", t.TempDir(), []byte(text))
			if err != nil {
				return nil, err
			}
			return s, s.SetText(assignment)
		}
		faulttest.Read(t, func() (string, error) {
			s, err := load()
			if err != nil {
				return "", err
			}
			r, _, err := s.Resolve()
			if err != nil {
				return "", err
			}
			written, err := json.Marshal(r)
			return string(written), err
		})
		if s, err := load(); err == nil {
			runFuzzed(t, s)
		}
	})
}

// runFuzzed simulates a few requests of a scenario. How long that takes at most is not told by its size
// alone.
func runFuzzed(t *testing.T, s *Scenario) {
	if s.Routing.Steps == 0 && s.Routing.Kind == routingSimulated || s.Routing.Steps > fuzzSteps {
		s.Routing.Steps = fuzzSteps
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	b, err := s.Build()
	var r *Run
	if err == nil {
		defer b.Close()
		if err = b.Serve(workloads.First(b.Source(), fuzzRequests)); err == nil {
			r, err = b.Run(ctx, Hooks{Check: true})
		}
	}
	var noFit *NoFit
	var wrong *fault.Error
	if err != nil && !errors.As(err, &noFit) && !errors.As(err, &wrong) &&
		!errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%T: %v", err, err)
	}
	if r == nil {
		return
	}
	for _, m := range r.Metrics() {
		if math.IsInf(m.Value, 0) || m.Value < 0 {
			t.Errorf("%s is %v", m.Name, m.Value)
		}
	}
}

// Whatever a baseline's file says, its metric is a number from 0 or nothing, or an error names the key.
func FuzzBaseline(f *testing.F) {
	f.Add([]byte(`{"p99_tpot_ms": 12.5, "kv_cache_usage": {"mean": 0.5}}`), uint8(0))
	f.Add([]byte(`{"p99_tpot_ms": null}`), uint8(3))
	f.Add([]byte(`{"a": [`), uint8(1))
	known := MetricNames()
	f.Fuzz(func(t *testing.T, data []byte, metric uint8) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "earlier.json"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("[[expect]]\nmetric = %q\nmax_increase = \"5%%\"\nbaseline = \"earlier.json\"\n", known[int(metric)%len(known)])
		value, ok := faulttest.Read(t, func() (string, error) {
			s, err := Parse("fuzz.toml", folder, []byte(text))
			if err != nil {
				return "", err
			}
			values, err := s.Baselines(t.Context())
			return fmt.Sprint(values), err
		})
		if ok && (strings.Contains(value, "Inf") || strings.Contains(value, "-")) {
			t.Errorf("%s", value)
		}
	})
}
