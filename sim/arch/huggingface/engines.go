package huggingface

import (
	"regexp"
	"strconv"
)

// engines turns what engines write of a checkpoint that they converted into the fields of a config.json:
// TensorRT-LLM's config.json (docs/source/architecture/checkpoint.md of NVIDIA/TensorRT-LLM), MLC's
// mlc-chat-config.json, and the word that msModelSlim adds for Ascend.
func (c *config) engines() {
	if class, is := c.field("architecture").(string); is && !c.has("architectures") {
		c.tensorRT(class)
	}
	if mode, is := c.field("quantization").(string); is && c.tower == "model_config" {
		c.rename(map[string][]string{"max_position_embeddings": {"context_window_size"}})
		c.value("quantization")
		delete(c.fields, "quantization")
		c.fields["quantization_config"] = map[string]any{"quant_method": "mlc", "mode": mode}
	}
	if mode, is := c.field("quantize").(string); is && isNothing(c.field("quantization_config")) {
		c.value("quantize")
		c.fields["quantization_config"] = map[string]any{"quant_method": "ascend", "mode": mode}
	}
}

// tensorRT reads the names that TensorRT-LLM gives to what differs from Hugging Face's files.
func (c *config) tensorRT(class string) {
	c.value("architecture")
	c.fields["architectures"], c.named["architectures"] = []any{class}, "architecture"
	if kind := c.string("qwen_type"); kind != "" && !c.has("model_type") {
		c.fields["model_type"] = kind
		delete(c.fields, "architectures") // one class for all of them
	}
	c.rename(map[string][]string{"head_dim": {"head_size"}, "attention_bias": {"attn_bias"},
		"tie_word_embeddings": {"share_embedding_table"}})
	for _, said := range []string{"mapping", "use_parallel_embedding", "embedding_sharding_dim", "position_embedding_type",
		"mlp_bias", "qk_layernorm"} {
		c.value(said)
	}
	if moe := c.table("moe"); moe.integerOr("num_experts", 0) > 0 {
		c.fields["num_local_experts"], c.fields["num_experts"] = moe.fields["num_experts"], moe.fields["num_experts"]
		c.fields["num_experts_per_tok"] = moe.fields["top_k"]
		if class == "LlamaForCausalLM" { // which Mixtral's checkpoints are converted to
			c.fields["model_type"] = "mixtral"
			delete(c.fields, "architectures")
		}
	}
	if q, is := c.value("quantization").(map[string]any); is {
		delete(c.fields, "quantization")
		if q["quant_algo"] != nil {
			c.fields["quantization_config"] = map[string]any{"quant_method": "modelopt", "quantization": q}
		}
	}
}

var (
	mlcMode    = regexp.MustCompile(`^q([0-9])[bf][f0-9]*_([0-9]|awq|autoawq|ft)$`)
	ascendMode = regexp.MustCompile(`^w([0-9]+)a([0-9]+)`)
)

// readMLC reads MLC's code of a format, q4f16_1: bits, and the kind of groups, of 32 weights with a scale of
// 16 bits, the embedding and the head too (mlc_llm/quantization/quantization.py of mlc-ai/mlc-llm).
func readMLC(q *config, s *storage) {
	mode := q.string("mode")
	if mode == "q0f16" || mode == "q0bf16" {
		return
	}
	if parts := mlcMode.FindStringSubmatch(mode); parts != nil {
		bits, _ := strconv.Atoi(parts[1])
		group := 32
		if parts[2] == "awq" || parts[2] == "autoawq" || parts[2] == "ft" {
			group = 128
		} else {
			s.ends = embeddingModule + " " + headModule
		}
		s.most.weights = integerFormat(bits, group)
	}
	if s.most.weights == "" {
		s.unknown = "mode " + strconv.Quote(mode)
	}
}

// readAscend reads a word such as w8a8_dynamic: bits of weights and of what they are multiplied with.
func readAscend(q *config, s *storage) {
	mode := q.string("mode")
	parts := ascendMode.FindStringSubmatch(mode)
	switch {
	case parts == nil:
	case parts[1] == "16":
		return
	case parts[1] == "8" || parts[1] == "4":
		s.most.weights = "int" + parts[1]
		if parts[2] == "8" {
			s.most.activations = "int8"
		}
	}
	if s.most.weights == "" {
		s.unknown = "mode " + strconv.Quote(mode)
	}
}

// methodsByFields tell the methods of files that name none, by fields that only theirs have; the first that
// is met counts.
var methodsByFields = [][2]string{
	{"moe_quant_type", "mix_quant"},
	{"quant_algo", "modelopt"}, {"quantization", "modelopt"},
	{"config_groups", "compressed-tensors"},
	{"load_in_4bit", "bitsandbytes"}, {"load_in_8bit", "bitsandbytes"}, // transformers before 4.32
	{"zero_point", "awq"}, {"w_bit", "awq"}, // AutoAWQ's quant_config.json
	{"desc_act", "gptq"}, {"damp_percent", "gptq"}, {"true_sequential", "gptq"}, // AutoGPTQ's quantize_config.json
	{"group_size", "mlx"},
}

// methodByFields is the method of a table that names none; "" where none is known.
func (c *config) methodByFields() string {
	for _, one := range methodsByFields {
		if c.has(one[0]) {
			return one[1]
		}
	}
	return ""
}
