package huggingface

// readKimiLinear reads Kimi-Linear and Kimi-K3: Kimi delta attention with a latent attention layer in four;
// both lists of layers count from 1.
func readKimiLinear(c *config) *document {
	d := newDocument(c)
	mixer := latent(c)
	if c.boolean("mla_use_nope") {
		mixer["rope"] = false
	}
	setFlag(mixer, "gate", c.boolean("mla_use_output_gate"))
	d.tree["mla"] = mixer
	linear := c.table("linear_attn_config")
	kda := table{
		"kind": "kda", "heads": int64(linear.integer("num_heads")), "head_dim": int64(linear.integer("head_dim")),
		"conv": int64(linear.integer("short_conv_kernel_size")),
	}
	setFlag(kda, "full_rank_gate", linear.boolean("use_full_rank_gate"))
	d.tree["kda"] = kda
	recurrent, full := linear.set("kda_layers"), linear.set("full_attn_layers")
	c.adopt(linear)

	moe := experts(c, "num_experts", "num_experts_per_token", "moe_intermediate_size")
	setSize(moe, "shared_width", c.integerOr("num_shared_experts", 0)*c.integer("moe_intermediate_size"))
	moe["router_bias"] = true // KimiMoEGate has e_score_correction_bias
	groups(c, moe, "num_expert_group")
	setSize(moe, "latent_width", c.integerOr("routed_expert_hidden_size", 0))
	setFlag(moe, "latent_norm", c.boolean("latent_moe_use_norm"))
	d.tree["moe"] = moe

	first, freq := c.integerOr("first_k_dense_replace", 0), c.integerOr("moe_layer_freq", 1)
	if freq == 0 {
		c.invalid("moe_layer_freq", freq)
		return d
	}
	d.repeat(c, func(l int) layer {
		one := layer{"kda", "moe"}
		switch {
		case full[l+1]:
			one.mixer = "mla"
		case !recurrent[l+1]:
			c.fail("linear_attn_config", "names no kind for some layers", "list every layer, from 1")
		}
		if l < first || l%freq != 0 {
			d.tree["dense"] = dense(c, "intermediate_size")
			one.ffn = "dense"
		}
		return one
	})
	return d
}
