package scenarios

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

// simulate runs a scenario with changes, a short one under the watch of the conservation laws.
func simulate(t *testing.T, name string, assignments ...string) *Run {
	t.Helper()
	return observed(t, nil, name, assignments...)
}

// setAll changes a scenario by settings, all of which are right.
func setAll(t *testing.T, s *Scenario, settings ...string) {
	t.Helper()
	for _, setting := range settings {
		if err := s.SetText(setting); err != nil {
			t.Fatal(err)
		}
	}
}

// observed is simulate with something that happens when a request finishes.
func observed(t *testing.T, onFinish func(*sim.Finished), name string, assignments ...string) *Run {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	setAll(t, s, assignments...)
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r, err := b.Run(context.Background(), Hooks{Check: s.Workload.Requests > 0, OnFinish: onFinish})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// metric is one of a run's numbers.
func metric(t *testing.T, r *Run, name string) float64 {
	t.Helper()
	for _, m := range r.Metrics() {
		if m.Name == name {
			return m.Value
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestEveryTokenOfTheTraceIsServed(t *testing.T) {
	for _, name := range []string{"deepseek-v3-h100", "qwen2.5-72b-a100-tp4"} {
		r := simulate(t, name)
		for key, want := range map[string]float64{"completed": 19366, "failed": 0, "total_input_tokens": 22361870, "total_output_tokens": 4088665} {
			if got := metric(t, r, key); got != want {
				t.Errorf("%s: %s = %v, want %v", name, key, got, want)
			}
		}
		for _, w := range r.Warnings {
			if strings.Contains(w, "queue still grew") {
				t.Errorf("%s is overloaded: %s", name, w)
			}
		}
	}
}

// TestLittlesLaw: the mean number of requests in the system is the rate times the time that each stays.
func TestLittlesLaw(t *testing.T) {
	r := simulate(t, "llama-3.1-8b-h100", "workload.requests=2000")
	rate, stay := metric(t, r, "request_throughput"), metric(t, r, "mean_e2el_ms")/1e3
	if got, want := metric(t, r, "concurrency"), rate*stay; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("concurrency %v, want %v", got, want)
	}
	if running := metric(t, r, "concurrent_sequences.mean"); running > metric(t, r, "concurrency") {
		t.Errorf("%v run, of %v in the system", running, metric(t, r, "concurrency"))
	}
}

func TestMoreLoadIsNeverFaster(t *testing.T) {
	last := 0.0
	for _, rate := range []string{"0.5", "1", "2", "3"} {
		got := metric(t, simulate(t, "llama-3.1-8b-h100", "workload.rate_scale="+rate, "workload.requests=3000"), "mean_tpot_ms")
		if got < last {
			t.Errorf("mean TPOT fell from %v to %v ms at %s times the rate", last, got, rate)
		}
		last = got
	}
}

func TestOverloadIsSaid(t *testing.T) {
	r := simulate(t, "llama-3.1-8b-a100", "workload.rate_scale=20")
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "the queue still grew") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestLongContextIsSaid(t *testing.T) {
	r := simulate(t, "llama-2-70b-a100", "engine.max_model_len=8192", "workload.requests=50")
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "longer than the 4096 tokens") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestTracesFromElsewhere(t *testing.T) {
	for trace, rows := range map[string]int{
		"azure_2023_code.csv.gz": 8819, "azure_2023_conv.csv.gz": 19366,
		"mooncake_conversation.jsonl.gz": 12031, "mooncake_synthetic.jsonl.gz": 3993,
	} {
		r := simulateShared(t, trace)
		if got := r.Result.Completed + r.Result.Failed; got != rows {
			t.Errorf("%s: %d requests, want %d", trace, got, rows)
		}
	}
}

func TestNoFitSaysByHowMuchAndWhatWould(t *testing.T) {
	s, err := Load("deepseek-v3-h100")
	if err != nil {
		t.Fatal(err)
	}
	setAll(t, s, "hardware.gpus=8", "hardware.nodes=1", "parallel.dp=1", "parallel.ep=8")
	_, err = s.Build()
	var noFit *NoFit
	if !errors.As(err, &noFit) {
		t.Fatalf("got %v", err)
	}
	if noFit.Memory.ShortBy <= 0 || noFit.Smallest == nil || noFit.Smallest.GPUs() != 16 {
		t.Errorf("%+v", noFit)
	}
}

func TestInterruptedRunReturnsTheContextsError(t *testing.T) {
	s, err := Load("llama-3.1-8b-h100")
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	_, err = b.Run(ctx, Hooks{OnProgress: func(int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPriceFollowsGPUsAndTime(t *testing.T) {
	r := &Run{Scenario: Empty(""), Parts: &Parts{},
		Result: &sim.Result{OutputTokens: 2_000_000, InputTokens: 2_000_000, Duration: 3600 * 1e12}}
	r.Scenario.Hardware = Hardware{GPUs: 4, Replicas: 2, PricePerHour: 3}
	for name, want := range map[string]float64{
		"price.usd_per_hour": 24, "price.usd_per_million_output_tokens": 12, "price.usd_per_million_tokens": 6, "output_throughput": 2_000_000 / 3600.0,
	} {
		if got := metric(t, r, name); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

// simulateShared runs a trace that only a full checkout has.
func simulateShared(t *testing.T, trace string) *Run {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "traces", trace)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here", path)
	}
	return simulate(t, "llama-3.1-8b-h100", "workload.trace="+path, "workload.rate_scale=0.5")
}

// TestBuiltinsAreLoadedButStable: at the rate that each file chose, the queue drains, and on the trace nobody
// waits long.
func TestBuiltinsAreLoadedButStable(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every built-in scenario")
	}
	for _, name := range papers(false) {
		r := simulate(t, name)
		if strings.Contains(strings.Join(r.Warnings, "\n"), "the queue still grew") {
			t.Errorf("%s: the queue grows", name)
		}
		if ttft := metric(t, r, "p99_ttft_ms"); !r.Scenario.IsSynthetic() && ttft > 10_000 {
			t.Errorf("%s: p99 of TTFT is %.0f ms", name, ttft)
		}
		if running := metric(t, r, "concurrent_sequences.mean"); running < 0.3 {
			t.Errorf("%s: only %.2f sequences run at once", name, running)
		}
	}
}

// Blocks from an engine's log count whatever the memory model finds: it says so, and the scenario runs.
func TestGivenBlocksNeedNoRoom(t *testing.T) {
	s := parse(t, `[model]
name = "llama-3.1-70b"
[hardware]
device = "a100-sxm-80gb"
gpus = 2
[engine]
max_model_len = 4096
num_gpu_blocks = 900
gpu_memory_utilization = 0.8
[workload]
trace = "azure-2023-conv"
`)
	built, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	m := &built.Parts.Memory
	if !m.Fits() || m.Blocks != 900 || m.PoolBytesPerGPU != 900*m.BlockBytesPerGPU || m.ShortBy <= 0 {
		t.Errorf("fits %v in %d blocks of %v bytes, short by %v", m.Fits(), m.Blocks, m.PoolBytesPerGPU, m.ShortBy)
	}
	if text := strings.Join(built.Parts.Warnings, "\n"); !strings.Contains(text, "no room, short by") {
		t.Errorf("warnings: %s", text)
	}
}
