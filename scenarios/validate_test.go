package scenarios

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/fault"
)

const synthetic = `
[workload.synthetic]
requests = 10
arrival = { process = "poisson", rate = 2.0 }
input = { distribution = "fixed", value = 100 }
output = { distribution = "fixed", value = 10 }
`

// TestAKeyInTheWrongTableIsToldWhereItBelongs also where people know it by another name.
func TestAKeyInTheWrongTableIsToldWhereItBelongs(t *testing.T) {
	for text, want := range map[string]string{
		"gpus = 2":                                             "model.gpus: unknown key; it is a key of [hardware] and of [[pool]]",
		"[workload]\nrate = \"inf\"":                           "workload.rate: unknown key; it is a key of [workload.synthetic.arrival]",
		"[workload]\nrequest_rate = 2":                         "workload.request_rate: unknown key; [workload.synthetic.arrival] has rate",
		"[[workload.classes]]\nshare = 2":                      "workload.classes: unknown key; each class of clients is a [[workload.class]]",
		"[engine]\ndisable_cuda_graph = true":                  "engine.disable_cuda_graph: unknown key; enforce_eager has it",
		"[engine]\nenable_block_reuse = true":                  "engine.enable_block_reuse: unknown key; prefix_caching has it",
		"[speculative]\nmax_draft_len = 2":                     "speculative.max_draft_len: unknown key; num_speculative_tokens has how many",
		"[speculative]\nspeculative_disable_by_batch_size = 2": "unknown key; disable_by_batch_size has it",
		"[workload]\nnum_prompts = 2":                          "workload.num_prompts: unknown key; [workload.synthetic] has requests, arrival, input and output",
		"[workload]\nmax_concurrency = 2":                      `workload.max_concurrency: unknown key; [workload.synthetic.arrival] has process = "closed" with a concurrency`,
	} {
		_, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n"+text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

// TestMistakesNameLineAndKey: whatever is wrong is reported at its line, under its key, with what would be
// right.
func TestMistakesNameLineAndKey(t *testing.T) {
	const model = "[model]\nname = \"llama-3.1-8b\"\n" // two lines
	for _, c := range []struct {
		text string
		line int
		key  string
		want string
	}{
		{"[hardware]\ngpus = 1", 0, "model.name", "is missing"},
		{"[model]\nname = \"llama-3.1-8b\"\nconfig = \"x\"", 3, "model.config", "give one of them"},
		{"[model]\nname = \"lama-3.1-8b\"", 2, "model.name", `did you mean "llama-3.1-8b"`},
		{"[model]\nconfig = \"none.json\"", 2, "model.config", "no such file"},
		{model + "[hardware]\ngpus = -1", 4, "hardware.gpus", "-1 is out of range"},
		{model + "[hardware]\ndevice = \"h200-sxm-140gb\"", 4, "hardware.device", `did you mean "h200-sxm-141gb"`},
		{model + "[hardware]\ngpus = 4\nnodes = 3", 5, "hardware.nodes", "use a number that divides gpus"},
		{model + "[hardware]\ngpus = 3\n[parallel]\npp = 2", 4, "hardware.gpus", "cannot be divided"},
		{model + "[parallel]\ntp = 5", 4, "parallel.tp", "cannot be divided"},
		{"[model]\nname = \"qwen3-235b-a22b\"\n[parallel]\ntp = 8\n[precision]\nweights = \"fp8\"", 4, "parallel.tp", "blocks of 128 and no engine cuts one; the nearest that starts: ep 8, which keeps experts whole, or tp 4 on 4 GPUs"},
		{model + "[engine]\npolicy = \"vllm\"\nmem_fraction_static = 0.8", 5, "engine.mem_fraction_static", `is a setting of "sglang", not of vLLM v1; use gpu_memory_utilization`},
		{model + "[engine]\npolicy = \"sglang\"\nfree_gpu_memory_fraction = 0.8", 5, "engine.free_gpu_memory_fraction", `is a setting of "trtllm", not of SGLang; use mem_fraction_static`},
		{model + "[engine]\npolicy = \"trtllm\"\nmax_num_seqs = 4\nmax_batch_size = 8", 6, "engine.max_batch_size", "stands beside max_num_seqs, which is the same; give one of them"},
		{model + "[engine]\npolicy = \"sgling\"", 4, "engine.policy", `did you mean "sglang"`},
		{model + "[engine]\nwatermark = 1.5", 4, "engine.watermark", "use a number from 0"},
		{model + "[engine]\nmax_num_batched_tokens = 4096\nchunked_prefill = false", 5, "engine.chunked_prefill", "use chunked prefill, a larger budget"},
		{model + "[engine]\npolicy = \"vllm-2023\"\nmax_num_batched_tokens = 100", 5, "engine.max_num_batched_tokens", "use chunked prefill, a larger budget"},
		{model + "[workload]\nwarmup_s = 5e6", 4, "workload.warmup_s", "5e+06 is out of range; use a number from 0 to 4.32e+06"},
		{model + "[workload]\nstart_s = 1e7", 4, "workload.start_s", "1e+07 is out of range"},
		{model + strings.Replace(synthetic, `rate = 2.0`, `rate = 1e-300`, 1), 6, "workload.synthetic.arrival.rate", "use a number from 1e-09"},
		{model + strings.Replace(synthetic, `"poisson"`, `"gamma", burstiness = 1e-9`, 1), 6, "workload.synthetic.arrival.burstiness", "use a number from 0.001"},
		{model + strings.Replace(synthetic, `"fixed", value = 100`, `"lognormal", mean = 1.0, std = 1e7`, 1), 7, "workload.synthetic.input.std", "1e+07 is more than 1e+06 times the mean"},
		{model + "[parallel]\nep = 3", 4, "parallel.ep", "use a divisor"},
		{model + "[precision]\nexperts = \"int5\"", 4, "precision.experts", "unknown number format"},
		{model + "[workload]\nend_s = 1.0\nstart_s = 2.0", 4, "workload.end_s", "is not after"},
		{model + "[workload]\ntrace = \"azure-2023-con\"", 4, "workload.trace", `"azure-2023-conv"`},
		{model + "[workload]\ntrace = \"azure-2023-conv\"" + synthetic, 4, "workload.trace", "give one of them"},
		{model + strings.Replace(synthetic, "requests = 10", "", 1), 4, "workload.synthetic.requests", "is missing"},
		{model + strings.Replace(synthetic, `process = "poisson", `, "", 1), 6, "workload.synthetic.arrival", "is missing"},
		{model + strings.Replace(synthetic, `"poisson", rate = 2.0`, `"trace"`, 1), 6, "workload.synthetic.arrival", "trace ="},
		{model + strings.Replace(synthetic, `"poisson", rate = 2.0`, `"closed"`, 1), 6, "workload.synthetic.arrival", "concurrency"},
		{model + strings.Replace(synthetic, `rate = 2.0`, `rate = 1e9`, 1), 6, "workload.synthetic.arrival.rate", "out of range"},
		{model + strings.Replace(synthetic, `{ distribution = "fixed", value = 100 }`, `{}`, 1), 7, "workload.synthetic.input", "is missing"},
		{model + strings.Replace(synthetic, `"fixed", value = 100`, `"uniform", min = 9`, 1), 7, "workload.synthetic.input", "max = 1024"},
		{model + strings.Replace(synthetic, `"fixed", value = 100`, `"empirical"`, 1), 7, "workload.synthetic.input", "trace ="},
		{model + strings.Replace(synthetic, `"fixed", value = 100`, `"normal", mean = 9.0, min = 9, max = 8`, 1), 7, "workload.synthetic.input", "below min"},
		{model + synthetic + "language = \"chines\"", 9, "workload.synthetic.language", `did you mean "chinese"`},
		{model + synthetic + "language = \"chinese\"\nvocabulary = \"qwen2\"", 10, "workload.synthetic.vocabulary", `"qwen2.5"`},
		{model + synthetic + "vocabulary = \"qwen2.5\"", 9, "workload.synthetic.vocabulary", "add language"},
		{"[model]\nname = \"gpt-4\"\n" + synthetic + "language = \"chinese\"", 9, "workload.synthetic.language", "nobody counted the tokens of gpt-4"},
		{model + strings.Replace(synthetic, `"fixed", value = 100`, `"empirical", trace = "azure-2023-conv"`, 1) + "language = \"chinese\"", 7,
			"workload.synthetic.input.distribution", "in tokens already"},
		{model + "[[expect]]\nmax = 3", 3, "expect[0].metric", "is missing"},
		{model + "[[expect]]\nmetric = \"mean_tpot_ms\"\nmax = inf", 5, "expect[0].max", "is infinite"},
		{model + "[[expect]]\nmetric = \"completed\"\nmax = 1\n[[expect]]\nmetric = \"compleated\"\nmax = 1", 7, "expect[1].metric", `did you mean "completed"`},
		{model + "[model.override]\nhiden = 4", 0, "", "hiden"},
		{model + "[model.override.attention]\nkv_heads = 5", 4, "model.override.attention.kv_heads", "divide"},
	} {
		err := build(c.text)
		var wrong *fault.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s\ngot %v", c.text, err)
			continue
		}
		if c.key != "" && (wrong.Key != c.key || wrong.Line != c.line && c.line > 0) ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot %v, want line %d, %s: …%s…", c.text, err, c.line, c.key, c.want)
		}
	}
}

