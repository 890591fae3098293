package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/workloads"
)

var update = flag.Bool("update", false, "write the goldens in testdata anew")

// simulated is a short run of a built-in scenario.
func simulated(t *testing.T, name string) *scenarios.Run {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetText("workload.requests=300"); err != nil {
		t.Fatal(err)
	}
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r, err := b.Run(context.Background(), scenarios.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fixed is a run whose numbers no calibration changes, for goldens.
func fixed(t *testing.T) *scenarios.Run {
	t.Helper()
	s, err := scenarios.Load("deepseek-v3-h100")
	if err != nil {
		t.Fatal(err)
	}
	resolved, parts, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	resolved.Hardware.PricePerHour = 2
	parts.Memory = kv.Memory{DeviceBytes: 85.5e9, WeightBytesPerGPU: 44.3e9, PoolBytesPerGPU: 29.7e9,
		KVBytesPerToken: 70272, Blocks: 26000,
		Layout: kv.Layout{BlockTokens: 16}}
	d := sim.Distribution{Count: 10, Mean: 12.5, Std: 3, Min: 8, Max: 4031, Median: 11.25, P90: 100.5, P95: 900,
		P99: 4000}
	for i := range 20 {
		d.CDF = append(d.CDF, [2]float64{8 * float64(i+1), float64(i+1) / 20})
	}
	return &scenarios.Run{
		Scenario: resolved, Parts: parts, Warnings: []string{strings.Repeat("a warning that is longer than a line ", 4)},
		Result: &sim.Result{
			Completed: 19366, Failed: 2, InputTokens: 22361870, OutputTokens: 4088665, Duration: 3600 * 1e12, TTFT: d,
			TPOT: d, ITL: d, E2E: d,
			PoolResult: sim.PoolResult{ConcurrentSequences: sim.Levels{Mean: 15.5, P50: 15, P99: 34, Max: 43},
				KVUsage: sim.Levels{Mean: 0.023, Max: 0.5}},
			Preemptions: 1234,
			Series: []sim.Window{{Start: 0, End: 1e12, Running: 3, OutputTokens: 50, Arrivals: 2},
				{Start: 1e12, End: 2e12, Running: 5, KVUsage: 0.5}},
			MeanDecode: sim.MeanStep{Sequences: 13.7, Keys: []float64{16000}},
		},
	}
}

// contract lists the keys of a run's JSON object that other tools rely on.
var contract = []string{
	"completed", "failed", "total_input_tokens", "total_output_tokens", "duration", "request_throughput", "input_throughput",
	"output_throughput", "total_token_throughput", "concurrency", "preemptions", "scenario", "version", "seed", "warnings",
	"concurrent_sequences.mean", "concurrent_sequences.p50", "concurrent_sequences.p99", "concurrent_sequences.max",
	"kv_cache_usage.mean", "kv_cache_usage.p50", "kv_cache_usage.p99", "kv_cache_usage.max",
	"prefix_cache.hit_rate", "prefix_cache.block_hit_rate",
	"memory.weight_bytes", "memory.kv_bytes_per_token", "memory.num_gpu_blocks", "memory.max_concurrent_sequences",
	"step_breakdown.operators",
}

func TestRunHasEveryKeyOfTheContract(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, Run(simulated(t, "deepseek-v3-h100"))); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(b.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	keys := contract
	for _, statistic := range []string{"mean", "median", "std", "p90", "p99"} {
		for _, latency := range []string{"ttft", "tpot", "itl", "e2el"} {
			keys = append(keys, statistic+"_"+latency+"_ms")
		}
	}
	for _, key := range keys {
		if at(tree, key) == nil {
			t.Errorf("%s is missing", key)
		}
	}
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "e+") {
		t.Error("numbers are not plain")
	}
}

func TestJSONIsTheSameEveryTime(t *testing.T) {
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := WriteJSON(w, Run(simulated(t, "llama-3.1-8b-h100"))); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two runs differ")
	}
}

func TestSharesOfTheStepAddUp(t *testing.T) {
	r := simulated(t, "mixtral-8x7b-h100")
	sum := 0.0
	for _, o := range topOperators(r.Breakdown, 5) {
		sum += share(o.ms, total(r.Breakdown))
	}
	if sum < 1-1e-9 || sum > 1+1e-9 {
		t.Errorf("shares add up to %v", sum)
	}
}

func TestSummaryGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Summary(&b, fixed(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", b.Bytes())
}

func TestSummaryFitsATerminal(t *testing.T) {
	for _, name := range scenarios.Names()[:6] {
		var b bytes.Buffer
		if err := Summary(&b, simulated(t, name)); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(b.String(), "\n")
		if len(lines) > 40 {
			t.Errorf("%s: %d lines", name, len(lines))
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n > summaryWidth {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

// golden compares with a file of testdata, or writes it anew.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", path, diff)
	}
}

// Behind a gateway a row says whether that let the request in, and whether it gave it up.
func TestRequestRowsOfAGateway(t *testing.T) {
	var b bytes.Buffer
	r := NewRequests(&b, &scenarios.Scenario{Admission: scenarios.AdmissionTable{Policy: sim.AdmitAlways}})
	r.Add(&sim.Finished{Index: 1, Arrival: 2e12, Input: 10, Output: 1, TimedOut: true})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	const want = ",rejected,timed_out,ttft_ms,tpot_ms,e2el_ms\n1,2,,,10,1,0,0,false,false,true,,,\n"
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("%s", b.String())
	}
}

func TestRequestRows(t *testing.T) {
	var b bytes.Buffer
	r := NewRequests(&b, &scenarios.Scenario{})
	r.Add(&sim.Finished{Index: 3, Arrival: 1e12, FirstToken: 15e11, LastToken: 25e11, Input: 10, Output: 5,
		Cached: 2, Preemptions: 1})
	r.Add(&sim.Finished{Index: 4, Arrival: 2e12, FirstToken: 3e12, LastToken: 3e12, Input: 10, Output: 1})
	r.Add(&sim.Finished{Index: 5, Arrival: 2e12, Input: 10, Output: 1, Failed: true})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		strings.Split(strings.TrimSpace((&Requests{}).columns()), ","),
		{"3", "1", "1.5", "2.5", "10", "5", "2", "1", "false", "500", "250", "1500"},
		{"4", "2", "3", "3", "10", "1", "0", "0", "false", "1000", "", "1000"},
		{"5", "2", "", "", "10", "1", "0", "0", "true", "", "", ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestFiguresAreDrawnWithTheirData(t *testing.T) {
	for name, r := range map[string]*scenarios.Run{
		"run":   simulated(t, "llama-3.1-8b-h100"),
		"fixed": fixed(t),
		"empty": {Scenario: fixed(t).Scenario, Parts: fixed(t).Parts, Result: &sim.Result{}},
	} {
		figures, err := Figures(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		dir := t.TempDir()
		for _, f := range figures {
			for _, look := range []figure.Look{{Width: 150, Height: 150}, {Width: 3000, Height: 150}, {}} {
				if err := f.Save(dir, look); err != nil {
					t.Fatalf("%s: %s: %v", name, f.Name, err)
				}
			}
			if name != "empty" && f.Name != "step_breakdown" && len(f.Data.Rows) == 0 {
				t.Errorf("%s: %s has no data", name, f.Name)
			}
		}
	}
}

func TestCoarseWindowsKeepWhatTheyCount(t *testing.T) {
	var windows []sim.Window
	for i := range 1000 {
		windows = append(windows, sim.Window{Start: units.Picoseconds(i) * 1e12, End: units.Picoseconds(i+1) * 1e12,
			Running: float64(i % 7), Waiting: float64(i % 5), KVUsage: float64(i) / 1000,
			InputTokens: int64(2 * i), OutputTokens: int64(i), Arrivals: 3, Completions: 1, Preempted: int64(i % 2)})
	}
	joined := coarse(windows)
	if len(joined) > maxWindows {
		t.Errorf("%d windows", len(joined))
	}
	got, want := totals(joined), totals(windows)
	if len(want) != 8 {
		t.Errorf("a window adds up %v", want)
	}
	for name, total := range want {
		if total == 0 || math.Abs(got[name]/total-1) > 1e-12 {
			t.Errorf("%s adds up to %v, in fewer windows to %v", name, total, got[name])
		}
	}
}

// totals adds up every count of some windows, and every level over time.
func totals(windows []sim.Window) map[string]float64 {
	sums := map[string]float64{}
	for i := range windows {
		v := reflect.ValueOf(windows[i])
		for f := range v.NumField() {
			switch name := v.Type().Field(f).Name; v.Field(f).Interface().(type) {
			case int64:
				sums[name] += float64(v.Field(f).Int())
			case float64:
				sums[name] += v.Field(f).Float() * float64(windows[i].End-windows[i].Start)
			}
		}
	}
	return sums
}

func TestCasesReadBack(t *testing.T) {
	s, err := scenarios.Load("llama-3.1-8b-h100")
	if err != nil {
		t.Fatal(err)
	}
	for _, assignment := range []string{"workload.requests=20", `sweep=[{key="workload.rate_scale", values=[1, 2.5]}, {key="precision.kv", values=["bf16"]}]`,
		`expect=[{metric="mean_tpot_ms", min=1, max=1.5}, {metric="p99_ttft_ms", max_increase="5%", baseline="b.json"}]`} {
		if err := s.SetText(assignment); err != nil {
			t.Fatal(err)
		}
	}
	cases, err := s.Cases()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []CaseResult
	from := CaseOrigin{Version: "1.2.3", Of: len(cases), Sweep: "f0", Digest: "0f"}
	back := func(c scenarios.Case, r *scenarios.Run, wrong error, verdicts []scenarios.Verdict) {
		var b bytes.Buffer
		if err := WriteJSON(&b, CaseObject(c, from, r, wrong, verdicts)); err != nil {
			t.Fatal(err)
		}
		read, err := ReadCase("c.json", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want, got = append(want, CaseOf(c, from, r, wrong, verdicts)), append(got, read)
	}
	for _, c := range cases {
		r := simulated(t, "llama-3.1-8b-h100")
		r.Scenario.Expect = s.Expect
		r.Judge([]float64{math.NaN(), 50})
		back(c, r, nil, nil)
	}
	verdicts := s.Judge(scenarios.NotRun("it did not"), []float64{math.NaN(), 50})
	r := classed(t)
	r.Intervals = []scenarios.Interval{{Metric: "p99_ttft_ms", Class: "chat", Low: 1, High: 2}, {Metric: "p99_ttft_ms", Low: 3, High: 4}}
	r.Sureness = &scenarios.Sureness{}
	back(cases[1], r, nil, nil)
	checkClassed(t, got)
	back(cases[0], nil, &fault.Error{Key: "hardware.gpus", Wrong: "is odd"}, verdicts)
	back(cases[1], nil, &scenarios.NoFit{Model: "m", Device: "d", GPUs: 1}, verdicts)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(got[0].Expectations) != 3 || got[0].Metrics["completed"] == 0 || !got[3].Invalid || !got[4].DoesNotFit {
		t.Errorf("%+v", got)
	}
	if f, err := SweepFigure(got); err != nil || f == nil {
		t.Errorf("no figure: %v", err)
	}
	for _, bad := range []string{"", "{", "[]", "{}", `{"case": {"settings": 3}}`} {
		if _, err := ReadCase("c.json", []byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestModelsAndDevicesForPeople(t *testing.T) {
	spec, err := arch.Lookup("deepseek-v3")
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	source, err := workloads.Open("azure-2023-conv", "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := workloads.Measure(source)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, err := range []error{WriteModel(&b, m, []string{"one"}), WriteDevice(&b, d), WriteWorkload(&b, "azure-2023-conv", &stats)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "catalogue.txt", b.Bytes())
}

func TestBrief(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0412: "0.0412", 0.14: "0.140", 8.314: "8.31", 15.55: "15.6", 412.4: "412", 19366: "19,366", -2000: "-2,000"} {
		if got := brief(v); got != want {
			t.Errorf("brief(%v) = %q, want %q", v, got, want)
		}
	}
}

// at is the value at a dotted name.
func at(tree map[string]any, name string) any {
	group, key, nested := strings.Cut(name, ".")
	if !nested {
		return tree[name]
	}
	inner, _ := tree[group].(map[string]any)
	return inner[key]
}
