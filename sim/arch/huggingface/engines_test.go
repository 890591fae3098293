package huggingface_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// llama8B are the sizes of Llama 3.1 8B, which every file below describes in its own form.
const llama8B = `"hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
"num_key_value_heads": 8, "vocab_size": 128256`

// formats are a file's formats of attention, feed-forward parts and activations, and its parameters.
func formats(t *testing.T, file string) (names string, total float64) {
	t.Helper()
	spec, _, err := huggingface.Import("config.json", []byte(file))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	total, _, _ = m.Params()
	p := m.Published
	var list []string
	for _, f := range []units.Format{p.Attention, p.Dense, p.Activations, p.KV} {
		list = append(list, f.String())
	}
	return strings.Join(list, " "), total
}

// The size of Llama-3.1-8B's published checkpoint, and the formats that each form's documentation gives:
// TensorRT-LLM's docs/source/architecture/checkpoint.md, MLC's docs/deploy/mlc_chat_config.rst, msModelSlim's
// README, AutoAWQ's quant_config.json, AutoGPTQ's quantize_config.json, transformers' older files of
// bitsandbytes.
func TestFormsOfEnginesAreRead(t *testing.T) {
	const published = 8030261248.
	tensorRT := `"architecture": "LlamaForCausalLM", "dtype": "float16", "max_position_embeddings": 131072, "head_size": 128,
"mapping": {"world_size": 2, "tp_size": 2}, "share_embedding_table": false, "moe": {"num_experts": 0, "top_k": 0},
"quantization": {"quant_algo": ALGO, "kv_cache_quant_algo": "FP8", "group_size": 128, "exclude_modules": ["lm_head"]}, ` + llama8B
	mlc := `"model_type": "llama", "quantization": "MODE", "vocab_size": 128256, "model_config": {"context_window_size": 131072,
"tensor_parallel_shards": 1, ` + llama8B + `}`
	plainly := func(more string) string {
		return `{"model_type": "llama", "max_position_embeddings": 131072, ` + more + `, ` + llama8B + `}`
	}
	for file, want := range map[string]string{
		"{" + strings.Replace(tensorRT, "ALGO", `"W4A16_AWQ"`, 1) + "}":                                       "int4 int4 bf16 fp8",
		`{"version": "0.17.0", "pretrained_config": {` + strings.Replace(tensorRT, "ALGO", `"FP8"`, 1) + "}}": "fp8 fp8 fp8 fp8",
		"{" + strings.Replace(tensorRT, "ALGO", "null", 1) + "}":                                              "bf16 bf16 bf16 bf16",
		"{" + strings.Replace(mlc, "MODE", "q4f16_1", 1) + "}":                                                "int4-g32 int4-g32 bf16 bf16",
		"{" + strings.Replace(mlc, "MODE", "q4f16_awq", 1) + "}":                                              "int4 int4 bf16 bf16",
		"{" + strings.Replace(mlc, "MODE", "q0f16", 1) + "}":                                                  "bf16 bf16 bf16 bf16",
		plainly(`"quantize": "w8a8_dynamic"`):                                                                 "int8 int8 int8 bf16",
		plainly(`"quantize": "w4a16"`):                                                                        "int4 int4 bf16 bf16",
		plainly(`"quantize": "w16a16s"`):                                                                      "bf16 bf16 bf16 bf16",
		plainly(`"quant_config": {"quant_algo": "FP8"}`):                                                      "fp8 fp8 fp8 bf16",
		plainly(`"quantization_config": {"zero_point": true, "q_group_size": 128, "w_bit": 4}`):               "int4 int4 bf16 bf16",
		plainly(`"quantization_config": {"bits": "4", "group_size": "128", "desc_act": "False"}`):             "int4 int4 bf16 bf16",
		plainly(`"quantization_config": {"load_in_8bit": true}`):                                              "int8 int8 bf16 bf16",
		plainly(`"quantization_config": {"quant_method": "metal", "bits": 4, "group_size": 64}`):              "int4-g32 int4-g32 bf16 bf16",
	} {
		if got, total := formats(t, file); got != want || total != published {
			t.Errorf("%s: %s, %.0f parameters; want %s", file, got, total, want)
		}
	}
	for _, c := range [][2]string{
		{"{" + strings.Replace(tensorRT, "ALGO", `"W3A3"`, 1) + "}", "precision.weights"},
		{"{" + strings.Replace(mlc, "MODE", "q9f9", 1) + "}", "precision.weights"},
		{plainly(`"quantize": "float4"`), "precision.weights"},
		{plainly(`"quantize": "w3a8"`), "precision.weights"},
	} {
		if _, _, err := huggingface.Import("config.json", []byte(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

// TensorRT-LLM converts Mixtral as Llama with experts, and all of Qwen's dense models as one class.
func TestTensorRTsClassesOfSeveralFamilies(t *testing.T) {
	const rest = `"max_position_embeddings": 32768, "hidden_size": 4096, "num_attention_heads": 32, "num_hidden_layers": 32,
"num_key_value_heads": 8, "intermediate_size": 14336, `
	for file, want := range map[string]float64{
		// Mixtral-8x7B's published checkpoint.
		`{"architecture": "LlamaForCausalLM", "vocab_size": 32000, "moe": {"num_experts": 8, "top_k": 2}, ` + rest + `"a": 0}`: 46702792704,
		// Mistral-7B's 7241732096, and 32 layers of 6144 biases.
		`{"architecture": "QWenForCausalLM", "qwen_type": "qwen2", "vocab_size": 32000, ` + rest + `"a": 0}`: 7241732096 + 32*6144,
	} {
		if _, total := formats(t, file); total != want {
			t.Errorf("%s: %.0f parameters, want %.0f", file, total, want)
		}
	}
}

// Scripts write numbers and switches as strings.
func TestNumbersWrittenAsStringsAreNumbers(t *testing.T) {
	file := strings.NewReplacer("4096", `"4096"`, ": 32,", `: "32",`, "128256", `" 128256 "`).Replace(
		`{"model_type": "llama", "max_position_embeddings": "131072", "tie_word_embeddings": "False", ` + llama8B + "}")
	if _, total := formats(t, file); total != 8030261248 {
		t.Errorf("%.0f parameters", total)
	}
	for _, wrong := range []string{`"many"`, `""`, `"4096x"`, `"-3"`, `"1.5"`} {
		_, _, err := huggingface.Import("config.json", []byte(strings.Replace(file, `"4096"`, wrong, 1)))
		if err == nil || !strings.Contains(err.Error(), "hidden_size: is") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// What has no component is refused with what that is.
func TestWhatIsNotModelledIsNamed(t *testing.T) {
	for kind, why := range map[string]string{"hymba": "share projections", "jetmoe": "heads of attention", "rwkv6": "RWKV-7 is",
		"llama_swiftkv": "upper layers", "csm": "a second decoder"} {
		_, _, err := huggingface.Import("config.json", []byte(`{"model_type": "`+kind+`", `+plain+"}"))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	_, _, err := huggingface.Import("config.json", []byte(`{"model_type": "Motif", "num_noise_heads": 8, `+plain+"}"))
	if err == nil || !strings.Contains(err.Error(), "grouped differential attention") {
		t.Error(err)
	}
}

// Falcon-180B's published checkpoint has 179,522,565,120 values, of which 965,476,352 are the head: a second
// copy of the embedding, which engines load once (vllm/model_executor/models/falcon.py ties them unless the
// file says otherwise, as Falcon-11B's does).
func TestACopyOfTheEmbeddingIsCountedOnce(t *testing.T) {
	const falcon = `{"model_type": "falcon", "hidden_size": 14848, "num_attention_heads": 232, "num_hidden_layers": 80,
"num_kv_heads": 8, "vocab_size": 65024, "new_decoder_architecture": true, "parallel_attn": true, "bias": false`
	if _, total := formats(t, falcon+"}"); total != 179522565120-965476352 {
		t.Errorf("%.0f parameters", total)
	}
	if _, total := formats(t, falcon+`, "tie_word_embeddings": false}`); total != 179522565120 {
		t.Errorf("%.0f parameters with a head of its own", total)
	}
}

// What lies beside a config.json, and files whose kind no field names, are told apart.
func TestWeightsAndUnknownClassesAreNamed(t *testing.T) {
	for file, want := range map[string]string{
		"GGUF\x03\x00\x00\x00": "in llama.cpp's form; give the config.json",
		"\x40\x00\x00\x00\x00\x00\x00\x00{\"a\": {\"dtype\": \"BF16\"}}": "safetensors; give the config.json",
		`{"architectures": ["CogVLMForCausalLM"], ` + plain + "}":        `unknown class "CogVLMForCausalLM"`,
		`{"model_type": "blt", "decoder_config": {"hidden_size": 1280}}`: `unknown family "blt"`,
	} {
		_, _, err := huggingface.Import("config.json", []byte(file))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", file, err)
		}
	}
	large := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(large, make([]byte, bounded.Config+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := huggingface.Open(large); err == nil || !strings.Contains(err.Error(), "config.json of the model") {
		t.Error(err)
	}
}
