package huggingface

import (
	"fmt"
	"maps"
)

// readDeepSeekV4 reads DeepSeek-V4: attention over a window and over compressed entries, by layers in turn
// sparse and heavily compressed, hyper-connections instead of one residual stream, and experts in every
// layer, which the first layers choose by a table.
func readDeepSeekV4(c *config) *document {
	c.assumeAll("compress_rope_theta=160000 hc_mult=4 num_nextn_predict_layers=0")
	d := newDocument(c)
	setSize(d.tree, "streams", c.integer("hc_mult"))
	window := table{"kind": "compressed", "heads": int64(c.integer("num_attention_heads")), "head_dim": int64(c.integer("head_dim")),
		"rope_dim": int64(c.integerOr("qk_rope_head_dim", 64)), "q_rank": int64(c.integer("q_lora_rank")),
		"output_groups": int64(c.integer("o_groups")), "output_rank": int64(c.integer("o_lora_rank")),
		"window": int64(c.integer("sliding_window"))}
	for _, said := range []string{"num_key_value_heads", "intermediate_size", "index_n_heads", "index_head_dim", "index_topk",
		"hc_sinkhorn_iters", "attention_bias", "num_hash_layers"} {
		c.value(said)
	}
	moe := deepSeekExperts(c, "n_routed_experts", "num_experts_per_tok", "n_shared_experts")
	hashed := maps.Clone(moe)
	delete(hashed, "router_bias") // a table of tokens chooses the experts
	d.tree["moe"] = moe
	ratios, first := c.compressRatios(), c.integerOr("num_hash_layers", 0)
	name := func(l int) string {
		if l >= len(ratios) {
			return d.compressed(c, window, 0)
		}
		return d.compressed(c, window, ratios[l])
	}
	d.repeat(c, func(l int) layer {
		if l < first {
			d.tree["moe_hashed"] = hashed
			return layer{name(l), "moe_hashed"}
		}
		return layer{name(l), "moe"}
	})
	if n := c.integer("num_nextn_predict_layers"); n > 0 {
		d.tree["mtp"] = []any{table{"repeat": int64(n), "mixer": name(c.integer("num_hidden_layers")), "ffn": "moe"}}
	}
	return d
}

// compressRatios is how many tokens an entry of each layer is made of; 0: the layer has a window alone.
func (c *config) compressRatios() []int {
	if ratios := c.integers("compress_ratios"); ratios != nil {
		return ratios
	}
	rates := map[string]int{"sliding_attention": 0, "compressed_sparse_attention": 4, "heavily_compressed_attention": 128}
	given := c.table("compress_rates")
	for _, kind := range sortedKeys(given.fields) {
		rates[kind] = given.integerOr(kind, 0)
	}
	c.adopt(given)
	var list []int
	for _, kind := range c.layerTypes() {
		rate, ok := rates[kind]
		if !ok {
			c.invalid("layer_types", kind)
		}
		list = append(list, rate)
	}
	return list
}

// compressed is the component of layers with entries of so many tokens; those of few are chosen by an
// indexer.
func (d *document) compressed(c *config, window table, ratio int) string {
	const sparseUpTo = 16 // between the 4 of sparse layers and the 128 of the others
	name := "window"
	if ratio > 0 {
		name = fmt.Sprintf("entries_%d", ratio)
	}
	if d.tree[name] == nil {
		mixer := maps.Clone(window)
		setSize(mixer, "ratio", ratio)
		if ratio > 0 && ratio <= sparseUpTo {
			mixer["index_heads"], mixer["index_dim"] = int64(c.integer("index_n_heads")), int64(c.integer("index_head_dim"))
			mixer["top_k"] = int64(c.integer("index_topk"))
		}
		d.tree[name] = mixer
	}
	return name
}

// readMiniMaxM3 reads MiniMax-M3: grouped attention, of which most layers see only blocks that an indexer
// chooses, dense parts in the first layers and experts in the others.
func readMiniMaxM3(c *config) *document {
	t := traits{qkNorm: "head", gate: "attention_output_gate", width: "dense_intermediate_size|intermediate_size",
		experts: &mixture{experts: "num_local_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size|intermediate_size",
			shared:     "n_shared_experts=1*shared_intermediate_size=0",
			routerBias: "use_routing_bias", dense: byFrequency}}
	d := t.begin(c)
	full := t.attention(c)
	sparse := c.table("sparse_attention_config")
	blocks := maps.Clone(full)
	blocks["kind"] = "block-sparse"
	blocks["index_heads"], blocks["index_dim"] = int64(sparse.integer("sparse_num_index_heads")), int64(sparse.integer("sparse_index_dim"))
	blocks["block_size"], blocks["top_blocks"] = int64(sparse.integer("sparse_block_size")), int64(sparse.integer("sparse_topk_blocks"))
	chosen := sparse.integers("sparse_attention_freq")
	c.adopt(sparse)
	for _, said := range []string{"use_qk_norm", "qk_norm_type", "first_k_dense_replace"} {
		c.value(said)
	}
	t.layers(c, d, func(l int) string {
		if chosen != nil && l < len(chosen) && chosen[l] == 0 {
			d.tree["full"] = full
			return "full"
		}
		d.tree["sparse"] = blocks
		return "sparse"
	})
	d.ahead(c, "num_nextn_predict_layers=0")
	return d
}

// byFrequency places experts in the layers that moe_layer_freq marks with 1, or in all but the first.
func byFrequency(c *config) func(l int) bool {
	if _, list := c.field("moe_layer_freq").([]any); !list {
		return firstAndEvery(c)
	}
	marks := c.integers("moe_layer_freq")
	return func(l int) bool { return l < len(marks) && marks[l] == 0 }
}
