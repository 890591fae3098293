package huggingface

// readQwen2 reads Qwen2 and Qwen2.5: Llama with biases on queries, keys and values. Its sliding_window counts
// only where use_sliding_window is set, and then from layer max_window_layers on.
func readQwen2(c *config) *document {
	mixer := attention(c)
	mixer["qkv_bias"] = true
	c.value("attention_bias") // which some files have beside it
	return qwenDense(c, mixer)
}

// readQwen3 reads Qwen3: norms of queries and keys instead of biases.
func readQwen3(c *config) *document {
	mixer := qwen3Attention(c)
	bias := c.boolean("attention_bias")
	setFlag(mixer, "qkv_bias", bias)
	setFlag(mixer, "output_bias", bias)
	return qwenDense(c, mixer)
}

func qwen3Attention(c *config) table {
	mixer := attention(c)
	mixer["qk_norm"] = "head"
	return mixer
}

func qwenDense(c *config, mixer table) *document {
	d := newDocument(c)
	d.tree["attention"], d.tree["dense"] = mixer, dense(c, "intermediate_size")
	from := qwenWindow(c, d, mixer)
	d.repeat(c, func(l int) layer {
		if l >= from {
			return layer{"window", "dense"}
		}
		return layer{"attention", "dense"}
	})
	return d
}

// qwenWindow adds the component of windowed layers and returns the first of them.
func qwenWindow(c *config, d *document, mixer table) int {
	window, from := c.integerOr("sliding_window", 0), c.integerOr("max_window_layers", 0)
	c.value("layer_types") // which newer files add to say the same
	if !c.boolean("use_sliding_window") || window == 0 {
		return maxLayers
	}
	windowed := table{"window": int64(window)}
	for key, value := range mixer {
		windowed[key] = value
	}
	d.tree["window"] = windowed
	if from == 0 {
		delete(d.tree, "attention")
	}
	return from
}

// readQwen2MoE reads Qwen2-MoE: experts and a gated shared expert.
func readQwen2MoE(c *config) *document {
	mixer := attention(c)
	mixer["qkv_bias"] = true
	return qwenExperts(c, mixer, qwenSharedExpert(c, qwenRouted(c)))
}

// readQwen3MoE reads Qwen3's mixtures, which have no shared expert.
func readQwen3MoE(c *config) *document { return qwenExperts(c, qwen3Attention(c), qwenRouted(c)) }

func qwenRouted(c *config) table {
	return experts(c, "num_experts", "num_experts_per_tok", "moe_intermediate_size")
}

func qwenSharedExpert(c *config, moe table) table {
	moe["shared_width"] = int64(c.integer("shared_expert_intermediate_size"))
	moe["shared_gate"] = true
	return moe
}

// qwenExperts places experts in every decoder_sparse_step-th layer, but for those of mlp_only_layers.
func qwenExperts(c *config, mixer, moe table) *document {
	d := newDocument(c)
	d.tree["attention"], d.tree["moe"] = mixer, moe
	step, plain := c.integerOr("decoder_sparse_step", 1), c.set("mlp_only_layers")
	if step == 0 {
		c.invalid("decoder_sparse_step", step)
		return d
	}
	if c.boolean("use_sliding_window") {
		c.invalid("use_sliding_window", true)
	}
	for _, unused := range []string{"sliding_window", "max_window_layers", "intermediate_size"} {
		c.value(unused)
	}
	d.repeat(c, func(l int) layer {
		if (l+1)%step != 0 || plain[l] {
			d.tree["dense"] = dense(c, "intermediate_size")
			return layer{"attention", "dense"}
		}
		return layer{"attention", "moe"}
	})
	return d
}

// readQwen3Next reads Qwen3-Next: three gated delta nets to one gated attention, and experts in every layer.
func readQwen3Next(c *config) *document {
	return qwenHybrid(c, "moe", qwenSharedExpert(c, qwenRouted(c)))
}

// readQwen35 reads Qwen3.5: Qwen3-Next's mixers with experts or a dense part.
func readQwen35(c *config) *document {
	if !c.booleanOr("attn_output_gate", true) {
		c.invalid("attn_output_gate", false)
	}
	if c.has("num_experts") {
		return qwenHybrid(c, "moe", qwenSharedExpert(c, qwenRouted(c)))
	}
	return qwenHybrid(c, "dense", dense(c, "intermediate_size"))
}

func qwenHybrid(c *config, ffnName string, ffn table) *document {
	d := newDocument(c)
	mixer := qwen3Attention(c)
	mixer["gate"] = true
	d.tree["attention"], d.tree[ffnName] = mixer, ffn
	d.tree["delta"] = deltaNet(c)
	if len(c.set("mlp_only_layers")) > 0 || c.integerOr("decoder_sparse_step", 1) != 1 {
		c.invalid("mlp_only_layers", c.fields["mlp_only_layers"])
	}
	kinds, interval := c.layerTypes(), c.integerOr("full_attention_interval", 4)
	if interval == 0 {
		c.invalid("full_attention_interval", interval)
		return d
	}
	d.repeat(c, func(l int) layer {
		full := (l+1)%interval == 0
		if kinds != nil {
			full = c.layerType(kinds, l, "full_attention", "linear_attention")
		}
		if full {
			return layer{"attention", ffnName}
		}
		return layer{"delta", ffnName}
	})
	if n := c.size("mtp_num_hidden_layers|num_nextn_predict_layers=0"); n > 0 {
		d.tree["mtp"] = []any{table{"repeat": int64(n), "mixer": "attention", "ffn": ffnName}}
	}
	return d
}

// layerTypes is the list that names each layer's attention; nil where absent.
func (c *config) layerTypes() []string {
	kinds := c.texts("layer_types")
	if kinds != nil && len(kinds) != c.integer("num_hidden_layers") {
		c.fail("layer_types", "is not as long as num_hidden_layers", "name one type for each layer")
	}
	return kinds
}

// layerType tells whether layer l is of type yes rather than no; another type is a mistake.
func (c *config) layerType(kinds []string, l int, yes, no string) bool {
	if l >= len(kinds) {
		return false // layerTypes has said so
	}
	if kinds[l] != yes && kinds[l] != no {
		c.invalid("layer_types", kinds[l])
	}
	return kinds[l] == yes
}

// deltaNet reads a gated delta net from the fields that Qwen3-Next names it by.
func deltaNet(c *config) table {
	return table{
		"kind":      "gated-delta-net",
		"key_heads": int64(c.integer("linear_num_key_heads")), "value_heads": int64(c.integer("linear_num_value_heads")),
		"key_dim": int64(c.integer("linear_key_head_dim")), "value_dim": int64(c.integer("linear_value_head_dim")),
		"conv": int64(c.integer("linear_conv_kernel_dim")),
	}
}