func build(text string) error {
	s, err := Parse("s.toml", "", []byte(text))
	if err != nil {
		return err
	}
	b, err := s.Build()
	if err != nil {
		return err
	}
	return b.Close()
}

// TestZeroIsRefusedWhereverItIsSet: no key that counts things takes 0 when it is written down.
func TestZeroIsRefusedWhereverItIsSet(t *testing.T) {
	for path, k := range everyKey() {
		if k.within == nil || k.within.late || k.within.holds(0) {
			continue
		}
		for _, value := range []string{"0", "-1", fmt.Sprintf("%.0f", k.within.max*10+1)} {
			s := parse(t, "[model]\nname = \"llama-3.1-8b\"")
			err := s.SetText(path + "=" + value)
			if err == nil {
				err = s.Validate()
			}
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s = %s: %v", path, value, err)
			}
		}
	}
}

func TestImportedConfigIsServed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	config := `{"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
		"num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072, "tie_word_embeddings": false}`
	if err := os.WriteFile(path, []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Parse("s.toml", filepath.Dir(path), []byte("[model]\nconfig = \"config.json\"\n"+synthetic))
	if err != nil {
		t.Fatal(err)
	}
	_, p, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if total, _, _ := p.Model.Params(); total != 8030261248 {
		t.Errorf("%.0f parameters", total)
	}
}

func TestUnusedExpertParallelismIsSaid(t *testing.T) {
	_, p, err := parse(t, "[model]\nname = \"llama-3.1-8b\"\n[hardware]\ngpus = 4\n[parallel]\nep = 4\n").Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(p.Warnings, "\n"), "ep = 4 has no effect") {
		t.Errorf("warnings %q", p.Warnings)
	}
}

func TestWeightOnlyFallbackIsSaid(t *testing.T) {
	_, p, err := parse(t, "[model]\nname = \"llama-3.1-8b\"\n[hardware]\ndevice = \"a100-sxm-80gb\"\n[precision]\nweights = \"fp8\"\n").Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if p.Plan.Precision.Dense.String() != "fp8" || p.Plan.Precision.Activations.String() != "bf16" ||
		!strings.Contains(strings.Join(p.Warnings, "\n"), "weight-only") {
		t.Errorf("%+v, warnings %q", p.Plan.Precision, p.Warnings)
	}
}
