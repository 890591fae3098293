package huggingface_test

import (
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// A file that is no decoder's config.json is refused with what it is.
func TestOtherFilesAndKindsOfModelsAreNamed(t *testing.T) {
	for _, c := range [][2]string{
		{`"model_type": "Dream", "mask_token_id": 151666, ` + plain, "by diffusion"},
		{`"model_type": "llada", "d_model": 64`, "by diffusion"},
		{`"model_type": "t5", "is_encoder_decoder": true`, "an encoder beside its decoder"},
		{`"model_type": "mystery", "is_encoder_decoder": true, ` + plain, "an encoder beside its decoder"},
		{`"model_type": "modernbert", ` + plain, "writes no tokens"},
		{`"model_type": "medusa", "medusa_num_heads": 5`, "a drafter"},
		{`"model_type": "llama", "architectures": ["LlamaForCausalLMEagle3"], "draft_vocab_size": 32000, ` + plain, "a drafter"},
		{`"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-3.1-8B", "r": 8`, "base_model_name_or_path names"},
		{`"metadata": {"total_size": 1}, "weight_map": {"lm_head.weight": "a.safetensors"}`, "index of a checkpoint"},
		{`"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 131072`, "a tokenizer"},
		{`"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.19.0"`, "model of images"},
		{`"processor_class": "Qwen2VLProcessor", "patch_size": 14`, "images or sounds"},
		{`"modelId": "meta-llama/Llama-3.1-8B", "siblings": []`, "without its sizes"},
		{`"do_sample": true, "temperature": 0.6, "eos_token_id": [128001]`, "how tokens are chosen"},
		{`"model_type": "llama", "num_experts": 8, ` + plain, "8 experts could not be placed"},
		{`"model_type": "llama", "max_position_embeddings": 4096, "hidden_size": [[1], [1]]`, "hidden_size: is a list"},
	} {
		_, _, err := huggingface.Import("config.json", []byte("{"+c[0]+"}"))
		if err == nil || !strings.Contains(err.Error(), c[1]) || !strings.HasPrefix(err.Error(), "config.json:1: ") {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

func TestADecoderThatAFileOnlyNamesIsTheCatalogues(t *testing.T) {
	spec, warnings, err := huggingface.Import("config.json", []byte(`{"model_type": "ultravox", "stack_factor": 8,
"text_model_id": "meta-llama/Llama-3.1-8B-Instruct"}`))
	if err != nil || len(warnings) != 1 {
		t.Fatalf("%v, %v", err, warnings)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	if total, _, _ := m.Params(); total != 8030261248 {
		t.Errorf("%.0f parameters", total)
	}
	_, _, err = huggingface.Import("config.json", []byte(`{"model_type": "ultravox", "text_model_id": "someone/unknown"}`))
	if err == nil || !strings.Contains(err.Error(), "text_model_id: the decoder is someone/unknown") {
		t.Errorf("%v", err)
	}
}

// Skywork-Reward-Llama-3.1-8B's published checkpoint has 7,504,932,864 parameters: no head.
func TestAModelThatJudgesHasNoHead(t *testing.T) {
	const sizes = `"hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
"num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072, "model_type": "llama"`
	spec, warnings, err := huggingface.Import("config.json",
		[]byte(`{"architectures": ["LlamaForSequenceClassification"], `+sizes+`}`))
	if err != nil || len(warnings) != 1 {
		t.Fatalf("%v, %v", err, warnings)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	if total, _, _ := m.Params(); total != 7504924672 {
		t.Errorf("%.0f parameters", total)
	}
}

// Methods whose bits a weight are a mean are counted in the nearest format.
func TestMethodsWithAnyNumberOfBits(t *testing.T) {
	const module = `{"vector_lens": [-1, 8], "num_centroids": [-1, 65536], "num_res_centroids": [-1, 256]}`
	for _, c := range []struct{ method, format, warning string }{
		{`"quant_method": "exl2", "bits": 4.25, "head_bits": 6`, "int4", ""},
		{`"quant_method": "exl3", "bits": 3.5, "head_bits": 6`, "int3", "3.5 bits are counted as int3"},
		{`"quant_method": "higgs", "bits": 4, "group_size": 256`, "int4", ""},
		{`"quant_method": "sinq", "nbits": 4, "group_size": 64`, "int4-g64", ""},
		{`"quant_method": "spqr", "bits": 3, "beta1": 16, "beta2": 16`, "int4", "3.69 bits"},
		{`"dense_quant_type": "wint8", "moe_quant_type": "wint4", "quantization": "mix_quant"`, "int8", ""},
		{`"quant_method": "vptq", "config_for_layers": {"model.layers.0.mlp.gate_proj": ` + module + `,
"model.layers.0.mlp.up_proj": ` + module + `, "model.layers.0.mlp.down_proj": ` + module + `}`, "int3", ""},
	} {
		spec, warnings, err := huggingface.Import("config.json", []byte(`{"model_type": "llama", `+
			strings.Replace(plain, `"num_hidden_layers": 4`, `"num_hidden_layers": 1`, 1)+`, "quantization_config": {`+c.method+`}}`))
		said := strings.Join(warnings, "; ")
		if err != nil || !strings.Contains(said, c.warning) || c.warning == "" && said != "" {
			t.Errorf("%s: %v, %s", c.method, err, said)
			continue
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Published.Dense.String(); got != c.format {
			t.Errorf("%s: %s, want %s", c.method, got, c.format)
		}
	}
	for _, broken := range []string{`"quant_method": "exl2"`, `"quant_method": "spqr"`, `"quant_method": "vptq"`,
		`"quant_method": "vptq", "config_for_layers": {"a": {}}`, `"quant_method": "gguf"`,
		`"dense_quant_type": "wint8", "moe_quant_type": "x"`} {
		_, _, err := huggingface.Import("config.json", []byte(`{"model_type": "llama", `+plain+`, "quantization_config": {`+broken+`}}`))
		if err == nil || !strings.Contains(err.Error(), "could not be read") {
			t.Errorf("%s: %v", broken, err)
		}
	}
}

func TestATextInUnitsOf16BitsIsRead(t *testing.T) {
	data := []byte("\xff\xfe")
	for _, c := range `{"model_type": "llama", ` + plain + `}` {
		data = append(data, byte(c), 0)
	}
	if _, _, err := huggingface.Import("config.json", data); err != nil {
		t.Error(err)
	}
}
