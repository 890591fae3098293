package huggingface

// readOlmoHybrid reads OLMo Hybrid: three gated delta nets to one attention of OLMo 2, whose queries and keys
// have norms as wide as all heads, and a dense part in every layer.
func readOlmoHybrid(c *config) *document {
	t := traits{qkNorm: "layer", qkvBias: "attention_bias", outputBias: "attention_bias"}
	for _, initial := range []string{"linear_a_log_min", "linear_a_log_max", "linear_dt_min", "linear_dt_max",
		"linear_dt_init_floor", "linear_allow_neg_eigval"} {
		c.value(initial)
	}
	d := t.begin(c)
	d.tree["attention"], d.tree["dense"] = t.attention(c), t.dense(c)
	heads := c.integer("num_attention_heads")
	c.assume("linear_num_key_heads", heads)
	c.assume("linear_num_value_heads", heads)
	if n := c.integer("linear_num_key_heads"); n > 0 {
		c.assume("linear_key_head_dim", 3*c.integer("hidden_size")/4/n)
	}
	c.assume("linear_value_head_dim", 2*c.integer("linear_key_head_dim"))
	c.assume("linear_conv_kernel_dim", 4)
	d.tree["delta"] = deltaNet(c)
	const interval = 4 // where layer_types are left out, the last of each four is attention
	kinds := c.layerTypes()
	d.repeat(c, func(l int) layer {
		full := (l+1)%interval == 0
		if kinds != nil {
			full = c.layerType(kinds, l, "full_attention", "linear_attention")
		}
		if full {
			return layer{"attention", "dense"}
		}
		return layer{"delta", "dense"}
	})
	return d
}
