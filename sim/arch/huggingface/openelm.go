package huggingface

import "fmt"

// readOpenELM reads OpenELM: layers with heads and widths of their own (Mehta et al. 2024, arXiv:2404.14619,
// §3.1).
func readOpenELM(c *config) *document {
	c.rename(map[string][]string{"num_hidden_layers": {"num_transformer_layers"}, "max_position_embeddings": {"max_context_length"},
		"tie_word_embeddings": {"share_input_output_layers"}})
	for _, said := range []string{"qkv_multipliers", "num_gqa_groups", "num_key_value_heads", "num_kv_heads", "normalization_layer_name",
		"rope_max_length"} {
		c.value(said)
	}
	t := traits{qkNorm: "normalize_qk_projections:head", tied: "yes", ungated: !c.booleanOr("ffn_with_glu", true)}
	n := c.integer("num_hidden_layers")
	queries, keys, widths := c.integers("num_query_heads"), c.integers("num_kv_heads"), c.openELMWidths(n)
	if len(queries) != n || len(keys) != n || len(widths) != n {
		c.fail("num_query_heads", "num_kv_heads and ffn_multipliers do not have an element for each layer", "name each layer's")
		return newDocument(c)
	}
	d := t.begin(c)
	d.repeat(c, func(l int) layer {
		c.fields["num_attention_heads"], c.fields["num_key_value_heads"] = number(queries[l]), number(keys[l])
		c.fields["intermediate_size"] = number(widths[l])
		mixer, ffn := fmt.Sprintf("attention_%d_%d", queries[l], keys[l]), fmt.Sprintf("dense_%d", widths[l])
		if d.tree[mixer] == nil {
			d.tree[mixer] = t.attention(c)
		}
		if d.tree[ffn] == nil {
			d.tree[ffn] = t.dense(c)
		}
		return layer{mixer, ffn}
	})
	return d
}

// openELMWidths are the widths of the feed-forward parts: multiples of the model's, rounded to multiples of a
// divisor, and up where that took more than a tenth.
func (c *config) openELMWidths(layers int) []int {
	divisor := max(1, c.integerOr("ffn_dim_divisor", 256))
	list := c.list("ffn_multipliers")
	if len(list) == 0 { // one for all
		for range min(layers, maxLayers) {
			list = append(list, c.fields["ffn_multipliers"])
		}
	}
	var widths []int
	for _, item := range list {
		exact := float64(c.within(map[string]any{"ffn_multipliers": item}).float("ffn_multipliers") * float64(c.integer("hidden_size")))
		width := max(divisor, (int(exact)+divisor/2)/divisor*divisor)
		if float64(width) < 0.9*exact {
			width += divisor
		}
		widths = append(widths, width)
	}
	return widths
}
