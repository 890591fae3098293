package launch

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// Lines as their authors write them, and what of the scenario follows from them.
func TestCommandLinesAreRead(t *testing.T) {
	for _, c := range []struct {
		line string
		want map[string]string // lines of the TOML by what they are about
	}{
		{"vllm serve Qwen/Qwen2.5-72B --tensor-parallel-size 4 --max-num-seqs=128 --max-model-len 32k --kv-cache-dtype fp8",
			map[string]string{"model": `name = "Qwen/Qwen2.5-72B"`, "plan": "tp = 4", "gpus": "gpus = 4", "seqs": "max_num_seqs = 128",
				"length": "max_model_len = 32000", "cache": `kv = "fp8"`, "engine": `policy = "vllm"`}},
		{"CUDA_VISIBLE_DEVICES=0,1 python -m vllm.entrypoints.openai.api_server \\\n  --model meta-llama/Llama-3.1-70B \\\n  -tp 2 -pp 2 --max-model-len 8K --no-enable-prefix-caching",
			map[string]string{"gpus": "gpus = 4", "stages": "pp = 2", "length": "max_model_len = 8192", "caching": "prefix_caching = false"}},
		{"vllm serve deepseek-ai/DeepSeek-V3 -dp 16 --enable-expert-parallel --trust-remote-code --port 80",
			map[string]string{"ranks": "dp = 16", "experts": "ep = 16", "gpus": "gpus = 16"}},
		{"python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-V3 --tp 16 --dp 8 --enable-dp-attention --ep-size 16 --nnodes 2",
			map[string]string{"ranks": "dp = 8", "experts": "ep = 16", "plan": "tp = 2", "gpus": "gpus = 16", "nodes": "nodes = 2"}},
		{"python3 -m sglang.launch_server --model meta-llama/Llama-3.1-8B --dp 4 --chunked-prefill-size 4096 --disable-radix-cache",
			map[string]string{"replicas": "replicas = 4", "gpus": "gpus = 1", "chunk": "max_num_batched_tokens = 4096", "cache": "prefix_caching = false"}},
		{"trtllm-serve 'meta-llama/Llama-3.1-70B' --tp_size 4 --max_batch_size 64 --max-num-tokens 4096",
			map[string]string{"engine": `policy = "trtllm"`, "seqs": "max_num_seqs = 64", "tokens": "max_num_batched_tokens = 4096"}},
		{"python3 -m sglang.launch_server --model-path Qwen/Qwen3-8B --mem-fraction-static 0.85 --swa-full-tokens-ratio 0.25 --mamba-full-memory-ratio 0.5",
			map[string]string{"share": "mem_fraction_static = 0.85", "windows": "swa_full_tokens_ratio = 0.25",
				"states": "mamba_full_memory_ratio = 0.5"}},
		{"trtllm-serve Qwen/Qwen3-8B --kv_cache_free_gpu_memory_fraction 0.8",
			map[string]string{"share": "free_gpu_memory_fraction = 0.8"}},
		{"vllm serve Qwen/Qwen3-8B --enforce-eager --kv-cache-memory-bytes 20000000000",
			map[string]string{"graphs": "enforce_eager = true", "cache": "kv_cache_memory_bytes = 20000000000"}},
		{"vllm serve Qwen/Qwen3-8B --cudagraph-capture-sizes 1 2 8 -cc.cudagraph_mode FULL_DECODE_ONLY --max-num-seqs 8",
			map[string]string{"sizes": "cudagraph_capture_sizes = [1, 2, 8]", "mode": `cudagraph_mode = "full_decode"`,
				"seqs": "max_num_seqs = 8"}},
		{"python3 -m sglang.launch_server --cuda-graph-bs 1 2 8 --model-path Qwen/Qwen3-8B",
			map[string]string{"sizes": "cudagraph_capture_sizes = [1, 2, 8]"}},
		{"python3 -m sglang.launch_server --model-path Qwen/Qwen3-8B --speculative-eagle-topk 1 --speculative-num-draft-tokens 4 --max-running-requests 8",
			map[string]string{"seqs": "max_num_seqs = 8"}},
		{"vllm serve meta-llama/Llama-3.1-70B --quantization awq -tp 2",
			map[string]string{"weights": `weights = "int4"`}},
	} {
		d, err := From(c.line)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		for about, want := range c.want {
			if !strings.Contains(d.TOML, "\n"+want+"\n") {
				t.Errorf("%s: of the %s, %q is not in\n%s", c.line, about, want, d.TOML)
			}
		}
		if len(d.Notes) > 0 {
			t.Errorf("%s: left out %q", c.line, d.Notes)
		}
	}
}

