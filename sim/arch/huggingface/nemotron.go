package huggingface

// readNemotronH reads Nemotron-H and Nemotron 3: a string names each block, which is a Mamba-2, an attention
// without positions, a plain feed-forward part with squared ReLU, or experts.
func readNemotronH(c *config) *document {
	d := newDocument(c)
	pattern := c.text("hybrid_override_pattern")
	if len(pattern) != c.integer("num_hidden_layers") {
		c.fail("hybrid_override_pattern", "is not as long as num_hidden_layers", "name each block by a character")
		return d
	}
	if c.boolean("mamba_proj_bias") || c.boolean("use_bias") {
		c.invalid("use_bias", true)
	}
	if !c.booleanOr("use_conv_bias", true) {
		c.invalid("use_conv_bias", false)
	}
	for _, elsewhere := range []string{"intermediate_size", "sliding_window", "attention_head_dim", "head_dim"} {
		c.value(elsewhere)
	}
	build := map[rune]struct {
		layer layer
		part  func() table
	}{
		'M': {layer{mixer: "mamba"}, func() table { return nemotronMamba(c) }},
		'*': {layer{mixer: "attention"}, func() table { return nemotronAttention(c) }},
		'-': {layer{ffn: "dense"}, func() table { return nemotronDense(c) }},
		'E': {layer{ffn: "moe"}, func() table { return nemotronExperts(c) }},
	}
	d.repeat(c, func(l int) layer {
		one, ok := build[rune(pattern[l])]
		if !ok {
			c.invalid("hybrid_override_pattern", pattern[l:l+1])
			return layer{}
		}
		if name := one.layer.mixer + one.layer.ffn; d.tree[name] == nil {
			d.tree[name] = one.part()
		}
		return one.layer
	})
	return d
}

func nemotronMamba(c *config) table {
	return table{
		"kind": "mamba2", "heads": int64(c.integer("mamba_num_heads")), "head_dim": int64(c.integer("mamba_head_dim")),
		"state_dim": int64(c.integer("ssm_state_size")), "groups": int64(c.integer("n_groups")), "conv": int64(c.integer("conv_kernel")),
	}
}

func nemotronAttention(c *config) table {
	mixer := attention(c)
	if width := c.integerOr("attention_head_dim", 0); width != 0 {
		mixer["head_dim"] = int64(width)
	}
	bias := c.boolean("attention_bias")
	setFlag(mixer, "qkv_bias", bias)
	setFlag(mixer, "output_bias", bias)
	mixer["rope"] = false
	return mixer
}

func nemotronDense(c *config) table {
	ffn := dense(c, "intermediate_size")
	ffn["gated"] = false
	setFlag(ffn, "bias", c.boolean("mlp_bias"))
	return ffn
}

func nemotronExperts(c *config) table {
	moe := experts(c, "n_routed_experts", "num_experts_per_tok", "moe_intermediate_size")
	moe["gated"] = false
	moe["router_bias"] = true // NemotronHTopkRouter has e_score_correction_bias
	setSize(moe, "shared_width", c.integerOr("n_shared_experts", 0)*c.integer("moe_shared_expert_intermediate_size"))
	setSize(moe, "latent_width", c.integerOr("moe_latent_size", 0))
	groups(c, moe, "n_group")
	return moe
}
