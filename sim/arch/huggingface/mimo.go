package huggingface

// readMiMo reads MiMo-V2-Flash: attention whose values are narrower than its keys, most layers with a short
// window, KV heads of their own and sinks, and experts.
func readMiMo(c *config) *document {
	d := newDocument(c)
	full, window := attention(c), table{
		"kind": "attention", "heads": int64(c.integer("swa_num_attention_heads")), "kv_heads": int64(c.integer("swa_num_key_value_heads")),
		"head_dim": int64(c.integer("swa_head_dim")), "value_dim": int64(c.integer("swa_v_head_dim")),
		"window": int64(c.integer("sliding_window")),
	}
	setSize(full, "value_dim", c.integerOr("v_head_dim", 0))
	setFlag(full, "qkv_bias", c.boolean("attention_bias"))
	setFlag(window, "qkv_bias", c.boolean("attention_bias"))
	setFlag(full, "sinks", c.boolean("add_full_attention_sink_bias"))
	setFlag(window, "sinks", c.boolean("add_swa_attention_sink_bias"))
	c.value("sliding_window_size") // says the same as sliding_window, and so does attention_chunk_size
	c.value("attention_chunk_size")
	d.tree["full"], d.tree["window"] = full, window
	d.tree["moe"] = deepSeekExperts(c, "n_routed_experts", "num_experts_per_tok", "n_shared_experts")
	d.tree["dense"] = dense(c, "intermediate_size")
	windowed, sparse := c.integers("hybrid_layer_pattern"), c.integers("moe_layer_freq")
	if n := c.integer("num_hidden_layers"); c.err == nil && (len(windowed) != n || len(sparse) != n) {
		c.fail("hybrid_layer_pattern", "is not as long as num_hidden_layers", "hybrid_layer_pattern and moe_layer_freq name every layer")
	}
	if c.err != nil {
		return d
	}
	d.repeat(c, func(l int) layer {
		one := layer{"full", "dense"}
		if windowed[l] == 1 {
			one.mixer = "window"
		}
		if sparse[l] == 1 {
			one.ffn = "moe"
		}
		return one
	})
	return d
}