func TestWhatIsNotModelledIsSaid(t *testing.T) {
	d, err := From("vllm serve meta-llama/Llama-3.1-8B --swap-space 4 --frobnicate")
	if err != nil || len(d.Notes) != 2 || d.Notes[0] != "--swap-space 4 is not modelled" ||
		!strings.Contains(d.TOML, "# left out: --frobnicate is not modelled\n") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestMistakesInCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"":                           "begin with one of",
		"ls -l":                      "is no command that starts a known engine",
		"vllm serve":                 "names no model",
		"vllm serve a b":             `"b" follows no flag`,
		"vllm serve nobody/knows-it": "knows-it",
		"vllm serve meta-llama/Llama-3.1-8B -q none":                                   `"none" is unknown here`,
		"vllm serve meta-llama/Llama-3.1-8B -tp":                                       "has no value",
		"vllm serve meta-llama/Llama-3.1-8B -tp four":                                  "no degree of parallelism",
		"vllm serve meta-llama/Llama-3.1-8B --cudagraph-capture-sizes all":             "no whole number",
		"vllm serve meta-llama/Llama-3.1-8B '":                                         "quote",
		"vllm serve meta-llama/Llama-3.1-8B -tp 3":                                     "",
		"vllm serve meta-llama/Llama-3.1-8B --max-num-seqs 99999999999999999999":       "max_num_seqs",
		"python -m sglang.launch_server --model a --tp 4 --dp 3 --enable-dp-attention": "does not divide",
	} {
		if _, err := From(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

// A line that is written from a scenario says the scenario again.
func TestLinesAndScenariosSayTheSame(t *testing.T) {
	for _, text := range []string{
		"[model]\nname = \"qwen2.5-72b\"\n[hardware]\ngpus = 4\n[precision]\nkv = \"fp8\"\n[engine]\nmax_num_seqs = 99\nprefix_caching = false\n",
		"[model]\nname = \"deepseek-v3\"\n[hardware]\ngpus = 16\nnodes = 2\n[parallel]\ntp = 4\ndp = 4\nep = 16\n[engine]\npolicy = \"sglang\"\n",
		"[model]\nname = \"deepseek-v3\"\n[hardware]\ngpus = 16\nnodes = 2\n[parallel]\ntp = 4\ndp = 4\nep = 16\n[engine]\nmax_num_batched_tokens = 4096\n",
		"[model]\nname = \"llama-3.1-70b\"\n[hardware]\ngpus = 8\n[parallel]\ntp = 4\npp = 2\n[engine]\npolicy = \"trtllm\"\nmax_num_seqs = 64\n",
		"[model]\nname = \"qwen3-8b\"\n[engine]\ncudagraph_mode = \"piecewise\"\ncudagraph_capture_sizes = [1, 2, 9]\n",
	} {
		s, err := scenarios.Parse("s.toml", "", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		line, _, err := Args(s)
		if err != nil {
			t.Fatal(err)
		}
		d, err := From(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		again, err := scenarios.Parse("again.toml", "", []byte(d.TOML))
		if err != nil {
			t.Fatal(err)
		}
		a, _, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := again.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if a.Parallel != b.Parallel || a.Precision != b.Precision || a.Hardware.GPUs != b.Hardware.GPUs ||
			a.Engine.MaxNumSeqs != b.Engine.MaxNumSeqs ||
			a.Engine.MaxNumBatchedTokens != b.Engine.MaxNumBatchedTokens ||
			a.Engine.CUDAGraphMode != b.Engine.CUDAGraphMode ||
			!slices.Equal(a.Engine.CUDAGraphCaptureSizes, b.Engine.CUDAGraphCaptureSizes) ||
			*a.Engine.PrefixCaching != *b.Engine.PrefixCaching || a.Engine.Policy != b.Engine.Policy {
			t.Errorf("%s\nsays\n%s\nof\n%s", line, d.TOML, text)
		}
	}
}

// TestPrintedLinesStart gives vLLM a length with which it starts on a GPU whose cache is shorter than the
// model: none was given, or auto, for which a scenario has no value.
func TestPrintedLinesStart(t *testing.T) {
	d, err := From("vllm serve meta-llama/Llama-3.1-8B --max-model-len auto")
	if err != nil || strings.Contains(d.TOML, "max_model_len") || len(d.Notes) > 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	s, err := scenarios.Parse("small.toml", "", []byte(strings.Replace(d.TOML, "gpus = 1", "gpus = 1\ndevice = \"rtx-4090\"", 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, p, err := s.Resolve()
	if err != nil || p.Startable == 0 || len(p.Warnings) == 0 {
		t.Fatalf("starts with %d, warns %q, %v", p.Startable, p.Warnings, err)
	}
	line, _, err := Args(s)
	if err != nil || !strings.Contains(line, fmt.Sprintf("--max-model-len %d", p.Startable)) {
		t.Fatalf("%s, %v", line, err)
	}
	if err := s.SetText(fmt.Sprintf("engine.max_model_len=%d", p.Startable)); err != nil {
		t.Fatal(err)
	}
	if _, p, err = s.Resolve(); err != nil || !p.Memory.Fits() || len(p.Warnings) > 0 {
		t.Errorf("with that, fits %v, warns %q, %v", p.Memory.Fits(), p.Warnings, err)
	}
}

// Servers of pools are told their part, each engine in its own words.
func TestPoolsAreToldTheirPart(t *testing.T) {
	for engine, want := range map[string][2]string{
		"vllm": {`vllm serve meta-llama/Llama-3.1-8B --tensor-parallel-size 2 --kv-transfer-config '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'`,
			`vllm serve meta-llama/Llama-3.1-8B --max-num-seqs 64 --kv-transfer-config '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'`},
		"sglang": {"python -m sglang.launch_server --model-path meta-llama/Llama-3.1-8B --tp-size 2 " +
			"--disaggregation-mode prefill --disaggregation-transfer-backend nixl",
			"python -m sglang.launch_server --model-path meta-llama/Llama-3.1-8B --max-running-requests 64 " +
				"--disaggregation-mode decode --disaggregation-transfer-backend nixl"},
		"trtllm": {"trtllm-serve serve meta-llama/Llama-3.1-8B --tp_size 2", "trtllm-serve serve meta-llama/Llama-3.1-8B"},
	} {
		s, err := scenarios.Parse("s.toml", "", []byte(`[model]
name = "llama-3.1-8b"
[engine]
policy = "`+engine+`"
[[pool]]
role = "prefill"
gpus = 2
[[pool]]
role = "decode"
engine = { `+map[string]string{"vllm": "max_num_seqs = 64", "sglang": "max_num_seqs = 64"}[engine]+` }
`))
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			line, notes, err := PoolArgs(s, i)
			told := slices.ContainsFunc(notes, func(note string) bool { return strings.Contains(note, "context_servers") })
			if err != nil || line != want[i] || told != (engine == "trtllm") {
				t.Errorf("%s, pool %d: %s %q, %v", engine, i, line, notes, err)
			}
		}
	}
}

// A Deployment asks for the GPUs of one replica, and for as many pods as there are replicas.
func TestManifests(t *testing.T) {
	for text, want := range map[string][]string{
		"gpus = 4\nreplicas = 3\n": {"  replicas: 3\n", "nvidia.com/gpu: 4\n", `- "--tensor-parallel-size"`, `- "4"`, "containerPort: 8000\n",
			"  name: llama-3-1-70b\n", "image: docker.io/vllm/vllm-openai"},
		"gpus = 16\nnodes = 2\n": nil,
	} {
		s, err := scenarios.Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-70b\"\n[hardware]\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Manifest(s)
		if (err == nil) != (want != nil) {
			t.Errorf("%q: %v", text, err)
		}
		for _, line := range want {
			if !strings.Contains(got, line) {
				t.Errorf("%q is not in\n%s", line, got)
			}
		}
	}
}

// Every key that a flag sets is one of a scenario, and no flag stands twice.
func TestFlagsSetKeysOfScenarios(t *testing.T) {
	list, err := engines()
	if err != nil || len(list) != 3 {
		t.Fatalf("%d engines, %v", len(list), err)
	}
	known := map[string]bool{}
	for _, key := range scenarios.Keys() {
		known[key] = true
	}
	for _, e := range list {
		met := map[string]bool{}
		for _, f := range e.Flags {
			if f.Key != "" && !known[f.Key] {
				t.Errorf("%s: %s sets %s, which is no key of a scenario", e.Policy, f.Names[0], f.Key)
			}
			for _, name := range f.Names {
				if met[name] {
					t.Errorf("%s: %s stands twice", e.Policy, name)
				}
				met[name] = true
			}
		}
	}
}

// What a command line says of speculative decoding, but for how many drafts are accepted, which is assumed.
func TestSpeculationIsRead(t *testing.T) {
	for line, want := range map[string][]string{
		`vllm serve meta-llama/Llama-3.1-8B --speculative-config '{"method": "eagle3", "model": "a/head", "num_speculative_tokens": 3}'`: {
			`method = "eagle3"`, "num_speculative_tokens = 3"},
		`vllm serve meta-llama/Llama-3.1-8B -sc '{"model": "meta-llama/Llama-3.2-1B", "num_speculative_tokens": 5}'`: {
			`method = "draft_model"`, "num_speculative_tokens = 5", `draft_model = "meta-llama/Llama-3.2-1B"`},
		"vllm serve deepseek-ai/DeepSeek-V3 -tp 16 --speculative-config.method deepseek_mtp --speculative-config.num_speculative_tokens 1": {
			`method = "mtp"`, "num_speculative_tokens = 1"},
		"python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-V3 --tp 16 --speculative-algorithm NEXTN --speculative-num-steps 2": {
			`method = "mtp"`, "num_speculative_tokens = 2"},
		"sglang serve --model-path meta-llama/Llama-3.1-8B --speculative-algo STANDALONE --speculative-num-steps 2 --speculative-draft-model-path meta-llama/Llama-3.2-1B": {
			`method = "draft_model"`, `draft_model = "meta-llama/Llama-3.2-1B"`},
	} {
		d, err := From(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		for _, text := range append(want, "acceptance = 0.7") {
			if !strings.Contains(d.TOML, "\n"+text+"\n") {
				t.Errorf("%s: %q is not in\n%s", line, text, d.TOML)
			}
		}
		if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "accepted") {
			t.Errorf("%s: left out %q", line, d.Notes)
		}
	}
	for line, want := range map[string]string{
		"vllm serve meta-llama/Llama-3.1-8B --speculative-config eagle":                    "is no JSON object",
		`vllm serve meta-llama/Llama-3.1-8B --speculative-config '{"method": "medusa"}'`:   `"medusa" is unknown here`,
		`vllm serve meta-llama/Llama-3.1-8B -sc '{"num_speculative_tokens": "x"}'`:         "no whole number",
		"sglang serve --model-path meta-llama/Llama-3.1-8B --speculative-algorithm DFLASH": "unknown here",
		`vllm serve meta-llama/Llama-3.1-8B -sc '{"method": "eagle3"}'`:                    "num_speculative_tokens",
	} {
		if _, err := From(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
	d, err := From(`vllm serve meta-llama/Llama-3.1-8B -sc '{"method": "ngram", "num_speculative_tokens": 2, "disable_by_batch_size": 8}'`)
	if err != nil || len(d.Notes) != 2 || !strings.Contains(d.Notes[0], "disable_by_batch_size 8 is not modelled") {
		t.Errorf("%+v, %v", d, err)
	}
}

// What starts each engine with a scenario's speculative decoding.
func TestSpeculationIsSaid(t *testing.T) {
	for _, x := range []struct{ policy, method, line, note string }{
		{"vllm", "mtp", `--speculative-config '{"method":"mtp","num_speculative_tokens":2}'`, ""},
		{"vllm", "draft_model", `'{"method":"draft_model","num_speculative_tokens":2,"model":"meta-llama/Llama-3.2-1B"}'`, ""},
		{"vllm", "eagle3", `"method":"eagle3"`, "name the EAGLE-3 head"},
		{"sglang", "mtp", "--speculative-algorithm NEXTN --speculative-num-steps 2 --speculative-eagle-topk 1 --speculative-num-draft-tokens 3", ""},
		{"sglang", "draft_model", "--speculative-draft-model-path meta-llama/Llama-3.2-1B", ""},
		{"trtllm", "mtp", "trtllm-serve", "{decoding_type: MTP, num_nextn_predict_layers: 2}"},
		{"trtllm", "eagle3", "trtllm-serve", "max_draft_len: 2"},
	} {
		model := "deepseek-v3"
		if x.method == "draft_model" {
			model = "llama-3.1-70b"
		}
		text := "[model]\nname = \"" + model + "\"\n[hardware]\ngpus = 16\nnodes = 2\n[engine]\npolicy = \"" + x.policy +
			"\"\n[speculative]\nmethod = \"" + x.method + "\"\nnum_speculative_tokens = 2\nacceptance = 0.8\n"
		if x.method == "draft_model" {
			text += "draft_model = \"llama-3.2-1b\"\n"
		}
		s, err := scenarios.Parse("s.toml", "", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		line, notes, err := Args(s)
		if err != nil || !strings.Contains(line, x.line) || !strings.Contains(strings.Join(notes, "; "), x.note) {
			t.Errorf("%s, %s: %s, %q, %v", x.policy, x.method, line, notes, err)
		}
		if x.policy == "trtllm" {
			continue
		}
		if d, err := From(line); err != nil || !strings.Contains(d.TOML, `method = "`+x.method+`"`) {
			t.Errorf("%s: %+v, %v", line, d, err)
		}
	}
}
