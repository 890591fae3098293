package huggingface

import (
	"maps"
	"strconv"
	"strings"
)

// readHunyuanMoE reads Hunyuan-A13B and Hunyuan-Large, in the second of which pairs of layers share keys and
// values (cross-layer attention, arXiv:2411.02265, §2.2).
func readHunyuanMoE(c *config) *document {
	t := traits{qkNorm: "use_qk_norm:head", qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias",
		headDim: "attention_head_dim|head_dim=0", also: "use_mixed_mlp_moe moe_drop_tokens",
		experts: &mixture{experts: "num_experts", topK: "moe_topk", width: "moe_intermediate_size|intermediate_size",
			routerBias: ""}}
	if c.booleanOr("use_mixed_mlp_moe", false) {
		t.experts.shared = "num_shared_expert=1*moe_intermediate_size|intermediate_size"
	}
	if c.size("num_experts=1") == 1 {
		t.experts = nil
	}
	c.value("attention_head_dim")
	d := t.begin(c)
	mixer := t.mixers(c, d)
	period := 1
	if c.boolean("use_cla") {
		period = max(1, c.size("cla_share_factor=1"))
	}
	t.layers(c, d, func(l int) string {
		name := mixer(l)
		if l%period == 0 {
			return name
		}
		return d.sharing(name)
	})
	return d
}

// sharing is the variant of a mixer that reads an earlier layer's keys and values.
func (d *document) sharing(name string) string {
	shared := name + "_shared"
	if d.tree[shared] == nil {
		mixer := table{}
		for key, value := range d.tree[name].(table) {
			mixer[key] = value
		}
		mixer["shared_kv"] = true
		d.tree[shared] = mixer
	}
	return shared
}

// readStep3 reads Step-3: one KV head, queries through a latent, and experts in the layers that the file
// lists (arXiv:2507.19427, §2).
func readStep3(c *config) *document {
	t := traits{kvHeads: "num_attention_groups=1", experts: stepExperts(c)}
	c.value("moe_every_n_layer")
	d := t.begin(c)
	mixer := t.attention(c)
	setSize(mixer, "q_rank", c.size("share_q_dim=0"))
	d.tree["attention"] = mixer
	t.layers(c, d, func(int) string { return "attention" })
	return d
}

// stepExperts are those of Step-3 and 3.5, in the layers that moe_layers_enum lists, as words or numbers, or
// in all but first_k_dense_replace where it lists none.
func stepExperts(c *config) *mixture {
	enumerated := map[int]bool{}
	if _, list := c.field("moe_layers_enum").([]any); list {
		enumerated = c.set("moe_layers_enum")
	} else {
		for word := range strings.SplitSeq(c.string("moe_layers_enum"), ",") {
			if n, err := strconv.Atoi(strings.TrimSpace(word)); err == nil {
				enumerated[n] = true
			}
		}
	}
	dense := c.size("first_k_dense_replace=0")
	return &mixture{experts: "moe_num_experts|num_experts", topK: "moe_top_k|num_experts_per_tok",
		width: "moe_intermediate_size", shared: "share_expert_dim=0", routerBias: "use_moe_router_bias",
		dense: func(*config) func(int) bool {
			return func(l int) bool { return l < dense || len(enumerated) > 0 && !enumerated[l] }
		}}
}

