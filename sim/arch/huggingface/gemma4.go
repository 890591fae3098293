package huggingface

import "maps"

// readGemma4 reads Gemma 4: windowed layers to each full one, whose heads are wider and may take their keys
// as values; last layers that read the keys and values of earlier ones; experts beside the dense part; and
// embeddings of every layer's own.
func readGemma4(c *config) *document {
	c.assumeAll("tie_word_embeddings=true num_attention_heads=8 num_key_value_heads=4 head_dim=256 vocab_size=262144 " +
		"max_position_embeddings=131072")
	d := newDocument(c)
	d.tree["post_norms"] = true
	if width := c.integerOr("hidden_size_per_layer_input", 0); width > 0 {
		d.tree["layer_width"], d.tree["layer_vocab"] = int64(width), int64(c.integerOr("vocab_size_per_layer_input", 262144))
	}
	c.value("vocab_size_per_layer_input")
	window := attention(c)
	window["qk_norm"] = "head"
	setFlag(window, "qkv_bias", c.boolean("attention_bias"))
	full := maps.Clone(window)
	window["window"] = int64(c.integer("sliding_window"))
	setWidth(full, "head_dim", c.integerOr("global_head_dim", 512))
	if c.boolean("attention_k_eq_v") {
		full["key_is_value"] = true
		setWidth(full, "kv_heads", c.integerOr("num_global_key_value_heads", 0))
	}
	c.value("num_global_key_value_heads")
	d.tree["window"], d.tree["full"], d.tree["dense"] = window, full, dense(c, "intermediate_size")
	ffn := "dense"
	if c.boolean("enable_moe_block") {
		moe := experts(c, "num_experts", "top_k_experts", "moe_intermediate_size")
		moe["router_bias"] = true // a scale for each expert
		moe["norms"] = int64(4)   // before and behind the experts, behind the dense part, and the router's scale
		d.tree["moe"], ffn = moe, "dense+moe"
	}
	n := c.integer("num_hidden_layers")
	shared := n - c.integerOr("num_kv_shared_layers", 0)
	wide := c.boolean("use_double_wide_mlp")
	kinds := c.layerTypes()
	d.repeat(c, func(l int) layer {
		name := "window"
		if kinds == nil && (l+1)%6 == 0 || kinds != nil && c.layerType(kinds, l, "full_attention", "sliding_attention") {
			name = "full"
		}
		if l < shared {
			return layer{name, ffn}
		}
		if wide {
			d.tree["dense_wide"] = table{"kind": "dense", "width": int64(2 * c.integer("intermediate_size"))}
			return layer{d.sharing(name), "dense_wide"}
		}
		return layer{d.sharing(name), ffn}
	})
	return d
}

// setWidth replaces a size where there is one.
func setWidth(t table, key string, n int) {
	if n > 0 {
		t[key] = int64(n)
	}
}
