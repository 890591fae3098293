package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// verbs are the calls whose JSON objects other tools read, by the golden that lists their keys. Each is
// called in several ways, so that what may be null is seen to be so. An @ stands for a folder with the files
// that contractFiles writes.
var verbs = map[string][]string{
	"run": {
		"run @/some.toml", "run @/none.toml", "run llama-3.1-8b-h100 --set workload.requests=5 --set hardware.device=l40s --interval",
		"run deepseek-v3-h100 --set workload.requests=5",
	},
	"memory": {
		"memory --model deepseek-v3 --device h100 --gpus 8", "memory --model llama-3.1-70b --device h100 --gpus 4 --weights fp8",
		"memory --model kimi-k3 --device l4 --gpus 1",
	},
	"explain": {
		"explain llama-3.1-8b-h100 --batch 8", "explain --model deepseek-v3 --device h100 --gpus 16 --prefill 512",
		"explain --model qwen3-next-80b-a3b --device a100 --gpus 4 --weights int4",
	},
	"explain-router": {
		"explain --router --model qwen3-30b-a3b --gpus 8 --dp 8 --ep 8 --set routing.steps=2 " +
			"--set routing.redundant_experts=16 --quiet",
	},
	"explain-compare": {"explain --compare llama-3.1-8b,qwen3-30b-a3b --device h100 --gpus 2"},
	"capacity": {
		"capacity @/some.toml --slo ttft_p99=1s,tpot_p99=50ms --tolerance 0.2", "capacity @/none.toml --slo tpot_p99=50ms",
		"capacity @/some.toml --slo e2el_mean=2s --fewest replicas",
	},
	"plan": {
		"plan @/some.toml --slo ttft_p99=1s,tpot_p99=50ms --devices h100,l40s --max-gpus 4 --budgets 1024 --quiet",
		"plan @/some.toml --slo ttft_p99=1ms --max-gpus 2 --quiet", "plan @/some.toml --slo tpot_p99=1ms --max-gpus 1 --quiet",
	},
	"plan-pools": {"plan @/some.toml --slo ttft_p99=1s,tpot_p99=50ms --max-gpus 3 --pools --quiet"},
	"plan-cases": {
		"plan @/some.toml --slo ttft_p99=1s,tpot_p99=50ms --max-gpus 2 --prove --quiet --set sweep=[{key=\"hardware.gpus\",values=[1,0]},{key=\"hardware.device\",values=[\"h100\",\"l40s\"]}]",
	},
	"compare": {
		"compare --models llama-3.1-8b,qwen3-30b-a3b --workload 512x64 --requests 30 --quiet",
		"compare --models deepseek-v3,llama-3.1-8b --devices l4 --workload 512x64 --requests 10 --quiet --slo ttft_p99=1ms",
	},
	"check":    {"check @/some.toml", "check @/over.toml"},
	"diff":     {"diff @/old.json @/new.json"},
	"validate": {"validate @/measured.csv --quiet"},
	"devices":  {"devices show h100", "devices show rtx-4090"},
	"models":   {"models show deepseek-v3", "models show nemotron-h-56b", "models import @/config.json"},
}

// contractFiles are the inputs of verbs.
var contractFiles = map[string]string{
	"some.toml": `
[model]
name = "llama-3.1-8b"
[hardware]
device = "h100"
[slo]
ttft_ms = 60
[engine]
prefix_caching = true
[workload.synthetic]
requests = 40
seed = 3
arrival = { process = "poisson", rate = 8.0 }
input = { distribution = "lognormal", mean = 300, std = 200, max = 2000 }
output = { distribution = "normal", mean = 60, std = 20, min = 1, max = 200 }
[[expect]]
metric = "p99_ttft_ms"
max = 1000
[[expect]]
metric = "completed"
min = 41
`,
	"none.toml": `
[model]
name = "llama-3.1-8b"
[engine]
max_model_len = 100
[workload.synthetic]
requests = 3
arrival = { process = "constant", rate = 8.0 }
input = { distribution = "fixed", value = 300 }
output = { distribution = "fixed", value = 60 }
[[expect]]
metric = "p99_ttft_ms"
max = 1000
`,
	"over.toml": `
[model]
name = "llama-3.1-8b"
[hardware]
gpus = 2
[workload.synthetic]
requests = 10
arrival = { process = "constant", rate = 8.0 }
input = { distribution = "fixed", value = 300 }
output = { distribution = "fixed", value = 60 }
[[sweep]]
key = "hardware.device"
values = ["h100", "l4"]
[[expect]]
metric = "mean_tpot_ms"
max_increase = "1%"
max_decrease = "1%"
within = "1%"
baseline = "old.json"
`,
	"measured.csv": `model,system,gpus,engine,engine_version,weights,kv,gpu_memory_utilization,tp,pp,dp_attention,ep,isl,osl,length_min_fraction,concurrency,requests,ttft_ms,tpot_ms
Qwen/Qwen3-32B,h100_sxm,2,sglang,0.5.1.post1,bf16,,,2,1,1,1,1024,128,1.0,16,,840.8,16.5
Qwen/Qwen3-32B,h100_sxm,2,vllm,0.10.0,bf16,,,2,1,1,1,1024,128,1.0,8,,,12.4
Qwen/Qwen3-8B,h200_sxm,1,vllm,0.10.0,bf16,,,1,1,1,1,512,64,1.0,4,,40.0,8.0
nobody/knows-it,h100_sxm,2,sglang,0.5.1.post1,bf16,,,2,1,1,1,1024,128,1.0,64,,2530.0,30.1
`,
}

