package huggingface

import "maps"

// readDeepSeek reads DeepSeek-V2 and V3, R1 and Kimi-K2: latent attention and, after the first layers,
// experts.
func readDeepSeek(c *config) *document {
	if c.has("use_mla") && !c.boolean("use_mla") { // DeepSeek-VL2-tiny, DeepSeek-OCR
		t := deepSeekMoE
		t.also = "kv_lora_rank q_lora_rank qk_nope_head_dim qk_rope_head_dim v_head_dim n_group topk_group topk_method lm_head rm_head"
		return t.read(c)
	}
	d := newDocument(c)
	d.tree["mla"] = latent(c)
	return deepSeekStack(c, d, func(int) string { return "mla" })
}

// readAXK1 reads A.X-K1: DeepSeek-V3 with one norm more in each layer, behind its feed-forward part.
func readAXK1(c *config) *document {
	d := readDeepSeek(c)
	for _, name := range []string{"moe", "dense"} {
		if ffn, ok := d.tree[name].(table); ok {
			ffn["norms"] = int64(1)
		}
	}
	return d
}

// latent reads multi-head latent attention. head_dim and num_key_value_heads say nothing about it.
func latent(c *config) table {
	mixer := table{
		"kind": "mla", "heads": int64(c.integer("num_attention_heads")), "kv_rank": int64(c.integer("kv_lora_rank")),
		"rope_dim": int64(c.integer("qk_rope_head_dim")), "nope_dim": int64(c.integer("qk_nope_head_dim")),
		"value_dim": int64(c.integer("v_head_dim")),
	}
	setSize(mixer, "q_rank", c.integerOr("q_lora_rank", 0))
	for _, unused := range []string{"head_dim", "num_key_value_heads", "qk_head_dim"} {
		c.value(unused)
	}
	if c.boolean("attention_bias") {
		c.invalid("attention_bias", true)
	}
	return mixer
}

// readDeepSeekSparse reads DeepSeek-V3.2 and GLM-5: latent attention over the tokens that an indexer chooses.
// In GLM-5.2 only the layers that indexer_types calls "full" have an indexer.
func readDeepSeekSparse(c *config) *document {
	d := newDocument(c)
	mixer := latent(c)
	mixer["kind"] = "dsa"
	if c.known == "glm_moe_dsa" { // what GlmMoeDsaConfig fills in
		c.assumeAll("index_n_heads=32 index_head_dim=128 index_topk=2048")
	}
	mixer["index_heads"] = int64(c.integer("index_n_heads"))
	mixer["index_dim"] = int64(c.integer("index_head_dim"))
	mixer["top_k"] = int64(c.integer("index_topk"))
	d.tree["dsa"] = mixer
	kinds := c.texts("indexer_types")
	if kinds != nil {
		shared := maps.Clone(mixer)
		shared["shared_index"] = true
		d.tree["dsa_shared"] = shared
	}
	return deepSeekStack(c, d, func(l int) string {
		switch {
		case kinds == nil:
			return "dsa"
		case l >= len(kinds) || kinds[l] != "full" && kinds[l] != "shared":
			c.invalid("indexer_types", "layer without a known type")
		case kinds[l] == "shared":
			return "dsa_shared"
		}
		return "dsa"
	})
}

// deepSeekStack places dense parts in the first layers and experts in the others, or as mlp_layer_types says.
func deepSeekStack(c *config, d *document, mixer func(l int) string) *document {
	first, freq := c.integerOr("first_k_dense_replace", 0), c.integerOr("moe_layer_freq", 1)
	if freq == 0 {
		c.invalid("moe_layer_freq", freq)
		return d
	}
	d.tree["moe"] = deepSeekExperts(c, "n_routed_experts", "num_experts_per_tok", "n_shared_experts")
	c.value("intermediate_size")
	kinds := c.texts("mlp_layer_types")
	if kinds != nil && len(kinds) != c.integer("num_hidden_layers") {
		c.fail("mlp_layer_types", "is not as long as num_hidden_layers", "name one type for each layer")
		return d
	}
	d.repeat(c, func(l int) layer {
		plain := l < first || l%freq != 0
		if kinds != nil {
			plain = kinds[l] == "dense"
		}
		if plain {
			d.tree["dense"] = dense(c, "intermediate_size")
			return layer{mixer(l), "dense"}
		}
		return layer{mixer(l), "moe"}
	})
	d.ahead(c, "num_nextn_predict_layers=0")
	return d
}

// deepSeekExperts reads DeepSeek's experts: shared ones as wide as routed ones, a correction bias with the
// routing method noaux_tc, and group-limited routing.
func deepSeekExperts(c *config, number, topK, shared string) table {
	moe := experts(c, number, topK, "moe_intermediate_size")
	setSize(moe, "shared_width", c.integerOr(shared, 0)*c.integer("moe_intermediate_size"))
	setFlag(moe, "router_bias", c.string("topk_method") == "noaux_tc")
	groups(c, moe, "n_group")
	return moe
}

// groups reads group-limited routing; one group is none.
func groups(c *config, moe table, number string) {
	n, taken := c.integerOr(number, 0), c.integerOr("topk_group", 0)
	if n > 1 {
		moe["groups"], moe["groups_taken"] = int64(n), int64(taken)
	}
}
