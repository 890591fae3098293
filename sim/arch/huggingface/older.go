package huggingface

// readGptNeo reads GPT-Neo: GPT-2 whose layers attend to everything and to a window in turns, without biases
// of queries, keys and values.
func readGptNeo(c *config) *document {
	c.fields["layer_types"] = neoTypes(c)
	c.assume("sliding_window", c.size("window_size=256"))
	t := traits{alibi: true, outputBias: "yes", mlpBias: "yes", ungated: true, fourfold: true, normBias: "yes",
		positions: "max_position_embeddings", tied: "yes", context: 2048, window: byTypes}
	return t.read(c)
}

// neoTypes are the layers' kinds, as attention_layers lists them or attention_types says in runs:
// [[["global", "local"], 12]].
func neoTypes(c *config) []any {
	list := c.list("attention_layers")
	if runs := c.list("attention_types"); list == nil {
		for _, run := range runs {
			pair, _ := run.([]any)
			if len(pair) != 2 {
				c.fail("attention_types", "holds "+describe(run), "must hold pairs of kinds and how often")
				return nil
			}
			kinds, _ := pair[0].([]any)
			times, _ := pair[1].(interface{ String() string })
			n := c.within(map[string]any{"times": times}).integer("times")
			for range min(n, maxLayers) {
				if len(list) <= maxLayers {
					list = append(list, kinds...)
				}
			}
		}
	}
	for i, kind := range list {
		switch kind {
		case "global":
			list[i] = "full_attention"
		case "local":
			list[i] = "sliding_attention"
		}
	}
	return list
}

// readOPT reads OPT, of which the model of 350 million has an embedding narrower than its layers, and norms
// behind the parts rather than before them.
func readOPT(c *config) *document {
	t := traits{alibi: true, qkvBias: "enable_bias=yes", outputBias: "enable_bias=yes", mlpBias: "enable_bias=yes",
		ungated: true, normBias: "layer_norm_elementwise_affine=yes", positions: "max_position_embeddings + 2", tied: "yes",
		also: "do_layer_norm_before _remove_final_layer_norm"}
	d := t.read(c)
	if width := c.integerOr("word_embed_proj_dim", 0); width != c.integer("hidden_size") {
		setSize(d.tree, "embedding_width", width)
	}
	return d
}

// readChatGLM reads ChatGLM 2 to 4, and the first, whose layers are GPT-2's with a rotation of two positions.
func readChatGLM(c *config) *document {
	t := traits{kvHeads: "multi_query_group_num=num_attention_heads", headDim: "kv_channels=128", qkvBias: "add_qkv_bias",
		outputBias: "add_bias_linear", mlpBias: "add_bias_linear", also: "multi_query_attention post_layer_norm"}
	if c.has("inner_hidden_size") {
		t = traits{qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true, width: "inner_hidden_size", normBias: "yes",
			tied: "yes", also: "position_encoding_2d"}
	}
	return t.read(c)
}
