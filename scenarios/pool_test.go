package scenarios

import (
	"context"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// twoPools is a small load on two pools, of which the second is another kind of device.
const twoPools = `[model]
name = "llama-3.1-8b"
[engine]
max_num_seqs = 128
[workload.synthetic]
requests = 60
arrival = { process = "poisson", rate = 40.0 }
input = { distribution = "normal", mean = 600, std = 300, min = 1 }
output = { distribution = "normal", mean = 40, std = 20, min = 1 }
[[pool]]
replicas = 2
[[pool]]
device = "a100-sxm-80gb"
gpus = 2
[pool.parallel]
tp = 2
[pool.engine]
max_num_seqs = 64
`

// runPools runs two pools, with settings.
func runPools(t *testing.T, settings ...string) *Run {
	t.Helper()
	s, err := Parse("pools", "", []byte(twoPools))
	if err != nil {
		t.Fatal(err)
	}
	setAll(t, s, settings...)
	r, err := s.Simulate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A pool has the scenario's tables but for what it says itself.
func TestPoolsOverrideTheScenario(t *testing.T) {
	r := runPools(t)
	first, second := &r.Scenario.Pool[0], &r.Scenario.Pool[1]
	if first.Replicas != 2 || first.GPUs != 1 || first.Engine.MaxNumSeqs != 128 ||
		first.Device != DefaultDevice {
		t.Errorf("the first pool is %+v", first)
	}
	if second.Replicas != 1 || second.GPUs != 2 || second.Parallel.TP != 2 || second.Engine.MaxNumSeqs != 64 {
		t.Errorf("the second pool is %+v", second)
	}
	// 2 × 2.69 and 2 × 1.39 dollars an hour
	if got := r.usdPerHour(); got != 2*2.69+2*1.39 {
		t.Errorf("an hour of both is %v dollars", got)
	}
	if len(r.Result.Others) != 1 || r.Result.Completed != 60 {
		t.Errorf("%d further pools, %d requests", len(r.Result.Others), r.Result.Completed)
	}
}

// Pools that a flag gives in one line say what those of a file do, and stand for all of these.
func TestPoolsInOneLineStandForThoseOfTheFile(t *testing.T) {
	want := runPools(t)
	line := `pool=[{replicas=2}, {device="a100-sxm-80gb", gpus=2, parallel={tp=2}, engine={max_num_seqs=64}}]`
	other := `pool=[{device="l40s", gpus=4, parallel={tp=4}, engine={max_num_seqs=32}}]`
	for name, r := range map[string]*Run{"the same": runPools(t, line), "after others": runPools(t, other, line)} {
		if !reflect.DeepEqual(r.Scenario.Pool, want.Scenario.Pool) || r.Result.Duration != want.Result.Duration {
			t.Errorf("%s: %+v, want %+v", name, r.Scenario.Pool, want.Scenario.Pool)
		}
	}
}

// Two pools that are alike are the same deployment as twice the replicas of one.
func TestEqualPoolsAreOne(t *testing.T) {
	const text = `[model]
name = "llama-3.1-8b"
[hardware]
replicas = 2
[workload.synthetic]
requests = 60
arrival = { process = "poisson", rate = 40.0 }
input = { distribution = "normal", mean = 600, std = 300, min = 1 }
output = { distribution = "normal", mean = 40, std = 20, min = 1 }
`
	means := map[string]float64{}
	for _, pools := range []string{"", "[[pool]]\nreplicas = 1\n[[pool]]\nreplicas = 1\n"} {
		s, err := Parse("alike", "", []byte(text+pools))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Simulate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range Values(r.Metrics()) {
			if strings.HasPrefix(name, "mean_") {
				means[name] = v - means[name]
			}
		}
	}
	for name, difference := range means {
		if difference > 1e-9 || difference < -1e-9 {
			t.Errorf("%s differs by %v", name, difference)
		}
	}
}

// Every key of a pool changes the result, and a plan of its own replaces the scenario's as a whole.
func TestEveryKeyOfAPoolDoesSomething(t *testing.T) {
	values := func(settings ...string) map[string]float64 {
		return Values(runPools(t, settings...).Metrics())
	}
	before := values()
	for _, setting := range []string{
		"pool[0].replicas=1", "pool[0].device=l40s-48gb", "pool[0].gpus=2", "pool[0].price_per_hour=9", "pool[0].parallel.tp=2",
		"pool[0].precision.weights=fp8", "pool[0].engine.max_num_batched_tokens=512", "pool[1].engine.policy=sglang",
	} {
		if maps.Equal(before, values(setting)) {
			t.Errorf("%s changes nothing", setting)
		}
	}
	if maps.Equal(values("pool[0].gpus=4"), values("pool[0].gpus=4", "pool[0].nodes=4")) {
		t.Error("a pool's nodes change nothing")
	}
	if r := runPools(t, "hardware.gpus=4", "parallel.tp=4", "pool[0].gpus=2"); r.Scenario.Pool[0].Parallel.TP != 2 {
		t.Errorf("a pool of two GPUs has tp = %d", r.Scenario.Pool[0].Parallel.TP)
	}
}

func TestMistakesInPools(t *testing.T) {
	for mistake, says := range map[string]string{
		"pool[1].engine.max_num_seqs=0":          "pool[1].engine.max_num_seqs: 0 is out of range",
		"pool[1].parallel.tp=3":                  "pool[1].parallel.tp: tp·pp·dp·cp = 3",
		"pool[2].gpus=3":                         "there is no pool 2: the scenario has 2",
		"pool[1].engine.max_seqs=3":              "pool[1].engine.max_seqs: unknown key",
		"pool[0].engine.policy=vlm":              "unknown engine",
		"pool[1].device=h1000":                   "pool[1].device: unknown device",
		"pool[0].engine.router=round-robin":      "there is one router for all",
		"pool[0].role=prefilling":                "unknown role",
		"pool[1].precision.kv=int4":              "pool[1].precision.kv: ",
		"pool[1].engine.mem_fraction_static=0.5": "pool[1].engine.mem_fraction_static: ",
	} {
		if err := setAndBuild(t, twoPools, mistake); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %q", mistake, err, says)
		}
	}
}

// setAndBuild is what is wrong with a text in which something is set.
func setAndBuild(t *testing.T, text, setting string) error {
	t.Helper()
	s, err := Parse("pools", "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err = s.SetText(setting); err == nil {
		_, err = s.Build()
	}
	return err
}

// twoParts is a prefill and a decode pool.
const twoParts = `[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 60
arrival = { process = "poisson", rate = 40.0 }
input = { distribution = "normal", mean = 600, std = 300, min = 1 }
output = { distribution = "normal", mean = 40, std = 20, min = 2 }
[[pool]]
role = "prefill"
device = "a100-sxm-80gb"
[[pool]]
role = "decode"
replicas = 2
`

// What goes between pools is what the prompts keep, and its parts add up.
func TestPrefillAndDecodePools(t *testing.T) {
	s, err := Parse("parts", "", []byte(twoParts))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Run(context.Background(), Hooks{Check: true})
	if err != nil {
		t.Fatal(err)
	}
	v := Values(r.Metrics())
	// Llama-3.1-8B keeps 131,072 bytes of a token: 2 · 8 heads · 128 values · 2 bytes in 32 layers.
	if v["kv_transfer.count"] != 60 || v["kv_transfer.bytes"] != 131072*v["total_input_tokens"] {
		t.Errorf("%v transfers of %v bytes", v["kv_transfer.count"], v["kv_transfer.bytes"])
	}
	if sum := v["ttft_breakdown.queue"] + v["ttft_breakdown.prefill"]; math.Abs(sum/v["mean_ttft_ms"]-1) > 1e-9 {
		t.Errorf("queue and prefill take %v ms, the first token %v", sum, v["mean_ttft_ms"])
	}
	if r.Scenario.Hardware.Device != DefaultDevice || r.Scenario.Pool[0].Device != "a100-sxm-80gb" {
		t.Errorf("the result shows the plan on %s", r.Scenario.Hardware.Device)
	}
}

func TestMistakesInRoles(t *testing.T) {
	for mistake, says := range map[string]string{
		"pool[0].role=aggregated":  "pool[0].role: is aggregated, beside pools of parts",
		"pool[0].role=decode":      "pool[0].role: has no prefill pool",
		"pool[1].role=prefill":     "pool[0].role: has no decode pool",
		"pool[1].precision.kv=fp8": "a cache in fp8 cannot be sent",
		"router.policy=nearest":    "unknown router",
		"router={policy=\"kv\", prefill_policy=\"kv\", decode_policy=\"kv\"}": "router.policy: means nothing beside",
		"router={decode_policy=\"kv\", max_load_ratio=2}":                     "router.max_load_ratio: has no meaning",
		"pool[0].engine.policy=orca":                                          "pool[0].engine.policy: ",
		"disaggregation.threshold_tokens=3":                                   "has no meaning with decider = \"always\"",
		"disaggregation={decider=\"prefix-threshold\", pair_at=\"done\"}":     "asks the decode replica",
		"kv_transfer.connector=mooncake":                                      "unknown connector",
		"kv_transfer.bandwidth_gbps=-1":                                       "out of range",
		"pool=[{role=\"aggregated\"}]":                                        "",
	} {
		err := setAndBuild(t, twoParts, mistake)
		if says == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %q", mistake, err, says)
		}
	}
	if s, err := Parse("parts", "", []byte(twoPools+"[kv_transfer]\nlatency_us = 3\n")); err == nil {
		if _, err = s.Build(); err == nil || !strings.Contains(err.Error(), "means nothing without prefill and decode pools") {
			t.Errorf("transfers without parts: %v", err)
		}
	}
}

