package huggingface

// readRecurrentGemma reads Griffin's models: real-gated linear recurrent units, and attention to a window in
// every third layer (arXiv:2402.19427, §2). The unit keeps one value for each channel, and two gates of
// blocks on the diagonal, which have as many values as a Mamba layer of one state and of the blocks' rank.
func readRecurrentGemma(c *config) *document {
	c.assumeAll("tie_word_embeddings=true attention_window_size=2048 conv1d_width=4")
	c.assume("lru_width", c.integer("hidden_size"))
	c.assume("sliding_window", c.integer("attention_window_size"))
	kinds := c.texts("block_types")
	if whole := c.texts("_block_types"); len(whole) > 0 {
		kinds = whole
	}
	if len(kinds) == 0 {
		kinds = []string{"recurrent", "recurrent", "attention"}
	}
	t := traits{qkvBias: "attention_bias", outputBias: "yes", mlpBias: "yes", width: "intermediate_size/2", context: endless,
		also: "conv1d_width logits_soft_cap"}
	d := t.begin(c)
	window := t.attention(c)
	window["window"] = int64(c.integer("sliding_window"))
	width := c.integer("lru_width")
	d.tree["recurrent"] = table{"kind": "mamba1", "width": int64(width), "state_dim": int64(1), "inner_norms": false,
		"dt_rank": int64(width / max(1, c.integer("num_attention_heads"))), "conv": int64(c.integer("conv1d_width"))}
	d.tree["fp32_states"] = true
	t.layers(c, d, func(l int) string {
		switch kind := kinds[l%len(kinds)]; kind {
		case "recurrent":
		case "attention":
			d.tree["window"] = window
			return "window"
		default:
			c.invalid("block_types", kind)
		}
		return "recurrent"
	})
	c.warn("RG-LRU is counted and timed as a Mamba layer with one state a channel")
	return d
}

// readXLSTM reads xLSTM: matrix memories with a gate to forget and one to store for each head, read as gated
// delta nets without a convolution, whose tensors are as large (arXiv:2503.13427, §2).
func readXLSTM(c *config) *document {
	c.rename(map[string][]string{"hidden_size": {"embedding_dim"}, "num_hidden_layers": {"num_blocks"}})
	c.assumeAll("qk_dim_factor=0.5 v_dim_factor=1.0 ffn_proj_factor=2.667 ffn_round_up_to_multiple_of=64")
	for _, said := range []string{"head_dim", "chunkwise_kernel", "add_out_norm", "mode", "gate_soft_cap", "output_logit_soft_cap"} {
		c.value(said)
	}
	if c.boolean("use_bias") {
		c.invalid("use_bias", true)
	}
	t := traits{context: endless}
	d := t.begin(c)
	heads, hidden := max(1, c.integer("num_attention_heads")), c.integer("hidden_size")
	keys, values := int(float64(hidden)*c.float("qk_dim_factor")), int(float64(hidden)*c.float("v_dim_factor"))
	d.tree["memory"] = table{"kind": "gated-delta-net", "key_heads": int64(heads), "value_heads": int64(heads),
		"key_dim": int64(keys / heads), "value_dim": int64(values / heads), "conv": int64(1)}
	d.tree["fp32_states"] = c.string("inference_state_dtype") != "bfloat16"
	multiple := max(1, c.integer("ffn_round_up_to_multiple_of"))
	width := int(float64(hidden) * c.float("ffn_proj_factor"))
	c.fields["intermediate_size"] = number((width + multiple - 1) / multiple * multiple)
	t.layers(c, d, func(int) string { return "memory" })
	c.warn("mLSTM is counted and timed as a gated delta net without a convolution")
	return d
}

// readRWKV7 reads RWKV-7 in the form of flash-linear-attention: a delta rule whose decay has a value for each
// channel, as KDA's, and a feed-forward part of two matrices (arXiv:2503.14456, §4). What its low-rank parts
// have beyond KDA's is counted as width of the feed-forward part.
func readRWKV7(c *config) *document {
	c.assumeAll("head_dim=64 decay_low_rank_dim=96 a_low_rank_dim=96 v_low_rank_dim=64 gate_low_rank_dim=320")
	for _, said := range []string{"norm_first", "fuse_norm", "hidden_ratio", "norm_bias", "value_dim", "attn_mode",
		"fuse_cross_entropy"} {
		c.value(said)
	}
	if c.has("attn") {
		c.fail("attn", "attention among RWKV's layers is not modelled", "describe the model as TOML")
	}
	t := traits{context: endless, normBias: "yes", ungated: true, fourfold: true}
	d := t.begin(c)
	dim := max(1, c.integer("head_dim"))
	heads := c.integer("hidden_size") / dim
	c.value("num_attention_heads")
	d.tree["kda"] = table{"kind": "kda", "heads": int64(heads), "head_dim": int64(dim), "conv": int64(1)}
	d.tree["fp32_states"] = true
	c.assume("intermediate_size", 4*c.integer("hidden_size"))
	ranks := c.sum("decay_low_rank_dim + a_low_rank_dim + v_low_rank_dim + gate_low_rank_dim")
	theirs := 2*dim + heads/2 // ranks of KDA's decay and gate, and the width of what it learns by
	c.fields["intermediate_size"] = number(c.integer("intermediate_size") + max(0, ranks-theirs))
	t.layers(c, d, func(int) string { return "kda" })
	c.warn("RWKV-7's mixing of tokens is counted and timed as KDA's delta rule")
	return d
}

// readOlmoOwn reads OLMo in the form of its authors' own code, before Hugging Face's class: the width of gate
// and up is one number, and the embedding has more rows than the vocabulary (allenai/OLMo, olmo/config.py).
func readOlmoOwn(c *config) *document {
	c.fields["vocab_size"] = number(max(c.integer("vocab_size"), c.integerOr("embedding_size", 0)))
	c.assume("mlp_hidden_size", c.size("mlp_ratio=4*hidden_size"))
	if c.boolean("multi_query_attention") {
		c.assume("num_key_value_heads", 1)
	}
	if kind := c.string("activation_type"); kind != "" && kind != "swiglu" {
		c.invalid("activation_type", kind)
	}
	t := traits{width: "mlp_hidden_size/2", tied: "weight_tying=yes", qkvBias: "include_bias", outputBias: "include_bias",
		mlpBias: "include_bias", plainNorms: !c.boolean("layer_norm_with_affine"),
		also: "block_type block_group_size layer_norm_type attention_layer_norm_with_affine"}
	if c.boolean("attention_layer_norm") {
		t.qkNorm = "layer"
	}
	return t.read(c)
}
