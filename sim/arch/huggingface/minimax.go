package huggingface

// readMiniMaxM2 reads MiniMax-M2 and M2.5: grouped attention with a norm over all heads together, and
// experts.
func readMiniMaxM2(c *config) *document {
	mixer := attention(c)
	if c.boolean("use_qk_norm") {
		switch kind := c.string("qk_norm_type"); kind {
		case "per_layer":
			mixer["qk_norm"] = "layer"
		case "per_head", "":
			mixer["qk_norm"] = "head"
		default:
			c.invalid("qk_norm_type", kind)
		}
	}
	moe := experts(c, "num_local_experts", "num_experts_per_tok", "intermediate_size")
	setFlag(moe, "router_bias", c.boolean("use_routing_bias"))
	setSize(moe, "shared_width", c.integerOr("shared_intermediate_size", 0))
	return uniform(c, newDocument(c), mixer, "moe", moe)
}