// contractFolder writes the verbs' inputs, among them a published config.json.
func contractFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contractFiles {
		writeFile(t, filepath.Join(dir, name), text)
	}
	config, err := os.ReadFile("../../sim/arch/huggingface/testdata/Qwen__Qwen3-8B.json")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "config.json"), string(config))
	for name, line := range map[string]string{"old.json": "run @/some.toml --interval --quiet", "new.json": "run @/none.toml --quiet"} {
		text, err := json.Marshal(object(t, dir, line))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), string(text))
	}
	return dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// object calls the program with --json - and reads what it prints.
func object(t *testing.T, dir, line string) map[string]any {
	t.Helper()
	args := append(strings.Fields(strings.ReplaceAll(line, "@", dir)), "--json", "-")
	var out, errs strings.Builder
	if status := run(context.Background(), strings.NewReader(""), &out, &errs, args); status != statusFine &&
		status != statusExpectation {
		t.Fatalf("roofserve %s: exit status %d: %s", line, status, errs.String())
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(out.String()), &tree); err != nil {
		t.Fatalf("roofserve %s: %v", line, err)
	}
	return tree
}

// TestContract compares every key of the JSON objects, the types that it was seen with and its unit with
// goldens: a key that disappears, changes its type or may newly be null breaks who reads it. The numbers
// themselves change with every calibration; what they are to each other does not, see relations.
func TestContract(t *testing.T) {
	dir := contractFolder(t)
	for name, lines := range verbs {
		keys := shape{}
		for _, line := range lines {
			tree := object(t, dir, line)
			keys.add(t, "", tree)
			if sums := relations[name]; sums != nil {
				sums(figures{t, line, tree})
			}
		}
		golden := filepath.Join("testdata", "contract", name+".txt")
		got := keys.text()
		if *update {
			writeFile(t, golden, got)
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (go test ./cmd/roofserve -update writes it anew):\n%s", golden, diff)
		}
	}
}

// shape is the types that each path of JSON objects was seen with.
type shape map[string]map[string]bool

func (s shape) note(path, kind string) {
	if s[path] == nil {
		s[path] = map[string]bool{}
	}
	s[path][kind] = true
}

func (s shape) add(t *testing.T, path string, v any) {
	switch x := v.(type) {
	case map[string]any:
		if path != "" {
			s.note(path, "object")
		}
		for key, inner := range x {
			s.add(t, strings.TrimPrefix(path+"."+generalised(path, key), "."), inner)
		}
	case []any:
		s.note(path, "list")
		for _, inner := range x {
			s.add(t, path+"[]", inner)
		}
	case string:
		s.note(path, "text")
	case bool:
		s.note(path, "bool")
	case nil:
		s.note(path, "null")
	case float64:
		s.note(path, "number")
		checkUnit(t, path, x)
	}
}

// generalised is a key, or * in objects whose keys are names of the data's own.
func generalised(path, key string) string {
	for _, open := range []string{"by_model", "by_system", "by_engine", "interval.metrics"} {
		if path == open {
			return "*"
		}
	}
	return key
}

// text lists the paths in alphabetical order with their types and, of numbers, the unit.
func (s shape) text() string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(s)) {
		kinds := slices.Sorted(maps.Keys(s[path]))
		unit := ""
		if s[path]["number"] {
			unit = " in " + unitOf(path)
		}
		fmt.Fprintf(&b, "%s: %s%s\n", path, strings.Join(kinds, " or "), unit)
	}
	return b.String()
}

