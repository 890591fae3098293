package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// parse reads a scenario's text, which must be right.
func parse(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := Parse("s.toml", "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const whole = `
[model]
name = "llama-3.1-70b"
[hardware]
device = "h100-sxm-80gb"
gpus = 8
nodes = 1
replicas = 2
price_per_hour = 2.5
[parallel]
tp = 4
pp = 1
dp = 2
ep = 1
[precision]
weights = "fp8"
attention = "bf16"
kv = "fp8"
[engine]
policy = "vllm"
router = "round-robin"
max_num_seqs = 64
max_num_batched_tokens = 4096
block_size = 32
gpu_memory_utilization = 0.85
max_model_len = 32768
prefix_caching = false
async_scheduling = false
chunked_prefill = true
long_prefill_token_threshold = 1024
scheduler_reserve_full_isl = false
watermark = 0.01
[workload]
trace = "azure-2023-conv"
rate_scale = 0.5
requests = 100
seed = 7
start_s = 60
end_s = 600
warmup_s = 10
[[sweep]]
key = "parallel.tp"
values = [4, 8]
[[expect]]
metric = "p99_tpot_ms"
max = 60
min = 1
`

func TestEveryKeyReachesTheSimulation(t *testing.T) {
	s := parse(t, whole)
	r, p, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if p.Plan.TP != 4 || p.Plan.DP != 2 || p.Plan.GPUsPerNode != 8 {
		t.Errorf("plan %+v", p.Plan)
	}
	if got := p.Plan.Precision; got.Attention.String() != "bf16" || got.Dense.String() != "fp8" || got.KV.String() != "fp8" {
		t.Errorf("precision %+v", got)
	}
	l := p.Limits
	if l.MaxNumSeqs != 64 || l.MaxNumBatchedTokens != 4096 || l.MaxModelLen != 32768 ||
		l.LongPrefillThreshold != 1024 ||
		!l.ChunkedPrefill || l.ReserveFullInput || l.Watermark != 0.01 {
		t.Errorf("limits %+v", l)
	}
	if p.Memory.Layout.BlockTokens != 32 || *r.Engine.PrefixCaching || r.Hardware.PricePerHour != 2.5 {
		t.Errorf("memory %+v, engine %+v", p.Memory, r.Engine)
	}
}

func TestResolvingIsIdempotentAndLeavesTheScenarioAlone(t *testing.T) {
	s := parse(t, whole)
	before := *s
	r, _, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return strings.HasSuffix(p.String(), "source") }, cmp.Ignore())
	if diff := cmp.Diff(before, *s, ignore, cmp.AllowUnexported(Scenario{})); diff != "" {
		t.Errorf("resolving changed the scenario:\n%s", diff)
	}
	again, _, err := r.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*r, *again, ignore, cmp.AllowUnexported(Scenario{})); diff != "" {
		t.Errorf("resolving twice differs:\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		text                 string
		gpus, tp, pp, dp, ep int
	}{
		{`[model]
name = "llama-3.1-8b"`, 1, 1, 1, 1, 1},
		{`[model]
name = "llama-3.1-405b"`, 16, 8, 2, 1, 1}, // bf16: the fewest that fit
		{`[model]
name = "deepseek-v3"`, 16, 8, 1, 2, 16},
		{`[model]
name = "llama-3.1-8b"
[hardware]
gpus = 4`, 4, 4, 1, 1, 1},
		{`[model]
name = "llama-3.1-8b"
[hardware]
gpus = 4
[parallel]
dp = 2`, 4, 2, 1, 2, 1},
		{`[model]
name = "llama-3.1-8b"
[parallel]
tp = 2
pp = 2`, 4, 2, 2, 1, 1},
	} {
		r, p, err := parse(t, c.text).Resolve()
		if err != nil {
			t.Fatal(err)
		}
		got := [...]int{r.Hardware.GPUs, r.Parallel.TP, r.Parallel.PP, r.Parallel.DP, r.Parallel.EP}
		if want := [...]int{c.gpus, c.tp, c.pp, c.dp, c.ep}; got != want {
			t.Errorf("%s\ngpus, tp, pp, dp, ep = %v, want %v", c.text, got, want)
		}
		if r.Hardware.Device != DefaultDevice || r.Workload.Trace != DefaultTrace || r.Workload.RateScale != 1 {
			t.Errorf("defaults %+v %+v", r.Hardware, r.Workload)
		}
		if !p.Memory.Fits() {
			t.Errorf("%s\ndoes not fit", c.text)
		}
	}
}

func TestEngineDefaultsDependOnTheGPU(t *testing.T) {
	for device, want := range map[string][2]int{"h100-sxm-80gb": {1024, 8192}, "a100-sxm-80gb": {256, 2048}} {
		s := parse(t, "[model]\nname = \"llama-3.1-8b\"")
		if err := s.Set("hardware.device", device, "test"); err != nil {
			t.Fatal(err)
		}
		r, _, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{r.Engine.MaxNumSeqs, r.Engine.MaxNumBatchedTokens}; got != want {
			t.Errorf("%s: %v, want %v", device, got, want)
		}
	}
}

func TestBuiltinsFitAndSayWhatTheyAre(t *testing.T) {
	for _, name := range Names() {
		text, err := Text(name)
		if err != nil {
			t.Fatal(err)
		}
		if title := Title(text); len(title) < 20 || !strings.HasSuffix(title, ".") {
			t.Errorf("%s: title %q", name, title)
		}
		for _, word := range []string{"# Plan:", "# Rate:"} {
			if !strings.Contains(string(text), word) {
				t.Errorf("%s does not say its %q", name, word)
			}
		}
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Build()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b.Close()
	}
}

func TestSetEqualsTheFile(t *testing.T) {
	s := Empty("s.toml")
	for _, assignment := range []string{
		`model.name=llama-3.1-70b`, `hardware.gpus = 8`, `parallel.tp=4`, `parallel.dp=2`, `precision.weights="fp8"`,
		`engine.prefix_caching=false`, `workload.rate_scale=0.5`, `sweep=[{key="parallel.tp", values=[4, 8]}]`,
		`expect=[{metric="p99_tpot_ms", max=60}]`, `model.attention.kv_heads=4`,
	} {
		if err := s.SetText(assignment); err != nil {
			t.Fatal(err)
		}
	}
	want := parse(t, `
[model]
name = "llama-3.1-70b"
override = { "attention.kv_heads" = 4 }
[hardware]
gpus = 8
[parallel]
tp = 4
dp = 2
[precision]
weights = "fp8"
[engine]
prefix_caching = false
[workload]
rate_scale = 0.5
[[sweep]]
key = "parallel.tp"
values = [4, 8]
[[expect]]
metric = "p99_tpot_ms"
max = 60
`)
	s.source = want.source
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(Scenario{}, source{}),
		cmp.FilterPath(func(p cmp.Path) bool {
			return strings.HasPrefix(p.String(), "source")
		}, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
}

func TestOverridesOfKindsComeFirst(t *testing.T) {
	got := overrideOrder(map[string]any{"attention.kv_rank": 1, "attention.kind": 1, "moe": 1, "hidden": 1, "a.b": 1})
	want := []string{"hidden", "moe", "attention.kind", "a.b", "attention.kv_rank"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s := parse(t, "[model]\nname = \"llama-3.1-70b\"\n[model.override.attention]\nkind = \"mla\"\nkv_rank = 512\n")
	_, p, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Model.Caches(&p.Plan.Precision)[0]; got.Kind != "mla" || got.BytesPerToken != 1152 {
		t.Errorf("cache %+v", got)
	}
}

// TestInlineReadsBack writes values as TOML and reads them again.
func TestInlineReadsBack(t *testing.T) {
	value := rapid.OneOf(
		rapid.Map(rapid.StringMatching(`[ -~]{0,12}`), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
	)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.OneOf(value, rapid.Map(rapid.SliceOfN(value, 0, 4), func(l []any) any { return l })).Draw(t, "value")
		text, err := inline(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseValue(text)
		if err != nil {
			t.Fatal(err)
		}
		if list, ok := got.([]any); ok && len(list) == 0 {
			got = []any{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
	})
}

func TestFileNamesAreRelativeToTheOneWhoWroteThem(t *testing.T) {
	text := `[model]
config = "a.json"
[workload]
synthetic = { arrival = { trace = "a.csv" }, input = { trace = "a.csv" }, output = { trace = "a.csv" } }
[[sweep]]
key = "workload.trace"
values = ["a.csv", "b.csv"]
`
	s, err := Parse("dir/s.toml", "dir", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"model.config", "workload.synthetic.arrival.trace", "workload.synthetic.input.trace", "workload.synthetic.output.trace"}
	for _, key := range keys {
		if got := s.source.path(key, "a"); got != "dir/a" {
			t.Errorf("%s from the file: %s", key, got)
		}
	}
	if c := s.at(1); c.Err != nil || c.Scenario.source.path("workload.trace", c.Scenario.Workload.Trace) != "dir/b.csv" {
		t.Errorf("from the file's sweep: %s, %v", c.Scenario.source.path("workload.trace", c.Scenario.Workload.Trace), c.Err)
	}
	for _, key := range keys {
		if err := s.SetText(key + "=b"); err != nil {
			t.Fatal(err)
		}
		if got := s.source.path(key, "b"); got != "b" {
			t.Errorf("%s from a flag: %s", key, got)
		}
	}
}

// Every trace that a scenario names is looked for where its key says.
func TestTracesAreFoundWhereTheirKeyWasWritten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"t.csv", "u.csv", "v.csv"} { // from the same trace, prompts and outputs would be of the same rows
		if err := os.WriteFile(filepath.Join(dir, name), []byte("arrived_at,num_prefill_tokens,num_decode_tokens\n0,5,7\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	empirical := func(name string) string { return `{ distribution = "empirical", trace = "` + name + `" }` }
	text := "[model]\nname = \"llama-3.1-8b\"\n[workload.synthetic]\nrequests = 1\narrival = { process = \"trace\", trace = \"t.csv\" }\n" +
		"input = " + empirical("t.csv") + "\noutput = " + empirical("u.csv") + "\n"
	for _, key := range []string{"", "workload.synthetic.arrival.trace", "workload.synthetic.input.trace", "workload.synthetic.output.trace"} {
		s, err := Parse(filepath.Join(dir, "s.toml"), dir, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if key == "" {
			if _, err := s.Build(); err != nil {
				t.Errorf("beside the scenario: %v", err)
			}
			continue
		}
		if err := s.SetText(key + "=v.csv"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Build(); err == nil || !strings.Contains(err.Error(), key) ||
			!strings.Contains(err.Error(), "no such trace") {
			t.Errorf("%s by a flag is not looked for in the user's folder: %v", key, err)
		}
	}
}

// A rack of 72 GPUs is divided like one of 64, so that plans of powers of two fill nodes.
func TestPlansTakeAPowerOfTwoOfANodesGPUs(t *testing.T) {
	s := parse(t, "[model]\nname = \"deepseek-v3\"\n[hardware]\ndevice = \"gb200\"\ngpus = 64\n"+
		"[parallel]\nep = 64\ntp = 16\ndp = 4\n[workload]\ntrace = \"azure-2023-conv\"\n")
	r, p, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if r.Hardware.Nodes != 1 {
		t.Errorf("64 GPUs of a rack are %d nodes", r.Hardware.Nodes)
	}
	plan, ok := planFor(p.Model, 128, p.Device.GPUsPerNode, &p.Plan.Precision)
	if !ok || plan.GPUs() != 128 || plan.GPUsPerNode != 64 {
		t.Errorf("%+v, %v", plan, ok)
	}
}

// TensorRT-LLM cuts no prompt by itself, but one as long as a step would be refused or wait until nothing
// decodes.
func TestPromptsAsLongAsAStepAreCut(t *testing.T) {
	for _, c := range []struct {
		prompt string
		cut    bool
	}{{`{ distribution = "fixed", value = 8191 }`, false}, {`{ distribution = "fixed", value = 8192 }`, true},
		{`{ distribution = "uniform", min = 1, max = 9000 }`, true}} {
		text := "[model]\nname = \"llama-3.1-8b\"\n[engine]\npolicy = \"trtllm\"\nmax_num_batched_tokens = 8192\n" +
			"[workload.synthetic]\nrequests = 1\narrival = { process = \"constant\", rate = 1.0 }\ninput = " + c.prompt +
			"\noutput = { distribution = \"fixed\", value = 8 }\n"
		r, p, err := parse(t, text).Resolve()
		if err != nil {
			t.Fatal(err)
		}
		warned := strings.Contains(strings.Join(p.Warnings, "\n"), "chunked_prefill = true is assumed")
		if *r.Engine.ChunkedPrefill != c.cut || warned != c.cut {
			t.Errorf("%s: cut %v, warnings %q", c.prompt, *r.Engine.ChunkedPrefill, p.Warnings)
		}
	}
}