// Of prompts that are sent layer by layer a pool holds two.
func TestPoolsOfVeryFewBlocks(t *testing.T) {
	few := []string{"kv_transfer.connector=layerwise", "workload.synthetic.input={distribution=\"fixed\", value=500}"}
	for blocks, refused := range map[string]bool{"64": true, "65": false} { // of 16 tokens; one is vLLM's own
		s, err := Parse("few", "", []byte(twoParts))
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range append(few, "pool[1].engine.num_gpu_blocks="+blocks, "engine.max_model_len=900") {
			if err := s.SetText(setting); err != nil {
				t.Fatal(err)
			}
		}
		_, err = s.Build()
		if refused != (err != nil && strings.Contains(err.Error(), "do not hold two prompts of 500")) {
			t.Errorf("%s blocks: %v", blocks, err)
		}
	}
}

// A mistake in the file is told with its line, also where the pool's table stands apart.
func TestMistakesInPoolsHaveLines(t *testing.T) {
	_, err := func() (*Built, error) {
		s, err := Parse("pools", "", []byte(strings.Replace(twoPools, "tp = 2", "tp = 3", 1)))
		if err != nil {
			return nil, err
		}
		return s.Build()
	}()
	want := 1 + slices.Index(strings.Split(twoPools, "\n"), "tp = 2")
	if err == nil || !strings.HasPrefix(err.Error(), "pools:"+strconv.Itoa(want)+": pool[1].parallel.tp") {
		t.Errorf("%v; want line %d", err, want)
	}
}
