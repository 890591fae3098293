package huggingface

import "maps"

// readGemma3n reads Gemma 3n: Gemma 3's layers with embeddings of every layer's own, alternating updates of
// several vectors for each token, a second residual branch, and last layers that read the keys and values of
// earlier ones. Files of its first release give the feed-forward width layer by layer, all alike.
func readGemma3n(c *config) *document {
	c.assumeAll("tie_word_embeddings=true num_attention_heads=8 num_key_value_heads=2 head_dim=256 vocab_size=262400 " +
		"max_position_embeddings=32768 hidden_size_per_layer_input=256 vocab_size_per_layer_input=262144 " +
		"altup_num_inputs=4 laurel_rank=64 sliding_window=512 num_kv_shared_layers=15")
	for _, said := range []string{"activation_sparsity_pattern", "altup_active_idx", "altup_coef_clip", "altup_correct_scale",
		"altup_lr_multiplier"} {
		c.value(said)
	}
	d := newDocument(c)
	d.tree["post_norms"] = true
	setSize(d.tree, "layer_width", c.integer("hidden_size_per_layer_input"))
	setSize(d.tree, "layer_vocab", c.integer("vocab_size_per_layer_input"))
	setSize(d.tree, "altup", c.integer("altup_num_inputs"))
	setSize(d.tree, "laurel_rank", c.integer("laurel_rank"))
	full := qwen3Attention(c)
	window := maps.Clone(full)
	window["window"] = int64(c.integer("sliding_window"))
	d.tree["window"], d.tree["full"], d.tree["dense"] = window, full, dense(c, "intermediate_size")
	shared := c.integer("num_hidden_layers") - c.integer("num_kv_shared_layers")
	kinds := c.layerTypes()
	const period = 5 // where layer_types are left out, the last of each five is full
	d.repeat(c, func(l int) layer {
		name := "window"
		if kinds == nil && (l+1)%period == 0 || kinds != nil && c.layerType(kinds, l, "full_attention", "sliding_attention") {
			name = "full"
		}
		if l < shared {
			return layer{name, "dense"}
		}
		name = d.sharing(name)
		d.tree[name].(table)["idle_kv"] = true
		return layer{name, "dense"}
	})
	return d
}
