package huggingface_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// files lists the config.json files of a folder.
func files(t *testing.T, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	return list
}

func TestImportIsTheCatalogue(t *testing.T) {
	for _, file := range files(t, "testdata") {
		compareWithCatalogue(t, file)
	}
}

// Every published configuration that the project was built from.
func TestSharedConfigs(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "..", "shared", "models", "configs")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the collection of config.json files is not beside this checkout; testdata has one of each family")
	}
	for _, file := range files(t, folder) {
		compareWithCatalogue(t, file)
	}
}

// compareWithCatalogue imports a file and checks that the catalogue says the same, but for names, sources and
// the published context.
func compareWithCatalogue(t *testing.T, file string) {
	id := strings.Replace(strings.TrimSuffix(filepath.Base(file), ".json"), "__", "/", 1)
	t.Run(id, func(t *testing.T) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spec, _, err := huggingface.Import(file, data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		known, err := arch.Lookup(id)
		if err != nil {
			t.Fatal(err)
		}
		want, err := known.Build()
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != id {
			t.Errorf("id %q", got.ID)
		}
		got.Name, got.ID, got.Source = want.Name, want.ID, want.Source
		got.MaxContext, got.Inferred = want.MaxContext, want.Inferred
		// These say what other files of the vendor, and of NVIDIA, hold.
		got.NVFP4 = want.NVFP4
		got.FP8, got.FP8LeavesMixers, got.FP8LeavesFFNs = want.FP8, want.FP8LeavesMixers, want.FP8LeavesFFNs
		if !reflect.DeepEqual(got, want) {
			t.Errorf("imported\n%s\ncatalogue\n%s", spec.TOML(), known.TOML())
		}
	})
}

// edit reads a file of testdata with pairs of old and new text replaced.
func edit(t *testing.T, file string, replace ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.NewReplacer(replace...).Replace(string(data))
	if len(replace) > 0 && edited == string(data) {
		t.Fatalf("%s has no %s", file, replace[0])
	}
	return []byte(edited)
}

func TestUnknownFamilyIsRefusedByField(t *testing.T) {
	_, _, err := huggingface.Import("x/config.json", edit(t, "meta-llama__Llama-3.1-8B",
		`"LlamaForCausalLM"`, `"LamaForCausalLM"`, `"model_type": "llama"`, `"model_type": "lama", "strange_rank": 5`))
	want := `x/config.json:`
	if err == nil || !strings.HasPrefix(err.Error(), want) ||
		!strings.Contains(err.Error(), `model_type: unknown family "lama"; its fields strange_rank could not be placed`) ||
		!strings.Contains(err.Error(), "nearest known family: llama") {
		t.Errorf("%v", err)
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		file    string
		replace []string
		want    string
	}{
		{"meta-llama__Llama-3.1-8B", []string{`"hidden_size"`, `"strange_rank": 5, "hidden_size"`}, "strange_rank: ignored; may change cost"},
		{"meta-llama__Llama-3.1-8B", []string{`"hidden_size"`, `"vision_config": {"depth": 3}, "hidden_size"`}, "vision_config: a tower that could not be counted"},
		{"deepseek-ai__DeepSeek-V3", []string{`"quant_method": "fp8"`, `"quant_method": "fp8", "ignore": ["re:(("]`}, `quantization_config: pattern "re:((" could not be read`},
	} {
		_, warnings, err := huggingface.Import("config.json", edit(t, c.file, c.replace...))
		if err != nil || !strings.Contains(strings.Join(warnings, "\n"), c.want) {
			t.Errorf("%s: %v, %v; want %s", c.file, warnings, err, c.want)
		}
	}
	if _, warnings, err := huggingface.Import("config.json", edit(t, "meta-llama__Llama-3.1-8B")); err != nil || len(warnings) > 0 {
		t.Errorf("a plain file warns: %v, %v", warnings, err)
	}
}

