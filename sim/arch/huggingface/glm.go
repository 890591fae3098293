package huggingface

// readGlm4 reads GLM-4.5: grouped attention with biases and norms of queries and keys, and DeepSeek's
// experts.
func readGlm4(c *config) *document {
	d := newDocument(c)
	mixer := attention(c)
	setFlag(mixer, "qkv_bias", c.boolean("attention_bias"))
	if c.boolean("use_qk_norm") {
		mixer["qk_norm"] = "head"
	}
	d.tree["attention"] = mixer
	deepSeekStack(c, d, func(int) string { return "attention" })
	if moe, ok := d.tree["moe"].(table); ok {
		moe["router_bias"] = true // Glm4MoeTopkRouter has e_score_correction_bias
	}
	return d
}