// keyUnits are what numbers are in, by a part of their key; the first that is found counts.
var keyUnits = []struct{ part, unit string }{
	{"tokens_per_s", "tokens/s"}, {"requests_per_s", "requests/s"}, {"completed_per_s", "requests/s"}, {"goodput_per_s", "requests/s"},
	{"peak_flops_per_second", "FLOP/s"}, {"bandwidth_bytes_per_second", "B/s"}, {"ridge", "FLOP/B"}, {"intensity", "FLOP/B"},
	{"request_throughput", "requests/s"}, {"request_goodput", "requests/s"}, {"throughput", "tokens/s"},
	{"usd_per_hour", "USD/h"}, {"usd_per_gpu_hour", "USD/h"}, {"price_per_hour", "USD/h"}, {"usd_per_million", "USD"},
	{"tpot_ms_", "ms"}, {"_ms", "ms"}, {"_ms.", "ms"}, {"duration", "s"}, {"_s", "s"},
	{"bytes", "B"}, {"flops", "FLOP"}, {"latency_seconds", "s"}, {"watts", "W"}, {"hit_rate", "share"}, {"kv_cache_usage", "share"}, {"utilization", "share"},
	{".share", "share"}, {"sketch_error", "share"}, {"watermark", "share"},
	{"interval_coverage", "share"}, {"_ape", "fraction"}, {"median_bias", "fraction"},
	{"rate_scale", "1"}, {"shape", "1"}, {"burstiness", "1"}, {".rate", "requests/s"},
	{"interval.low", "share"}, {"interval.high", "share"},
}

// unitOf is the unit that a key's name promises; counts have none.
func unitOf(path string) string {
	leaf := path[strings.LastIndexByte(path, '.')+1:]
	group := strings.TrimSuffix(path, leaf)
	for _, name := range []string{leaf, "." + leaf, group, path} {
		for _, u := range keyUnits {
			if strings.HasSuffix(strings.TrimSuffix(name, "[]"), u.part) || strings.Contains(name, u.part) &&
				!strings.HasPrefix(u.part, "_s") {
				return u.unit
			}
		}
	}
	return "1"
}

var maybeNegative = regexp.MustCompile(`median_bias$|\.delta$`)

// checkUnit holds a number against what its unit allows: shares lie between 0 and 1, nothing but a bias and a
// change is negative.
func checkUnit(t *testing.T, path string, v float64) {
	switch unit := unitOf(path); {
	case unit == "share" && !(v >= 0 && v <= 1):
		t.Errorf("%s is %v, no share", path, v)
	case math.IsNaN(v) || math.IsInf(v, 0) || v < 0 && !maybeNegative.MatchString(path):
		t.Errorf("%s is %v", path, v)
	}
}

// promised are the keys that the design fixes: a golden written anew may not lose them.
var promised = map[string]string{
	"run": `completed failed total_input_tokens duration request_throughput output_throughput total_token_throughput concurrency
		input_throughput concurrent_sequences.mean concurrent_sequences.p50 concurrent_sequences.p99 concurrent_sequences.max
		kv_cache_usage.mean kv_cache_usage.p50 kv_cache_usage.p99 kv_cache_usage.max preemptions prefix_cache.hit_rate
		prefix_cache.block_hit_rate memory.weight_bytes memory.kv_bytes_per_token memory.num_gpu_blocks
		memory.max_concurrent_sequences step_breakdown scenario version seed warnings expectations`,
	"memory": `fits weight_bytes weight_bytes_per_gpu kv_bytes_per_token kv_bytes_per_token_per_layer kv_pool_bytes
		max_concurrent_sequences short_by_bytes smallest_plan`,
	"models":   `params.total params.active params.active_gemm layers kv_bytes_per_token kv_bytes_per_token_per_layer state_bytes_per_sequence warnings`,
	"explain":  `fits step_ms operators`,
	"validate": `overall.rows overall.tpot overall.ttft by_model by_system by_engine skipped skipped_rows`,
}

func TestContractNamesWhatTheDesignFixes(t *testing.T) {
	for name, text := range promised {
		keys := strings.Fields(text)
		switch name {
		case "run":
			for _, latency := range []string{"ttft", "tpot", "itl", "e2el"} {
				for _, statistic := range []string{"mean", "median", "std", "p90", "p99"} {
					keys = append(keys, statistic+"_"+latency+"_ms")
				}
			}
		case "validate":
			for _, latency := range []string{"tpot", "ttft"} {
				for _, statistic := range []string{"rows", "median_ape", "mean_ape", "p90_ape", "median_bias", "interval_coverage"} {
					keys = append(keys, "by_model.*."+latency+"."+statistic)
				}
			}
		}
		data, err := os.ReadFile(filepath.Join("testdata", "contract", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if !strings.Contains("\n"+string(data), "\n"+key+": ") {
				t.Errorf("%s lacks %s", name, key)
			}
		}
	}
}
