package huggingface

import "maps"

// readGemma2 reads Gemma 2: every second layer has a sliding window, the first one too; norms also after each
// part.
func readGemma2(c *config) *document {
	return gemma(c, attention(c), 2)
}

// readVaultGemma reads VaultGemma: Gemma 2 without the norms after each part.
func readVaultGemma(c *config) *document {
	d := readGemma2(c)
	delete(d.tree, "post_norms")
	return d
}

// readGemma3 reads Gemma 3: one full layer after five with a window; norms of queries and keys. Files leave
// out what equals the defaults of Gemma3TextConfig.
func readGemma3(c *config) *document {
	for key, standard := range map[string]int{
		"vocab_size": 262208, "max_position_embeddings": 131072, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
	} {
		c.assume(key, standard)
	}
	return gemma(c, qwen3Attention(c), c.integerOr("sliding_window_pattern", 6))
}

func gemma(c *config, mixer table, period int) *document {
	if !c.has("tie_word_embeddings") {
		c.fields["tie_word_embeddings"] = true // the default of Gemma's configuration classes
	}
	c.value("sliding_window_size") // says the same as sliding_window
	d := newDocument(c)
	d.tree["post_norms"] = true
	setFlag(mixer, "qkv_bias", c.boolean("attention_bias"))
	window := maps.Clone(mixer)
	window["window"] = int64(c.integer("sliding_window"))
	d.tree["full"], d.tree["window"], d.tree["dense"] = mixer, window, dense(c, "intermediate_size")
	kinds := c.layerTypes()
	if period == 0 {
		c.invalid("sliding_window_pattern", period)
		return d
	}
	d.repeat(c, func(l int) layer {
		full := (l+1)%period == 0
		if kinds != nil {
			full = c.layerType(kinds, l, "full_attention", "sliding_attention")
		}
		if full {
			return layer{"full", "dense"}
		}
		return layer{"window", "dense"}
	})
	return d
}
