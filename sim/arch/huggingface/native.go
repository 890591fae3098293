package huggingface

import (
	"math"
	"strings"
)

// native turns the params.json of Meta's and Mistral's own checkpoints into the fields of a config.json. Of
// Meta's files the width of the feed-forward part follows from three numbers (llama/model.py of
// meta-llama/llama3), Mistral's have it (mistral_inference/args.py).
func (c *config) native() {
	if c.has("model_type") || c.has("architectures") {
		return
	}
	if c.has("d_model") && c.has("n_layer") && c.has("ssm_cfg") {
		c.nativeMamba()
	}
	if !c.has("dim") || !c.has("n_layers") || !c.has("n_heads") {
		return
	}
	family := "llama"
	c.rename(map[string][]string{
		"hidden_size": {"dim"}, "num_hidden_layers": {"n_layers"}, "num_attention_heads": {"n_heads"},
		"num_key_value_heads": {"n_kv_heads"}, "intermediate_size": {"hidden_dim"}, "max_position_embeddings": {"max_seq_len"},
		"tie_word_embeddings": {"tied_embeddings"}, "rms_norm_eps": {"norm_eps"},
		"num_local_experts": {"moe.num_experts"}, "num_experts_per_tok": {"moe.num_experts_per_tok"},
	})
	if moe, is := c.value("moe").(map[string]any); is {
		family = "mixtral"
		c.fields["num_local_experts"], c.fields["num_experts_per_tok"] = moe["num_experts"], moe["num_experts_per_tok"]
		if c.has("q_lora_rank") {
			family = "deepseek_v3"
			c.nativeLatent(moe)
		}
	}
	if !c.has("intermediate_size") {
		c.fields["intermediate_size"] = number(c.metaWidth())
	}
	if text, _ := c.value("vocab_size").(interface{ String() string }); text != nil && strings.HasPrefix(text.String(), "-") {
		c.fields["vocab_size"] = number(32000) // Llama 2's tokenizer, which its files leave to be looked up
	}
	c.assume("max_position_embeddings", c.metaContext())
	if encoder, is := c.value("vision_encoder").(map[string]any); is {
		c.fields["vision_config"] = encoder
	}
	c.value("use_scaled_rope")
	c.nativeFormat()
	c.fields["model_type"] = family
}

// nativeLatent reads the experts of Mistral Large 3, whose attention is DeepSeek's.
func (c *config) nativeLatent(moe map[string]any) {
	delete(c.fields, "num_local_experts")
	for name, theirs := range map[string]string{"n_routed_experts": "num_experts", "n_shared_experts": "num_shared_experts",
		"moe_intermediate_size": "expert_hidden_dim", "first_k_dense_replace": "first_k_dense_replace",
		"moe_layer_freq": "route_every_n", "n_group": "num_expert_groups", "topk_group": "num_expert_groups_per_tok"} {
		if !c.has(name) && moe[theirs] != nil {
			c.fields[name] = moe[theirs]
		}
	}
}

// nativeMamba reads what the authors of Mamba write of their models (state-spaces/mamba,
// mamba_ssm/models/config_mamba.py): sizes that are left out are the defaults of its classes.
func (c *config) nativeMamba() {
	if len(c.list("attn_layer_idx")) > 0 || c.integerOr("d_intermediate", 0) > 0 {
		c.fail("attn_layer_idx", "attention or feed-forward parts among Mamba's layers could not be placed",
			"describe the model as TOML")
		return
	}
	for _, said := range []string{"attn_cfg", "attn_layer_idx", "d_intermediate"} {
		c.value(said)
	}
	own := c.table("ssm_cfg")
	hidden, multiple := c.integer("d_model"), max(1, c.integerOr("pad_vocab_size_multiple", 8))
	width := own.integerOr("expand", 2) * hidden
	c.fields["vocab_size"] = number((c.integer("vocab_size") + multiple - 1) / multiple * multiple)
	c.fields["tie_word_embeddings"] = c.booleanOr("tie_embeddings", true)
	c.fields["conv_kernel"] = number(own.integerOr("d_conv", 4))
	c.fields["max_position_embeddings"] = number(endless)
	if own.string("layer") == "Mamba2" {
		c.fields["model_type"] = "mamba2"
		c.fields["state_size"], c.fields["n_groups"] = number(own.integerOr("d_state", 128)), number(own.integerOr("ngroups", 1))
		headDim := max(1, own.integerOr("headdim", 64))
		c.fields["head_dim"], c.fields["num_heads"] = number(headDim), number(width/headDim)
	} else {
		c.fields["model_type"] = "mamba"
		c.fields["intermediate_size"], c.fields["time_step_rank"] = number(width), "auto"
		c.fields["state_size"] = number(own.integerOr("d_state", 16))
	}
	c.adopt(own)
}

// metaWidth is the width of the feed-forward part of Meta's models.
func (c *config) metaWidth() int {
	width := 2 * 4 * c.integer("dim") / 3
	factor, _ := c.value("ffn_dim_multiplier").(interface{ Float64() (float64, error) })
	if factor != nil {
		if by, err := factor.Float64(); err == nil && by > 0 && by < 100 {
			width = int(math.Floor(float64(by * float64(width))))
		}
	}
	multiple := max(1, c.integerOr("multiple_of", 1))
	return (width + multiple - 1) / multiple * multiple
}

// metaContext is the published context of Meta's models, by what tells their generations apart: the frequency
// of rotation, and whether it is scaled.
func (c *config) metaContext() int {
	switch {
	case c.boolean("use_scaled_rope"):
		return 131072 // Llama 3.1
	case c.has("rope_theta"):
		return 8192 // Llama 3
	}
	return 4096 // Llama 2
}

// nativeFormat turns what Mistral's files say of quantisation into what config.json says.
func (c *config) nativeFormat() {
	q, is := c.value("quantization").(map[string]any)
	if !is {
		return
	}
	switch format, _ := q["qformat_weight"].(string); {
	case strings.HasPrefix(format, "fp8"):
		c.fields["quantization_config"] = map[string]any{"quant_method": "fp8"}
	case q["config_groups"] != nil || q["quant_method"] != nil:
		c.fields["quantization_config"] = q
	default:
		c.invalid("quantization", format)
	}
}
