package huggingface

import "fmt"

// readNemotronNas reads the models that NVIDIA's architecture search made of Llama (Puzzle,
// arXiv:2411.19146): each block has an attention of its own number of KV heads and a feed-forward part of
// its own width, or lacks one.
func readNemotronNas(c *config) *document {
	t := traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias"}
	d := t.begin(c)
	for _, said := range []string{"intermediate_size", "num_key_value_heads", "head_dim"} {
		c.value(said)
	}
	c.perLayer()
	for i, item := range c.list("block_configs") {
		block := c.part("block_configs", item)
		mixer, ffn := block.table("attention"), block.table("ffn")
		one := layer{mixer: d.nasAttention(c, &t, mixer), ffn: d.nasDense(c, &t, ffn)}
		for _, part := range []*config{block, mixer, ffn} {
			c.adopt(part)
		}
		if one != (layer{}) {
			d.layers = append(d.layers, one)
		}
		if i > maxLayers {
			c.invalid("block_configs", "a list of so many blocks")
			return d
		}
	}
	if n := c.integer("num_hidden_layers"); c.err == nil && n != len(c.list("block_configs")) {
		c.fail("block_configs", "is not as long as num_hidden_layers", "describe each block")
	}
	d.stack()
	return d
}

// perLayer turns the list of KV heads of DeciLM-7B into blocks.
func (c *config) perLayer() {
	if c.has("block_configs") || !c.has("num_key_value_heads_per_layer") {
		return
	}
	var blocks []any
	for _, kvHeads := range c.integers("num_key_value_heads_per_layer") {
		blocks = append(blocks, table{"attention": table{"num_key_value_heads": number(kvHeads)},
			"ffn": table{"intermediate_size": c.fields["intermediate_size"]}})
	}
	c.fields["block_configs"] = blocks
}

// part is an element of a list as a part of the config.
func (c *config) part(key string, item any) *config {
	fields, ok := item.(map[string]any)
	if !ok {
		c.fail(key, "holds "+describe(item), "must be a list of objects")
	}
	return c.within(fields)
}

func (d *document) nasAttention(c *config, t *traits, block *config) string {
	if block.boolean("no_op") || block.boolean("replace_with_linear") {
		if block.boolean("replace_with_linear") {
			c.invalid("replace_with_linear", true)
		}
		return ""
	}
	heads := c.integer("num_attention_heads")
	kvHeads := block.integerOr("num_key_value_heads", 0)
	if group := block.integerOr("n_heads_in_group", 0); group > 0 {
		kvHeads = heads / group
	}
	c.fields["num_key_value_heads"] = number(kvHeads)
	name := fmt.Sprintf("attention_%d", kvHeads)
	if d.tree[name] == nil {
		d.tree[name] = t.attention(c)
	}
	return name
}

func (d *document) nasDense(c *config, t *traits, block *config) string {
	if block.boolean("no_op") || block.boolean("replace_with_linear") {
		if block.boolean("replace_with_linear") {
			c.invalid("replace_with_linear", true)
		}
		return ""
	}
	width := block.integerOr("intermediate_size", 0)
	if block.has("ffn_mult") { // two thirds of a multiple of the width, rounded up to 256
		width = int(2 * block.float("ffn_mult") * float64(c.integer("hidden_size")) / 3)
		width = (width + 255) / 256 * 256
	}
	c.fields["intermediate_size"] = number(width)
	name := fmt.Sprintf("dense_%d", width)
	if d.tree[name] == nil {
		d.tree[name] = t.dense(c)
	}
	return name
}