func TestQuantization(t *testing.T) {
	for _, c := range []struct{ config, want string }{
		{`{"quant_method": "fp8", "weight_block_size": [128, 128]}`, "fp8-block fp8-block fp8-block fp8 bf16"},
		{`{"quant_method": "fp8"}`, "fp8 fp8 fp8 fp8 bf16"},
		{`{"quant_method": "awq", "bits": 4}`, "int4 int4 int4 bf16 bf16"},
		{`{"quant_method": "gptq", "bits": 8}`, "int8 int8 int8 bf16 bf16"},
		{`{"quant_method": "gptq", "bits": 3}`, "int3 int3 int3 bf16 bf16"},
		{`{"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_use_double_quant": true}`, "nf4 nf4 nf4 bf16 bf16"},
		{`{"quant_method": "bitsandbytes", "load_in_8bit": true}`, "int8 int8 int8 bf16 bf16"},
		{`{"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0}`, "fp8 fp8 fp8 fp8 bf16"},
		{`{"quant_method": "auto-round", "bits": 4, "group_size": 128, "data_type": "int"}`, "int4 int4 int4 bf16 bf16"},
		{`{"quant_method": "gptq", "bits": 4, "group_size": -1}`, "int4 int4 int4 bf16 bf16"},
		{`{"quant_method": "awq", "w_bit": 4, "q_group_size": 64}`, "int4-g64 int4-g64 int4-g64 bf16 bf16"},
		{`{"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "fp8_e4m3", "qscheme": "per_tensor"}, "input_tensors": {"dtype": "fp8_e4m3"}}, "kv_cache_group": ["*k_proj"]}`,
			"fp8 fp8 fp8 fp8 fp8"},
		{`{"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32}}, "exclude": ["re:.*self_attn.*"]}`,
			"bf16 mxfp4 mxfp4 bf16 bf16"},
		{`{"quant_method": "modelopt", "quant_algo": "W4A16_AWQ"}`, "int4 int4 int4 bf16 bf16"},
		{`{"quant_method": "modelopt", "quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8"}`, "nvfp4 nvfp4 nvfp4 nvfp4 fp8"},
		{`{"quant_method": "torchao", "quant_type": "int4_weight_only"}`, "int4 int4 int4 bf16 bf16"},
		{`{"quant_method": "hqq", "nbits": 2}`, "int2 int2 int2 bf16 bf16"},
		{`{"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_scheme": {"num_bits": 8}}`, "fp8 fp8 fp8 fp8 fp8"},
		{`{"quant_method": "modelopt", "quant_algo": "NVFP4", "exclude_modules": ["*self_attn*"]}`, "bf16 nvfp4 nvfp4 nvfp4 bf16"},
		{`{"quant_method": "mxfp4"}`, "bf16 bf16 mxfp4 bf16 bf16"},
		{compressed(`"int", "num_bits": 8, "strategy": "channel"`, `{"num_bits": 8}`), "int8 int8 int8 int8 bf16"},
		{compressed(`"int", "num_bits": 4, "group_size": 128`, `null`), "int4 int4 int4 bf16 bf16"},
		{compressed(`"float", "num_bits": 8, "strategy": "block"`, `{"num_bits": 8}`), "fp8-block fp8-block fp8-block fp8 bf16"},
		{compressed(`"float", "num_bits": 8`, `null`), "fp8 fp8 fp8 bf16 bf16"},
		{compressed(`"float", "num_bits": 4, "group_size": 16`, `null`), "nvfp4 nvfp4 nvfp4 bf16 bf16"},
	} {
		spec, _, err := huggingface.Import("config.json", edit(t, "meta-llama__Llama-3.1-8B", `"hidden_size"`, `"quantization_config": `+c.config+`, "hidden_size"`))
		if err != nil {
			t.Fatal(err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		p := m.Published
		var formats []string
		for _, f := range []interface{ String() string }{p.Attention, p.Dense, p.Experts, p.Activations, p.KV} {
			formats = append(formats, f.String())
		}
		if got := strings.Join(formats, " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.config, got, c.want)
		}
	}
}

func compressed(weights, inputs string) string {
	return `{"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"type": ` + weights + `}, "input_activations": ` + inputs + `}}}`
}

func TestVariants(t *testing.T) {
	for _, c := range []struct {
		file    string
		replace []string
		want    string // in the description
	}{
		{"Qwen__Qwen2.5-72B-Instruct", []string{`"use_sliding_window": false`, `"use_sliding_window": true`}, "repeat = 10\nmixer = \"window\""},
		{"Qwen__Qwen2.5-72B-Instruct", []string{`"use_sliding_window": false`, `"use_sliding_window": true`, `"max_window_layers": 70`, `"max_window_layers": 0`}, "repeat = 80\nmixer = \"window\""},
		{"Qwen__Qwen3-235B-A22B", []string{`"mlp_only_layers": []`, `"mlp_only_layers": [0]`}, "repeat = 1\nmixer = \"attention\"\nffn = \"dense\""},
		{"meta-llama__Llama-3.1-8B", []string{`"attention_bias": false`, `"attention_bias": true`, `"mlp_bias": false`, `"mlp_bias": true`}, "output_bias = true"},
		{"meta-llama__Llama-4-Maverick-17B-128E-Instruct", []string{`"attention_chunk_size": 8192,`, ``}, "chunk = 8192"},
		{"meta-llama__Llama-3.1-8B", []string{`"hidden_size"`, `"_name_or_path": "org/Some-Model", "hidden_size"`}, `name = "some-model"`},
	} {
		spec, _, err := huggingface.Import("config.json", edit(t, c.file, c.replace...))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
		} else if text := string(spec.TOML()); !strings.Contains(text, c.want) {
			t.Errorf("%s: %s lacks %s", c.file, text, c.want)
		}
	}
}

func TestNameOfAPlainConfig(t *testing.T) {
	spec, _, err := huggingface.Import("models/Llama-X/config.json", edit(t, "meta-llama__Llama-3.1-8B"))
	if err != nil || !strings.HasPrefix(string(spec.TOML()), "name = \"llama-x\"\nsource = ") {
		t.Errorf("%v\n%s", err, spec.TOML())
	}
}

func TestMistakesNameFileLineAndField(t *testing.T) {
	for _, c := range []struct {
		file     string
		old, new string
		want     string
	}{
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": -4096`, "c.json:7: hidden_size: is -4096; must be a whole number from 0 to 2147483647"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": 1e300`, "c.json:7: hidden_size: is 1e300"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": 1e9999`, "c.json:7: hidden_size: is 1e9999"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": 4096.5`, "c.json:7: hidden_size: is 4096.5"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": "NaN"`, `c.json:7: hidden_size: is the string "NaN"; must be a whole number`},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": NaN`, "c.json:7: hidden_size: is NaN; must be a whole number"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096,`, ``, "c.json: hidden_size: is missing"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": 4098`, "num_attention_heads: does not divide hidden_size"},
		{"meta-llama__Llama-3.1-8B", `"hidden_size": 4096`, `"hidden_size": 2000000000`, "is 2000000000; must be from 1 to 16777216"},
		{"meta-llama__Llama-3.1-8B", `"num_key_value_heads": 8`, `"num_key_value_heads": 7`, "attention.kv_heads: 7 does not divide heads = 32"},
		{"meta-llama__Llama-3.1-8B", `"num_hidden_layers": 32`, `"num_hidden_layers": 2000000000`, "num_hidden_layers: is too large"},
		{"meta-llama__Llama-3.1-8B", `"attention_bias": false`, `"attention_bias": "no"`, `attention_bias: is the string "no"; must be true or false`},
		{"meta-llama__Llama-3.1-8B", `"model_type": "llama"`, `"model_type": 3`, "model_type: is 3; must be a string"},
		{"openai__gpt3-175b", `"model_type": "gpt3",`, ``, "model_type: is missing"},
		{"Qwen__Qwen3-235B-A22B", `"mlp_only_layers": []`, `"mlp_only_layers": ["a"]`, `mlp_only_layers: holds the string "a"; must be a list of whole numbers`},
		{"Qwen__Qwen3-235B-A22B", `"mlp_only_layers": []`, `"mlp_only_layers": {}`, `mlp_only_layers: is an object; must be a list`},
		{"Qwen__Qwen3-235B-A22B", `"decoder_sparse_step": 1`, `"decoder_sparse_step": 0`, "decoder_sparse_step: 0 could not be placed"},
		{"Qwen__Qwen3-235B-A22B", `"use_sliding_window": false`, `"use_sliding_window": true`, "use_sliding_window: true could not be placed"},
		{"Qwen__Qwen3.5-27B", `"linear_attention"`, `"odd_attention"`, "layer_types: odd_attention could not be placed"},
		{"Qwen__Qwen3.5-27B", `"num_hidden_layers": 64`, `"num_hidden_layers": 65`, "layer_types: is not as long as num_hidden_layers"},
		{"Qwen__Qwen3.5-27B", `"full_attention_interval": 4`, `"full_attention_interval": 0`, "full_attention_interval: 0 could not be placed"},
		{"Qwen__Qwen3.5-27B", `"attn_output_gate": true`, `"attn_output_gate": false`, "attn_output_gate: false could not be placed"},
		{"Qwen__Qwen3.5-122B-A10B", `"mlp_only_layers": []`, `"mlp_only_layers": [1]`, "mlp_only_layers: [1] could not be placed"},
		{"deepseek-ai__DeepSeek-V3", `"moe_layer_freq": 1`, `"moe_layer_freq": 0`, "moe_layer_freq: 0 could not be placed"},
		{"deepseek-ai__DeepSeek-V3", `"attention_bias": false`, `"attention_bias": true`, "attention_bias: true could not be placed"},
		{"deepseek-ai__DeepSeek-V3", `"quantization_config": {`, `"quantization_config": 4, "x": {`, "quantization_config: is 4; must be an object"},
		{"deepseek-ai__DeepSeek-V3", `"quant_method": "fp8"`, `"quant_method": "fp8", "kv_cache_scheme": {"num_bits": "eight"}`, `num_bits: is the string "eight"`},
		{"deepseek-ai__DeepSeek-V3", `"quant_method": "fp8"`, `"quant_method": "compressed-tensors", "config_groups": {"group_0": []}`, "group_0: is a list; must be an object"},
		{"deepseek-ai__DeepSeek-V3", `"quant_method": "fp8"`, `"quant_method": "compressed-tensors", "config_groups": {"group_0": {"input_activations": 8}}`, "input_activations: is 8; must be an object"},
		{"zai-org__GLM-5.2", `"shared"`, `"stolen"`, "indexer_types: layer without a known type could not be placed"},
		{"zai-org__GLM-5.2", `"mlp_layer_types": [`, `"mlp_layer_types": ["dense", `, "mlp_layer_types: is not as long as num_hidden_layers"},
		{"moonshotai__Kimi-Linear-48B-A3B-Instruct", `"moe_layer_freq": 1`, `"moe_layer_freq": 0`, "moe_layer_freq: 0 could not be placed"},
		{"moonshotai__Kimi-Linear-48B-A3B-Instruct", `"num_heads": 32,`, ``, "num_heads: is missing"},
		{"moonshotai__Kimi-Linear-48B-A3B-Instruct", `"num_hidden_layers": 27`, `"num_hidden_layers": 28`, "linear_attn_config: names no kind for some layers"},
		{"nvidia__Nemotron-H-56B-Base-8K", `"hybrid_override_pattern": "M`, `"hybrid_override_pattern": "X`, "hybrid_override_pattern: X could not be placed"},
		{"nvidia__Nemotron-H-56B-Base-8K", `"hybrid_override_pattern": "M`, `"hybrid_override_pattern": "MM`, "hybrid_override_pattern: is not as long as num_hidden_layers"},
		{"nvidia__Nemotron-H-56B-Base-8K", `"use_bias": false`, `"use_bias": true`, "use_bias: true could not be placed"},
		{"nvidia__Nemotron-H-56B-Base-8K", `"use_conv_bias": true`, `"use_conv_bias": false`, "use_conv_bias: false could not be placed"},
		{"MiniMaxAI__MiniMax-M2.5", `"per_layer"`, `"per_token"`, "qk_norm_type: per_token could not be placed"},
		{"XiaomiMiMo__MiMo-V2-Flash", `"num_hidden_layers": 48`, `"num_hidden_layers": 47`, "hybrid_layer_pattern: is not as long as num_hidden_layers"},
		{"ai21labs__Jamba-v0.1", `"attn_layer_period": 8`, `"attn_layer_period": 0`, "attn_layer_period: or expert_layer_period is 0"},
		{"google__gemma-3-12b-it", `"sliding_window_pattern": 6`, `"sliding_window_pattern": 0`, "sliding_window_pattern: 0 could not be placed"},
		{"meta-llama__Llama-4-Maverick-17B-128E-Instruct", `"interleave_moe_layer_step": 2`, `"interleave_moe_layer_step": 0`, "interleave_moe_layer_step"},
		{"meta-llama__Llama-3.1-8B", `"vocab_size": 128256`, `"vocab_size": 128256} {`, "is not a JSON object: goes on after its end"},
	} {
		_, _, err := huggingface.Import("c.json", edit(t, c.file, c.old, c.new))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %s: %v; want %s", c.file, c.new, err, c.want)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	for name, data := range map[string]string{
		"empty":      "",
		"no object":  "[]",
		"no fields":  "{}",
		"null":       "null",
		"deep lists": `{"model_type": ` + strings.Repeat("[", 500_000),
		"deep field": strings.Repeat(`{"text_config":`, 50_000),
		"huge":       `{"model_type": "` + strings.Repeat("x", 2<<20) + `"}`,
		"truncated":  `{"model_type": "llama", "hidden_size":`,
	} {
		if _, _, err := huggingface.Import("c.json", []byte(data)); err == nil || !strings.HasPrefix(err.Error(), "c.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a file says, Import gives a finite model or an error.
func FuzzImport(f *testing.F) {
	list, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range list {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, _, err := huggingface.Import("fuzz.json", data)
		if err != nil {
			return
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatalf("Import took what Build refuses: %v", err)
		}
		total, active, _ := m.Params()
		var p arch.Precision
		for _, x := range []float64{total, active, float64(m.WeightBytes(&p)),
			float64(m.StateBytesAt(m.MaxContext, &p))} {
			if !(x >= 0 && x < 1e60) {
				t.Fatalf("%g", x)
			}
		}
		if _, err := arch.Parse("again.toml", spec.TOML()); err != nil && len(data) < 1000 {
			t.Fatalf("%v\n%s", err, spec.TOML())
		}
	})
}
