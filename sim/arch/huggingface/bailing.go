package huggingface

// readBailingHybrid reads Ling and Ring from 2.5 on: groups of layers of which the last one, and those that
// are left over at the end, have softmax attention and the others a recurrent one. That is lightning
// attention in Ring-linear and 2.5, which groups of layers tell by one norm, and Kimi delta attention in 3,
// whose files give the taps of its convolution. Softmax attention is latent where there is a rank, and
// grouped in Ring-linear.
func readBailingHybrid(c *config) *document {
	t := traits{qkNorm: "use_qk_norm:head", qkvBias: "use_qkv_bias", outputBias: "use_bias", experts: &mixture{experts: "num_experts",
		topK: "num_experts_per_tok", width: "moe_intermediate_size",
		shared:     "num_shared_experts=0*moe_shared_expert_intermediate_size|moe_intermediate_size",
		routerBias: "moe_router_enable_expert_bias", groups: "n_group", dense: first("first_k_dense_replace=0")}}
	for _, said := range []string{"linear_backend", "linear_rope", "linear_scale", "linear_silu", "use_linear_silu",
		"moe_router_enable_shared_expert", "moe_router_enable_routed_scaling", "kda_safe_gate", "kda_lower_bound", "rotary_dim",
		"expert_swiglu_limit_list", "share_expert_swiglu_limit_list", "enable_gated_attention", "use_mla", "attn_impl"} {
		c.value(said)
	}
	d := t.begin(c)
	softmax := "attention"
	if c.has("kv_lora_rank") {
		softmax = "mla"
		d.tree[softmax] = latent(c)
		c.gateOfLatent(d.tree[softmax].(table))
	} else {
		d.tree[softmax] = t.attention(c)
	}
	recurrent := "lightning"
	if c.has("short_conv_kernel_size") {
		recurrent = "kda"
		d.tree[recurrent] = c.deltaOfLing()
	} else {
		d.tree[recurrent] = c.lightningOfLing(&t)
	}
	group, n := c.integer("layer_group_size"), c.integer("num_hidden_layers")
	if group == 0 {
		c.invalid("layer_group_size", group)
		return d
	}
	t.layers(c, d, func(l int) string {
		if (l+1)%group == 0 || l >= n/group*group {
			return softmax
		}
		return recurrent
	})
	d.ahead(c, "num_nextn_predict_layers=0")
	return d
}

// gateOfLatent reads the output gate of Ling 3's latent attention, which files name by its granularity or,
// the first ones, only switch on.
func (c *config) gateOfLatent(mixer table) {
	kind := c.string("gated_attention_proj_granularity_type")
	switch {
	case kind == "head_wise", kind == "" && c.boolean("enable_gated_attention"):
		mixer["head_gate"] = true
	case kind == "element_wise":
		mixer["gate"] = true
	case kind != "":
		c.invalid("gated_attention_proj_granularity_type", kind)
	}
}

// deltaOfLing is Ling 3's Kimi delta attention, whose projections are of full rank where no_kda_lora says so.
func (c *config) deltaOfLing() table {
	c.assume("head_dim", c.integer("hidden_size")/max(1, c.integer("num_attention_heads")))
	mixer := table{"kind": "kda", "heads": int64(c.integer("num_attention_heads")), "head_dim": int64(c.integer("head_dim")),
		"conv": int64(c.integer("short_conv_kernel_size"))}
	full := c.boolean("no_kda_lora")
	setFlag(mixer, "full_rank_gate", full)
	setFlag(mixer, "full_rank_decay", full)
	return mixer
}

// lightningOfLing is the lightning attention of Ring-linear and Ling 2.5, with as many keys and values as
// heads.
func (c *config) lightningOfLing(t *traits) table {
	c.assume("head_dim", c.integer("hidden_size")/max(1, c.integer("num_attention_heads")))
	mixer := table{"kind": "lightning", "heads": int64(c.integer("num_attention_heads")), "head_dim": int64(c.integer("head_dim"))}
	if c.on("use_qk_norm") {
		mixer["qk_norm"] = "head"
	}
	setSize(mixer, "norm_groups", c.integerOr("group_norm_size", 0))
	if c.on(t.qkvBias) || c.on(t.outputBias) {
		c.invalid("use_qkv_bias", true)
	}
	return mixer
}
