package huggingface

import "maps"

// readGptOss reads gpt-oss: window and full attention by turns, both with sinks, and biases everywhere, the
// experts' too.
func readGptOss(c *config) *document {
	d := newDocument(c)
	full := attention(c)
	bias := c.boolean("attention_bias")
	setFlag(full, "qkv_bias", bias)
	setFlag(full, "output_bias", bias)
	full["sinks"] = true
	window := maps.Clone(full)
	window["window"] = int64(c.integer("sliding_window"))
	moe := experts(c, "num_local_experts", "num_experts_per_tok", "intermediate_size")
	c.value("experts_per_token") // says the same as num_experts_per_tok
	moe["router_bias"], moe["expert_bias"] = true, true
	d.tree["full"], d.tree["window"], d.tree["moe"] = full, window, moe
	kinds := c.layerTypes()
	d.repeat(c, func(l int) layer {
		full := l%2 == 1
		if kinds != nil {
			full = c.layerType(kinds, l, "full_attention", "sliding_attention")
		}
		if full {
			return layer{"full", "moe"}
		}
		return layer{"window", "moe"}
	})
	return d
}
