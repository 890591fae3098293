package huggingface

import "maps"

// readInkling reads Inkling: attention with relative biases instead of rotation and short convolutions around
// both parts of a layer, a window in five layers of six, and experts of which some are shared. An
// intermediate_size beside dense_intermediate_size is an expert's.
func readInkling(c *config) *document {
	c.rename(map[string][]string{"max_position_embeddings": {"model_max_length"}, "conv_kernel_size": {"sconv_kernel_size"},
		"sliding_window": {"sliding_window_size"}})
	c.assumeAll("max_position_embeddings=131072 conv_kernel_size=4 sliding_window=512 d_rel=16 rel_extent=1024 " +
		"dense_mlp_idx=0 n_shared_experts=2 vocab_size=201024")
	for _, said := range []string{"swa_num_attention_heads", "swa_num_key_value_heads", "swa_head_dim", "use_sconv", "unpadded_vocab_size",
		"padded_vocab_size", "shared_expert_sink", "num_mtp_layers", "mtp_local_layer_ids", "v_head_dim",
		"mtp_config", "norm_after_topk", "use_gate_bias"} {
		c.value(said)
	}
	t := traits{width: "dense_intermediate_size|intermediate_size", qkNorm: "head",
		experts: &mixture{experts: "n_routed_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size|intermediate_size",
			shared: "n_shared_experts*moe_intermediate_size|intermediate_size", routerBias: "yes", dense: first("dense_mlp_idx")}}
	d := t.begin(c)
	d.flag("embedding_norm", c.booleanOr("use_embed_norm", true))
	full := t.attention(c)
	full["rope"] = false
	full["relative"] = int64(c.integer("d_rel"))
	full["relative_reach"] = int64(c.integer("rel_extent"))
	if c.booleanOr("use_sconv", true) {
		full["short_conv"], full["outer_channels"] = int64(c.integer("conv_kernel_size")), int64(2*c.integer("hidden_size"))
	}
	window := maps.Clone(full)
	window["heads"] = int64(c.size("swa_num_attention_heads=num_attention_heads"))
	window["kv_heads"] = int64(c.size("swa_num_key_value_heads=num_key_value_heads"))
	if c.has("swa_head_dim") {
		window["head_dim"] = int64(c.integer("swa_head_dim"))
	}
	window["window"], window["relative_reach"] = int64(c.integer("sliding_window")), int64(c.integer("sliding_window"))
	local, kinds := c.set("local_layer_ids"), c.layerTypes()
	d.tree["full"], d.tree["window"] = full, window
	t.layers(c, d, func(l int) string {
		switch {
		case kinds != nil && c.layerType(kinds, l, "hybrid", "hybrid_sliding"),
			kinds == nil && !c.has("local_layer_ids") && (l+1)%6 == 0,
			kinds == nil && c.has("local_layer_ids") && !local[l]:
			return "full"
		}
		return "window"
	})
	d.inklingAhead(c, &t)
	return d
}

// inklingAhead adds the layers of multi-token prediction, which the whole file describes: all have a dense
// part.
func (d *document) inklingAhead(c *config, t *traits) {
	ahead, _ := c.whole["mtp_config"].(map[string]any)
	part := c.within(ahead)
	n := part.integerOr("num_nextn_predict_layers", c.integerOr("num_mtp_layers", 0))
	local := part.set("local_layer_ids")
	c.adopt(part)
	if n == 0 || n > maxLayers {
		return
	}
	d.tree["dense"] = t.dense(c)
	var entries []any
	for l := range n {
		name := "full"
		if local[l] {
			name = "window"
		}
		entries = append(entries, table{"repeat": int64(1), "mixer": name, "ffn": "dense"})
	}
	d.tree["mtp"] = entries
}
