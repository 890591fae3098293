package huggingface

// attention reads multi-head attention: heads, KV heads (as many where absent), head width (hidden/heads
// where absent).
func attention(c *config) table {
	heads := c.integer("num_attention_heads")
	headDim := c.integerOr("head_dim", 0)
	if hidden := c.integer("hidden_size"); headDim == 0 && heads > 0 {
		headDim = hidden / heads
		if hidden%heads != 0 {
			c.fail("num_attention_heads", "does not divide hidden_size and head_dim is missing", "give head_dim")
		}
	}
	return table{
		"kind": "attention", "heads": int64(heads), "kv_heads": int64(c.integerOr("num_key_value_heads", heads)), "head_dim": int64(headDim),
	}
}

// dense reads a gated feed-forward part.
func dense(c *config, width string) table {
	return table{"kind": "dense", "width": int64(c.integer(width))}
}

// uniform is a stack of equal layers.
func uniform(c *config, d *document, mixer table, ffnName string, ffn table) *document {
	d.tree["attention"], d.tree[ffnName] = mixer, ffn
	d.repeat(c, func(int) layer { return layer{"attention", ffnName} })
	return d
}

// experts reads routed experts from the fields that a family names them by.
func experts(c *config, number, topK, width string) table {
	return table{
		"kind": "moe", "experts": int64(c.integer(number)), "top_k": int64(c.integer(topK)), "width": int64(c.integer(width)),
	}
}

// readGpt3 reads the description of GPT-3 by hand that circulates as a config.json: learned positions,
// LayerNorm, biases everywhere, a plain feed-forward part (Brown et al. 2020, arXiv:2005.14165).
func readGpt3(c *config) *document {
	d := newDocument(c)
	mixer, ffn := attention(c), dense(c, "intermediate_size")
	bias := c.boolean("attention_bias")
	setFlag(mixer, "qkv_bias", bias)
	setFlag(mixer, "output_bias", bias)
	mixer["rope"] = false
	setFlag(ffn, "bias", c.boolean("mlp_bias"))
	ffn["gated"] = false
	d.tree["norm_bias"] = true
	d.tree["positions"] = int64(c.integer("max_position_embeddings"))
	return uniform(c, d, mixer, "dense", ffn)
}
