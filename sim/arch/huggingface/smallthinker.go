package huggingface

// readSmallThinker reads SmallThinker: three layers in four have a window and rotate, and experts are chosen
// before attention (arXiv:2507.20984, §2).
func readSmallThinker(c *config) *document {
	c.rename(map[string][]string{"sliding_window": {"sliding_window_size"}, "no_rope_layers": {"rope_layout"}})
	var kinds []any
	for _, in := range c.list("sliding_window_layout") {
		if off(in) {
			kinds = append(kinds, "full_attention")
		} else {
			kinds = append(kinds, "sliding_attention")
		}
	}
	if kinds != nil {
		c.fields["layer_types"] = kinds
	}
	placed := c.list("moe_layer_layout")
	t := traits{window: byTypes, also: "moe_enable_early_router moe_primary_router_apply_softmax moe_enable_secondary_experts",
		experts: &mixture{experts: "moe_num_primary_experts", topK: "moe_num_active_primary_experts", width: "moe_ffn_hidden_size",
			dense: func(*config) func(int) bool {
				return func(l int) bool { return l < len(placed) && off(placed[l]) }
			}}}
	return t.read(c)
}
