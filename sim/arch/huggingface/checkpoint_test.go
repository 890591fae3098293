package huggingface_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

const small = `"model_type": "llama", ` + plain

// folder writes files into a folder and opens the checkpoint.
func folder(t *testing.T, files map[string]string) (huggingface.Checkpoint, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return huggingface.Open(dir)
}

// model imports and builds a checkpoint.
func model(t *testing.T, k huggingface.Checkpoint) (*arch.Model, []string) {
	t.Helper()
	spec, warnings, err := k.Import()
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	return m, warnings
}

func TestModelOptsFileBesideIsRead(t *testing.T) {
	k, err := folder(t, map[string]string{"config.json": "{" + small + "}", "hf_quant_config.json": `{"producer": {"name": "modelopt"},
"quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}}`})
	if err != nil {
		t.Fatal(err)
	}
	m, warnings := model(t, k)
	p := m.Published
	if got := fmt.Sprint(p.Attention, p.Dense, p.Activations, p.KV); got != "fp8 fp8 fp8 fp8" || len(warnings) > 0 {
		t.Errorf("%s, %v", got, warnings)
	}
	if k, err = folder(t, map[string]string{"config.json": "{" + small + "}", "hf_quant_config.json": "{"}); err == nil {
		_, _, err = k.Import()
	}
	if err == nil || !strings.Contains(err.Error(), "hf_quant_config.json:1: is not a JSON object") {
		t.Errorf("%v", err)
	}
}

// The decoder has 262,208 parameters: its weights take twice as many bytes.
func TestTheIndexOfTheWeightsIsCompared(t *testing.T) {
	m := imported(t, "{"+small+"}")
	total, _, _ := m.Params()
	for size, warns := range map[string]bool{fmt.Sprintf("%.0f", 2*total): false, fmt.Sprintf("%.0f", 2.02*total): false,
		fmt.Sprintf("%.0f", 3*total): true, "0": false, `"many"`: false} {
		k, err := folder(t, map[string]string{"config.json": "{" + small + "}",
			"model.safetensors.index.json": `{"metadata": {"total_size": ` + size + `}, "weight_map": {}}`})
		if err != nil {
			t.Fatal(err)
		}
		if _, warnings := model(t, k); len(warnings) > 0 != warns {
			t.Errorf("total_size %s: %v", size, warnings)
		}
	}
}

func TestAnUnknownMethodIsAnErrorUnlessFormatsAreGiven(t *testing.T) {
	for fields, want := range map[string]string{
		`"quant_method": "quip"`:                             `quantisation method "quip": this method could not be read`,
		`"quant_method": "awq", "bits": 5`:                   `method "awq": 5 bits could not be read`,
		`"quant_method": "bitsandbytes"`:                     "neither load_in_4bit nor load_in_8bit",
		`"quant_method": "modelopt", "quant_algo": "INT1"`:   `quant_algo "INT1"`,
		`"quant_method": "quark"`:                            "no dtype of weights",
		`"quant_method": "torchao", "quant_type": "gemlite"`: `quant_type "gemlite"`,
		`"bits": 4`: `method "": this method`,
		`"quant_method": "auto-round", "bits": 5`:               "5 bits",
		`"quant_method": "fp_quant", "forward_dtype": "mxint4"`: `forward_dtype "mxint4"`,
	} {
		k := huggingface.Checkpoint{File: "config.json", Config: []byte(`{` + small + `, "quantization_config": {` + fields + `}}`)}
		_, _, err := k.Import()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "precision.weights (--weights)") {
			t.Errorf("%s: %v", fields, err)
		}
		k.FormatsByHand = true
		if m, _ := model(t, k); m.Layers() != 4 {
			t.Errorf("%s: with formats by hand it has %d layers", fields, m.Layers())
		}
	}
}

// Weights of the four layers, by hand: 16,384 parameters of attention in each and 18,432 of the
// feed-forward part, and 128,320 values of 2 bytes besides.
func TestEachLayerIsStoredAsTheCheckpointSays(t *testing.T) {
	const attention, mlp, rest = 4 * 64 * 64, 3 * 64 * 96, 2 * (2*1000*64 + 64 + 4*2*64)
	for fields, want := range map[string]float64{
		`"quant_method": "fp8"`: 4*(attention+mlp) + rest,
		`"quant_method": "fp8", "ignore": ["model.layers.1.self_attn.o_proj", "lm_head"]`:      4*(attention+mlp) + 64*64 + rest,
		`"quant_method": "fp8", "ignore": ["re:.*layers\\.[03]\\..*"]`:                         6*(attention+mlp) + rest,
		`"quant_method": "fbgemm_fp8", "modules_to_not_convert": ["model.layers.0.mlp"]`:       4*(attention+mlp) + mlp + rest,
		`"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["*.layers.2.self_attn*"]`: 4*(attention+mlp) + attention + rest,
		`"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {"model.layers.0.mlp.down_proj": {"quant_algo": "FP8"},
"model.layers.1.mlp.up_proj": {"quant_algo": "FP8"}}`: 2*4*(attention+mlp) - 64*96 - 2*64*96 + rest,
		`"quant_method": "gptq", "bits": 8, "dynamic": {"-:model\\.layers\\.0\\..*": {}, "+:.*down_proj": {"bits": 4}}`: 4*(attention+mlp) -
			3*64*96*(8-4.125)/8 + attention + mlp + rest,
		`"quant_method": "auto-round", "bits": 8, "extra_config": {"model.layers.0.self_attn.q_proj": {"bits": 16}}`:             4*(attention+mlp) + 64*64 + rest,
		`"quant_method": "auto-round", "bits": 8, "extra_config": {".*layers\\.[03]\\..*q_proj": {"bits": 16}}`:                  4*(attention+mlp) + 2*64*64 + rest,
		`"quant_method": "quark", "global_quant_config": {}, "layer_quant_config": {"*mlp*": {"weight": {"dtype": "fp4_e2m1"}}}`: 4*(2*attention+mlp*4.25/8) + rest,
		`"quant_method": "aqlm", "in_group_size": 8, "num_codebooks": 1, "nbits_per_codebook": 16, "linear_weights_not_to_quantize":
["lm_head.weight"]`: 4*(attention+mlp)*2.125/8 + rest,
		`"quant_method": "compressed-tensors", "config_groups": {"group_0": {"targets": ["re:.*self_attn.*"], "weights": {"type": "float",
"num_bits": 8}}, "group_1": {"targets": ["re:.*mlp.*"], "weights": {"type": "int", "num_bits": 4, "group_size": 128}}}`: 4*(attention+mlp*4.125/8) + rest,
		`"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "fp8_e4m3"}}, "layer_quant_config": {"*down_proj": {"weight":
{"dtype": "fp4"}}}`: 4*(attention+mlp) - 4*64*96*(8-4.25)/8 + rest,
	} {
		m := imported(t, `{`+small+`, "quantization_config": {`+fields+`}}`)
		if got := float64(m.WeightBytes(&m.Published)); got != want {
			t.Errorf("%s: %.1f bytes, by hand %.1f", fields, got, want)
		}
	}
}
