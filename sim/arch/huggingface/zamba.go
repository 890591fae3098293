package huggingface

import "slices"

// readZamba2 reads Zamba 2: Mamba-2 layers, before some of which stands one of a few attention blocks that
// take turns, each with the same weights wherever it stands (arXiv:2411.15242, §2). What a place has of its
// own, adapters and the projection behind the block, is as large as the plain feed-forward part that stands
// for it here.
func readZamba2(c *config) *document {
	c.rename(map[string][]string{"intermediate_size": {"ffn_hidden_size"}, "adapter_rank": {"lora_rank"},
		"mamba_d_state": {"state_size"}, "mamba_d_conv": {"conv_dimension", "conv_kernel"}, "mamba_expand": {"expansion_factor"},
		"use_shared_attention_adapter": {"use_shared_attention_lora"}})
	c.assumeAll("mamba_d_state=64 mamba_d_conv=4 mamba_expand=2 mamba_ngroups=1 adapter_rank=128 num_mem_blocks=1 " +
		"tie_word_embeddings=true")
	for _, said := range []string{"kv_channels", "num_query_groups", "num_key_value_heads", "gated_linear_unit", "ft_lora",
		"use_shared_block_lora", "use_shared_mlp_adapter", "use_mem_rope", "hybrid_layer_ids", "chunk_size", "attention_hidden_size",
		"use_conv_bias", "use_long_context"} {
		c.value(said)
	}
	if c.boolean("add_bias_linear") {
		c.invalid("add_bias_linear", true)
	}
	d := newDocument(c)
	d.zambaParts(c)
	kinds, blocks := c.texts("layers_block_type"), c.integer("num_mem_blocks")
	n := c.integer("num_hidden_layers")
	if len(kinds) != n || blocks == 0 || n > maxLayers/2 {
		c.fail("layers_block_type", "does not name num_hidden_layers layers", "name each: mamba or hybrid")
		return d
	}
	met := 0
	var again []int
	for l := range n {
		if c.layerType(kinds, l, "hybrid", "mamba") {
			if met >= blocks {
				again = append(again, len(d.layers))
			}
			name := string(rune('a' + met%blocks))
			d.layers = append(d.layers, layer{"attention_" + name, "dense_" + name}, layer{"mamba", "own"})
			met++
			continue
		}
		d.layers = append(d.layers, layer{mixer: "mamba"})
	}
	d.again = func(l int) bool { return slices.Contains(again, l) }
	d.stack()
	return d
}

// readZamba reads the first Zamba: Mamba layers, before every sixth of which stands the same attention block,
// with a projection behind it that is that place's own (arXiv:2405.16712, §2).
func readZamba(c *config) *document {
	c.assumeAll("mamba_d_state=16 mamba_d_conv=4 mamba_expand=2 n_mamba_heads=2 tie_word_embeddings=true " +
		"attn_layer_period=6 attn_layer_offset=4")
	for _, said := range []string{"attention_hidden_size", "num_key_value_heads", "n_mamba_heads", "num_logits_to_keep"} {
		c.value(said)
	}
	for bias, standard := range map[string]bool{"mamba_conv_bias": true, "mamba_proj_bias": false} {
		if c.booleanOr(bias, standard) != standard {
			c.invalid(bias, !standard)
		}
	}
	d := newDocument(c)
	hidden, heads := c.integer("hidden_size"), max(1, c.integer("num_attention_heads"))
	d.tree["mamba"] = table{"kind": "mamba1", "width": int64(c.size("mamba_expand*hidden_size")), "inner_norms": false,
		"dt_rank": int64(c.integerOr("mamba_dt_rank", (hidden+15)/16)), "state_dim": int64(c.integer("mamba_d_state")),
		"conv": int64(c.integer("mamba_d_conv"))}
	d.tree["attention"] = table{"kind": "attention", "heads": int64(heads), "kv_heads": int64(heads), "with_embedding": true,
		"head_dim": int64(c.integerOr("attention_head_dim", 2*hidden/heads)), "rope": false}
	d.tree["dense"] = dense(c, "intermediate_size")
	d.tree["own"] = table{"kind": "dense", "gated": false, "width": int64(hidden / 2)} // the projection's hidden²
	kinds := c.texts("layers_block_type")
	period, offset, n := max(1, c.integer("attn_layer_period")), c.integer("attn_layer_offset"), c.integer("num_hidden_layers")
	if n > maxLayers/2 || kinds != nil && len(kinds) != n {
		c.fail("layers_block_type", "does not name num_hidden_layers layers", "name each: mamba or hybrid")
		return d
	}
	met := 0
	var again []int
	for l := range n {
		hybrid := l%period == offset || l == 2 // ZambaConfig's own list, where a file has none
		if kinds != nil {
			hybrid = c.layerType(kinds, l, "hybrid", "mamba")
		}
		if !hybrid {
			d.layers = append(d.layers, layer{mixer: "mamba"})
			continue
		}
		if met++; met > 1 {
			again = append(again, len(d.layers))
		}
		d.layers = append(d.layers, layer{"attention", "dense"}, layer{"mamba", "own"})
	}
	d.again = func(l int) bool { return slices.Contains(again, l) }
	d.stack()
	return d
}

// zambaParts are the parts of its layers.
func (d *document) zambaParts(c *config) {
	hidden, width, rank := c.integer("hidden_size"), c.integer("intermediate_size"), c.integer("adapter_rank")
	inner, heads := c.size("mamba_expand*hidden_size"), c.size("n_mamba_heads=0")
	if heads == 0 {
		heads = inner / max(1, c.size("mamba_headdim=64"))
	}
	c.value("mamba_headdim")
	d.tree["mamba"] = table{"kind": "mamba2", "heads": int64(heads), "head_dim": int64(inner / max(1, heads)),
		"state_dim": int64(c.integer("mamba_d_state")), "groups": int64(c.integer("mamba_ngroups")),
		"conv": int64(c.integer("mamba_d_conv"))}
	queries := c.integer("num_attention_heads")
	blocks := c.integer("num_mem_blocks")
	if blocks > 26 || queries == 0 {
		c.invalid("num_mem_blocks", blocks)
		return
	}
	for b := range blocks {
		name := string(rune('a' + b))
		d.tree["attention_"+name] = table{"kind": "attention", "heads": int64(queries), "kv_heads": int64(queries),
			"head_dim": int64(c.size("attention_head_dim=0")), "with_embedding": true}
		if c.size("attention_head_dim=0") == 0 {
			d.tree["attention_"+name].(table)["head_dim"] = int64(2 * hidden / queries)
		}
		d.tree["dense_"+name] = table{"kind": "dense", "width": int64(width)}
	}
	// hidden² of the projection, rank·(hidden + 2·width) of the feed-forward part's adapter, and of those of
	// queries, keys and values 3·rank·4·hidden.
	own := hidden*hidden + rank*(hidden+2*width)
	if c.boolean("use_shared_attention_adapter") {
		own += 12 * rank * hidden
	}
	d.tree["own"] = table{"kind": "dense", "gated": false, "width": int64(own / max(1, 2*hidden))}
}
