package huggingface

// first places dense parts in as many first layers as a size says, or as mlp_layer_types says.
func first(expression string) places {
	return func(c *config) func(l int) bool {
		n := c.size(expression)
		kinds := c.texts("mlp_layer_types")
		if kinds != nil && len(kinds) != c.integer("num_hidden_layers") {
			c.fail("mlp_layer_types", "is not as long as num_hidden_layers", "name one type for each layer")
			kinds = nil
		}
		return func(l int) bool {
			if kinds != nil && l < len(kinds) {
				return kinds[l] == "dense"
			}
			return l < n
		}
	}
}

// firstAndEvery places dense parts in as many first layers as first_k_dense_replace says, and then in all but
// every moe_layer_freq-th.
func firstAndEvery(c *config) func(l int) bool {
	leading := first("first_k_dense_replace=0")(c)
	freq := c.integerOr("moe_layer_freq", 1)
	if freq == 0 {
		c.invalid("moe_layer_freq", freq)
		freq = 1
	}
	return func(l int) bool { return leading(l) || l%freq != 0 }
}

// betweenStartAndEnd places experts in every moe_layer_interval-th layer from moe_layer_start_index to
// moe_layer_end_index (ERNIE 4.5).
func betweenStartAndEnd(c *config) func(l int) bool {
	from, to := c.integerOr("moe_layer_start_index", 0), c.integerOr("moe_layer_end_index", maxLayers)
	interval := c.integerOr("moe_layer_interval", 1)
	if interval == 0 {
		c.invalid("moe_layer_interval", interval)
		interval = 1
	}
	return func(l int) bool { return l < from || l > to || (l+1)%interval != 0 }
}
