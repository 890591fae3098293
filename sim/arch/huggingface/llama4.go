package huggingface

import "maps"

// readLlama4 reads Llama 4: three layers in four attend within chunks, the fourth everything without
// positions; experts in every interleave_moe_layer_step-th layer, whose shared expert is as wide as a routed
// one.
func readLlama4(c *config) *document {
	d := newDocument(c)
	c.assume("attention_chunk_size", 8192) // the default of Llama4TextConfig
	local := attention(c)
	setFlag(local, "qkv_bias", c.boolean("attention_bias"))
	global := maps.Clone(local)
	global["rope"] = false
	local["chunk"] = int64(c.integer("attention_chunk_size"))
	d.tree["local"], d.tree["global"] = local, global
	sparse := c.integerOr("num_local_experts", 16) > 0 // Llama Guard 4 has none
	if sparse {
		moe := experts(c, "num_local_experts", "num_experts_per_tok", "intermediate_size")
		moe["shared_width"] = moe["width"]
		d.tree["moe"] = moe
	}
	c.value("use_qk_norm") // a norm without weights
	rotated := c.integers("no_rope_layers")
	step := c.integerOr("interleave_moe_layer_step", 1)
	if step == 0 && sparse || rotated != nil && len(rotated) != c.integer("num_hidden_layers") {
		c.invalid("interleave_moe_layer_step and no_rope_layers", step)
		return d
	}
	c.value("intermediate_size_mlp")
	c.value("intermediate_size")
	d.repeat(c, func(l int) layer {
		one := layer{"local", "moe"}
		if (l+1)%4 == 0 && rotated == nil || rotated != nil && rotated[l] == 0 {
			one.mixer = "global"
		}
		if !sparse || (l+1)%step != 0 {
			d.tree["dense"] = dense(c, "intermediate_size_mlp")
			one.ffn = "dense"
		}
		return one
	})
	return d
}
