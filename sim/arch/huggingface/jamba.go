package huggingface

// readJamba reads Jamba: an attention layer without positions among Mamba layers, and experts in every second
// layer (Lieber et al. 2024, arXiv:2403.19887).
func readJamba(c *config) *document {
	d := newDocument(c)
	mixer := attention(c)
	mixer["rope"] = false
	c.value("sliding_window") // null in every file
	d.tree["attention"] = mixer
	d.tree["mamba"] = table{
		"kind": "mamba1", "width": int64(c.integer("mamba_expand") * c.integer("hidden_size")), "state_dim": int64(c.integer("mamba_d_state")),
		"dt_rank": int64(c.integer("mamba_dt_rank")), "conv": int64(c.integer("mamba_d_conv")),
	}
	d.tree["moe"] = experts(c, "num_experts", "num_experts_per_tok", "intermediate_size")
	d.tree["dense"] = dense(c, "intermediate_size")
	attentionPeriod, attentionOffset := c.integer("attn_layer_period"), c.integer("attn_layer_offset")
	expertPeriod, expertOffset := c.integer("expert_layer_period"), c.integer("expert_layer_offset")
	if attentionPeriod == 0 || expertPeriod == 0 {
		c.fail("attn_layer_period", "or expert_layer_period is 0", "must be at least 1")
		return d
	}
	for _, elsewhere := range []string{"mamba_conv_bias", "mamba_inner_layernorms"} {
		if !c.booleanOr(elsewhere, true) {
			c.invalid(elsewhere, false)
		}
	}
	if c.boolean("mamba_proj_bias") {
		c.invalid("mamba_proj_bias", true)
	}
	d.repeat(c, func(l int) layer {
		one := layer{"mamba", "dense"}
		if l%attentionPeriod == attentionOffset {
			one.mixer = "attention"
		}
		if l%expertPeriod == expertOffset {
			one.ffn = "moe"
		}
		return one
	})
	return d
}