// readStep35 reads Step-3.5-Flash: layers with a window have heads of their own, a gate for each head, and
// the experts that Step-3's files describe. layer_types go on into the layers of multi-token prediction.
func readStep35(c *config) *document {
	for _, said := range []string{"att_impl_type", "use_moe", "moe_every_n_layer", "moe_layer_offset", "use_qk_norm",
		"norm_expert_weight", "num_experts_per_tok", "num_experts", "n_shared_experts"} {
		c.value(said)
	}
	t := traits{kvHeads: "num_attention_groups|num_key_value_heads", qkNorm: "head", qkvBias: "attention_bias",
		gatePerHead: c.boolean("use_head_wise_attn_gate"), experts: stepExperts(c)}
	d := t.begin(c)
	full := t.attention(c)
	window := maps.Clone(full)
	if n := c.integerOr("sliding_window", 0); n > 0 {
		setSize(window, "window", n)
	}
	if own, _ := c.value("attention_other_setting").(map[string]any); own != nil {
		window["heads"] = int64(c.size("attention_other_setting.num_attention_heads"))
		window["kv_heads"] = int64(c.size("attention_other_setting.num_attention_groups"))
		window["head_dim"] = int64(c.size("attention_other_setting.head_dim"))
	}
	d.tree["full"], d.tree["window"] = full, window
	kinds := c.texts("layer_types")
	if n := c.integer("num_hidden_layers"); len(kinds) < n {
		c.fail("layer_types", "is shorter than num_hidden_layers", "name one type for each layer")
		return d
	}
	t.layers(c, d, func(l int) string {
		if c.layerType(kinds, l, "full_attention", "sliding_attention") {
			return "full"
		}
		return "window"
	})
	if n := c.size("num_nextn_predict_layers=0"); n > 0 { // beyond the stack, where no layer has experts
		d.tree["dense"] = t.dense(c)
		d.tree["mtp"] = []any{table{"repeat": int64(n), "mixer": "window", "ffn": "dense"}}
	}
	return d
}

// readSarvamMLA reads Sarvam's larger mixture: DeepSeek's attention, and experts as Ling's files describe
// them.
func readSarvamMLA(c *config) *document {
	t := traits{experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
		shared:     "num_shared_experts=1*moe_shared_expert_intermediate_size|moe_intermediate_size",
		routerBias: "moe_router_enable_expert_bias=yes", groups: "n_group", dense: first("first_k_dense_replace=1")}}
	if c.integerOr("moe_layer_freq", 1) != 1 {
		c.invalid("moe_layer_freq", c.fields["moe_layer_freq"])
	}
	d := t.begin(c)
	d.tree["mla"] = latent(c)
	t.layers(c, d, func(int) string { return "mla" })
	return d
}

// readLongcat reads LongCat-Flash: two latent attentions and two dense parts in each layer, and beside the
// first dense part experts, of which some do nothing (arXiv:2509.01322, §2); LongCat-Flash-Lite has tables of
// n-grams beside the embedding.
func readLongcat(c *config) *document {
	for _, said := range []string{"zero_expert_type", "intermediate_size"} {
		c.value(said)
	}
	t := traits{width: "ffn_hidden_size|intermediate_size"}
	d := t.begin(c)
	if ratio := c.size("ngram_vocab_size_ratio=0"); ratio > 0 {
		setSize(d.tree, "lookup_rows", c.size("ngram_vocab_size_ratio*vocab_size"))
		for _, said := range []string{"emb_neighbor_num", "emb_split_num", "text_vocab_size"} {
			c.value(said)
		}
	}
	d.tree["mla"], d.tree["dense"] = latent(c), t.dense(c)
	moe := (&mixture{experts: "n_routed_experts", topK: "moe_topk|num_experts_per_tok",
		width: "expert_ffn_hidden_size|moe_intermediate_size", routerBias: "yes"}).read(c)
	setSize(moe, "zero_experts", c.size("zero_expert_num=0"))
	d.tree["moe"] = moe
	c.fields["num_hidden_layers"] = number(2 * c.size("num_layers|num_hidden_layers"))
	d.repeat(c, func(l int) layer {
		if l%2 == 0 {
			return layer{"mla", "dense+moe"}
		}
		return layer{"mla", "dense"}
	})
	if n := c.size("num_nextn_predict_layers=0"); n > 0 {
		d.tree["mtp"] = []any{table{"repeat": int64(n), "mixer": "mla", "ffn": "dense"}}
	}
	return d
}

// readArctic reads Snowflake Arctic: a dense part as wide as the model beside many experts.
func readArctic(c *config) *document {
	t := traits{width: "hidden_size", also: "parallel_attn_mlp_res use_residual enable_expert_tensor_parallelism moe_train_capacity_factor " +
		"moe_eval_capacity_factor moe_token_dropping enc_index",
		experts: &mixture{experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size",
			beside: c.booleanOr("use_residual", true)}}
	if c.size("moe_layer_frequency=1") != 1 {
		c.invalid("moe_layer_frequency", c.fields["moe_layer_frequency"])
	}
	return t.read(c)
}
