package compare

import (
	"context"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/explain"
)

// request compares a small model with itself and with one that keeps four times the cache.
func request(t *testing.T, models ...string) *Question {
	t.Helper()
	objectives, err := capacity.ParseObjectives("ttft_p99=1s,tpot_p99=50ms", "test")
	if err != nil {
		t.Fatal(err)
	}
	return &Question{Models: models, Devices: []string{"h100-sxm-80gb"}, Workload: "512x64", Requests: 300,
		RateScale: 4, Objectives: objectives, Batch: 16, Plan: explain.Best}
}

const small, wide = "llama-3.1-8b", "llama-3.1-8b+attention.kv_heads=32"

func TestMoreKVHeadsCostMemoryAndTime(t *testing.T) {
	done := 0
	r := request(t, small, wide)
	s, err := Run(context.Background(), r, func(n int) { done = n })
	if err != nil {
		t.Fatal(err)
	}
	if done != r.Parts() {
		t.Errorf("%d of %d parts done", done, r.Parts())
	}
	a, b := &s.Entries[0], &s.Entries[1]
	if b.KVBytesPerToken != 4*a.KVBytesPerToken {
		t.Errorf("%v and %v bytes a token", a.KVBytesPerToken, b.KVBytesPerToken)
	}
	if a.Same.GPUs != b.Same.GPUs || a.Enough == nil || a.Load == nil || a.Edge == nil || b.Edge == nil {
		t.Fatalf("%+v, %+v", a, b)
	}
	if a.Edge.Rate < b.Edge.Rate || a.Edge.USD > b.Edge.USD {
		t.Errorf("the smaller cache serves %v requests/s at $%v, the larger %v at $%v", a.Edge.Rate, a.Edge.USD, b.Edge.Rate, b.Edge.USD)
	}
	for i := range a.Contexts {
		x, y := &a.Contexts[i], &b.Contexts[i]
		if x.Sequences < y.Sequences || y.TPOT > 0 && x.TPOT > y.TPOT {
			t.Errorf("%d tokens: %+v against %+v", x.Context, x, y)
		}
	}
	if math.Abs(s.Workload.MeanInput-512) > 1e-9 || math.Abs(s.Workload.MeanOutput-64) > 1e-9 ||
		math.Abs(s.Workload.Rate/4-1) > 0.2 {
		t.Errorf("workload %+v", s.Workload)
	}
}

func TestStudyIsTheSameOnAnyNumberOfCores(t *testing.T) {
	study := func(cores int) *Study {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		s, err := Run(context.Background(), request(t, small, "mistral-7b"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if one, four := study(1), study(4); !reflect.DeepEqual(one, four) {
		t.Error("the study depends on the number of cores")
	}
}

// TestLevers: half the layers take about half the time, and what cannot be built is left out.
func TestLevers(t *testing.T) {
	r := request(t, small)
	list := r.candidates()
	base, levers, err := list[0].levers(Placement{GPUs: 1, Replicas: 1, TP: 1, PP: 1, DP: 1, EP: 1}, 1024)
	if err != nil {
		t.Fatal(err)
	}
	byField := map[string]Lever{}
	for i, l := range levers {
		byField[l.Field] = l
		if i > 0 && l.swing(base) > levers[i-1].swing(base) {
			t.Errorf("%s stands below a weaker lever", l.Field)
		}
	}
	if layers := byField["stack[0].repeat"]; layers.Value != 32 || layers.Halved < 0.45*base ||
		layers.Halved > 0.65*base || layers.Double < 1.8*base {
		t.Errorf("layers: %+v of %v", layers, base)
	} else if layers.Title != "layers" || byField["hidden"].Title != "hidden" {
		t.Errorf("%q, %q", layers.Title, byField["hidden"].Title)
	}
	if _, ok := byField["max_context"]; ok || len(levers) < 4 {
		t.Errorf("levers %v", levers)
	}
}

// Layers of several parts are told apart by what is in them.
func TestLeversNameLayers(t *testing.T) {
	part := func(ffn, mixer string) map[string]any {
		return map[string]any{"ffn": ffn, "mixer": mixer, "repeat": int64(1)}
	}
	got := layers(map[string]any{"stack": []map[string]any{part("dense", "mla"), {"mixer": "delta"}}})
	want := map[string]string{"stack[0].repeat": "layers (dense)", "stack[1].repeat": "layers (delta)"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestChangesFindWhereTheLeadTurns(t *testing.T) {
	got := changes([]float64{0.5, 0.2, 0.005, -0.3, -0.4, 0.1}, explain.LeastLead)
	if want := [][2]int{{1, 3}, {4, 5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("changes %v, want %v", got, want)
	}
	if got := changes([]float64{0.009, -0.009}, explain.LeastLead); got != nil {
		t.Errorf("ties crossed at %v", got)
	}
}

// TestCrossingIsWhereTheOrderTurns: on two GPUs, which the third model makes necessary, full attention with
// fewer layers holds more short sequences, and windows hold more long ones.
func TestCrossingIsWhereTheOrderTurns(t *testing.T) {
	r := request(t, "qwen3-32b", "gemma-3-27b", "kimi-linear-48b-a3b")
	r.Requests = 100
	s, err := Run(context.Background(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	var c *Crossing
	for i := range s.Crossings {
		if s.Crossings[i].Metric == SequencesAtOnce {
			c = &s.Crossings[i]
		}
	}
	if c == nil || c.Below != "qwen3-32b" || c.Above != "gemma-3-27b" {
		t.Fatalf("crossings %+v", s.Crossings)
	}
	for i, p := range s.Entries[0].Contexts {
		q := s.Entries[1].Contexts[i]
		if p.Sequences > 0 && math.Abs(math.Log(float64(p.Context)/c.At)) > 0.02 &&
			(p.Sequences > q.Sequences) != (float64(p.Context) < c.At) {
			t.Errorf("%d tokens: %d and %d sequences, where they cross at %v", p.Context, p.Sequences, q.Sequences, c.At)
		}
	}
}

func TestMistakes(t *testing.T) {
	for models, want := range map[string]string{
		"llama-3.1-8c":                  "llama-3.1-8b",
		small + "+attention.kv_head=2":  "kv_heads",
		small + "+kv_heads":             "changes no field",
		small + "+attention.kv_heads=3": "kv_heads",
	} {
		if _, err := Run(context.Background(), request(t, models), nil); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", models, err)
		}
	}
	r := request(t, small)
	r.Workload = "azure-2023-con"
	if _, err := Run(context.Background(), r, nil); err == nil {
		t.Error("an unknown trace: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, request(t, small), nil); err == nil {
		t.Error("cancelled: no error")
	}
}
