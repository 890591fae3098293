package huggingface

import "maps"

// mamba2Of reads a Mamba-2 mixer from the fields that Bamba, Granite 4 and Falcon-H1 share.
func mamba2Of(c *config) table {
	width := c.size("mamba_d_ssm=0")
	if width == 0 {
		width = c.size("mamba_expand=2*hidden_size")
	}
	heads := c.size("mamba_n_heads")
	headDim := 0
	if heads > 0 {
		headDim = width / heads
	}
	for _, said := range []string{"mamba_expand", "mamba_d_head", "mamba_chunk_size", "mamba_norm_before_gate"} {
		c.value(said)
	}
	for _, bias := range []string{"mamba_proj_bias", "projectors_bias"} {
		if c.boolean(bias) {
			c.invalid(bias, true)
		}
	}
	if !c.booleanOr("mamba_conv_bias", true) {
		c.invalid("mamba_conv_bias", false)
	}
	return table{"kind": "mamba2", "heads": int64(heads), "head_dim": int64(headDim), "state_dim": int64(c.size("mamba_d_state")),
		"groups": int64(c.size("mamba_n_groups=1")), "conv": int64(c.size("mamba_d_conv=4"))}
}

// readFalconH1 reads Falcon-H1: attention and Mamba-2 side by side in every layer (arXiv:2507.22448, §2.1).
func readFalconH1(c *config) *document {
	t := traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias"}
	d := t.begin(c)
	d.tree["attention"] = t.attention(c)
	mamba := mamba2Of(c)
	if !c.boolean("mamba_rms_norm") {
		mamba["out_norm"] = false
	}
	d.tree["mamba"] = mamba
	t.layers(c, d, func(int) string { return "attention+mamba" })
	return d
}

// readBamba reads Bamba: Mamba-2 with a few attention layers, whose numbers the file lists.
func readBamba(c *config) *document {
	t := traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias"}
	d := t.begin(c)
	d.tree["attention"], d.tree["mamba"] = t.attention(c), mamba2Of(c)
	full := c.set("attn_layer_indices")
	t.layers(c, d, func(l int) string {
		if full[l] {
			return "attention"
		}
		return "mamba"
	})
	return d
}

// readGraniteHybrid reads Granite 4: Mamba-2 and attention by layer_types, experts with a shared one or,
// where there are none, that one alone.
func readGraniteHybrid(c *config) *document {
	t := traits{qkvBias: "attention_bias", outputBias: "attention_bias", tied: "yes", width: "shared_intermediate_size",
		alibi: c.string("position_embedding_type") == "nope",
		experts: &mixture{optional: true, experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size",
			shared: "shared_intermediate_size=0"}}
	d := t.begin(c)
	d.tree["attention"] = t.attention(c)
	kinds := c.layerTypes()
	t.layers(c, d, func(l int) string {
		if kinds == nil || c.layerType(kinds, l, "attention", "mamba") {
			return "attention"
		}
		if d.tree["mamba"] == nil {
			d.tree["mamba"] = mamba2Of(c)
		}
		return "mamba"
	})
	return d
}

// readPlamo2 reads PLaMo 2: Mamba with a step size for each head, and in every mamba_step-th layer
// attention, which sees a window where the file does not list it among those that see everything; norms also
// after each part.
func readPlamo2(c *config) *document {
	c.assumeAll("hidden_size_per_head=128 mamba_d_state=64 mamba_d_conv=4 mamba_num_heads=64 mamba_step=2 " +
		"attention_window_size=2048")
	c.fields["head_dim"] = number(c.integer("hidden_size_per_head"))
	t := traits{qkNorm: "head", postNorms: "yes", tied: "yes"}
	c.value("mamba_chunk_size")
	d := t.begin(c)
	const leastRank, ofWidth = 64, 16 // Plamo2MambaMixer: max(64, hidden_size/16)
	d.tree["mamba"] = table{"kind": "mamba1", "width": int64(c.size("mamba_num_heads*hidden_size_per_head")),
		"heads": int64(c.integer("mamba_num_heads")), "state_dim": int64(c.integer("mamba_d_state")),
		"dt_rank": int64(max(leastRank, c.integer("hidden_size")/ofWidth)), "conv": int64(c.integer("mamba_d_conv"))}
	full := t.attention(c)
	window := maps.Clone(full)
	window["window"] = int64(c.integer("attention_window_size"))
	everything, step, n := c.set("full_attention_idx"), c.integer("mamba_step"), c.integer("num_hidden_layers")
	if step < 2 {
		c.invalid("mamba_step", step)
		return d
	}
	recurrent := c.booleanOr("mamba_enabled", true)
	t.layers(c, d, func(l int) string {
		attends := l%step == step/2
		if n <= step/2 {
			attends = l == n-1
		}
		switch {
		case recurrent && !attends:
			return "mamba"
		case everything[l]:
			d.tree["full"] = full
			return "full"
		}
		d.tree["window"] = window
		return "window"
	})
	return d
}

// readLfm2 reads LFM2: gated short convolutions with a few attention layers, dense or with experts.
func readLfm2(c *config) *document {
	t := traits{qkNorm: "head", tied: "tie_embedding=yes", width: "intermediate_size|block_ff_dim",
		experts: &mixture{optional: true, experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
			routerBias: "use_expert_bias", dense: first("num_dense_layers=0")}}
	if c.booleanOr("block_auto_adjust_ff_dim", c.fields["moe_intermediate_size"] == nil) {
		// Two thirds of the width, rounded up (Lfm2MLP).
		width := 2 * c.size("block_ff_dim|intermediate_size") / 3
		unit := max(1, c.size("block_multiple_of=256"))
		c.fields["intermediate_size"] = number((width + unit - 1) / unit * unit)
	}
	c.value("block_ffn_dim_multiplier")
	d := t.begin(c)
	d.tree["attention"] = t.attention(c)
	conv := table{"kind": "short-conv", "width": int64(c.size("conv_dim|hidden_size")), "conv": int64(c.size("conv_L_cache=3"))}
	setFlag(conv, "bias", c.boolean("conv_bias"))
	d.tree["conv"] = conv
	kinds, full := c.layerTypes(), c.set("full_attn_idxs")
	for _, said := range []string{"conv_dim", "conv_dim_out", "block_dim", "conv_use_xavier_init", "block_use_swiglu",
		"block_use_xavier_init"} {
		c.value(said)
	}
	t.layers(c, d, func(l int) string {
		if full[l] || kinds != nil && c.layerType(kinds, l, "full_attention", "conv") {
			return "attention"
		}
		return "conv"
	})
	return d
}

// readMiniMaxText reads MiniMax-Text-01 and M1: seven layers of lightning attention to one of softmax, and
// experts (arXiv:2501.08313).
func readMiniMaxText(c *config) *document {
	t := traits{experts: &mixture{experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size",
		shared: "shared_intermediate_size=0"}}
	c.value("postnorm")
	c.value("shared_moe_mode")
	d := t.begin(c)
	d.tree["attention"] = t.attention(c)
	d.tree["lightning"] = table{"kind": "lightning", "heads": int64(c.size("num_attention_heads")),
		"head_dim": int64(c.size("head_dim"))}
	kinds, softmax := c.layerTypes(), c.integers("attn_type_list")
	t.layers(c, d, func(l int) string {
		if l < len(softmax) && softmax[l] == 1 || kinds != nil && c.layerType(kinds, l, "full_attention", "linear_attention") {
			return "attention"
		}
		return "lightning"
	})
	return d
}

// readMamba reads Mamba and Falcon-Mamba: a stack of selective state spaces and nothing else.
func readMamba(c *config) *document {
	t := traits{tied: "yes", context: endless}
	d := t.begin(c)
	rank := 0
	if c.fields["time_step_rank"] == "auto" {
		c.value("time_step_rank")
		rank = (c.size("hidden_size") + 15) / 16
	} else {
		rank = c.size("time_step_rank")
	}
	onlyConvBias(c)
	d.tree["mamba"] = table{"kind": "mamba1", "width": int64(c.size("intermediate_size|d_inner")), "dt_rank": int64(rank),
		"state_dim": int64(c.size("state_size=16")), "conv": int64(c.size("conv_kernel=4")), "inner_norms": false}
	d.repeat(c, func(int) layer { return layer{mixer: "mamba"} })
	return d
}

// readMamba2 reads Mamba-2 and Codestral Mamba.
func readMamba2(c *config) *document {
	t := traits{context: endless}
	c.assume("num_heads", c.size("num_attention_heads=0"))
	onlyConvBias(c)
	d := t.begin(c)
	d.tree["mamba"] = table{"kind": "mamba2", "heads": int64(c.size("num_heads")), "head_dim": int64(c.size("head_dim")),
		"state_dim": int64(c.size("state_size=128")), "groups": int64(c.size("n_groups=1")), "conv": int64(c.size("conv_kernel=4"))}
	d.repeat(c, func(int) layer { return layer{mixer: "mamba"} })
	return d
}

// onlyConvBias refuses a Mamba whose projections have biases, or whose convolution has none.
func onlyConvBias(c *config) {
	if c.boolean("use_bias") {
		c.invalid("use_bias", true)
	}
	if !c.booleanOr("use_conv_bias", true) {
		c.invalid("use_conv_bias", false)
	}
}

// endless is the context of a model whose state does not grow, as far as its files say.
const endless = 1 << 20
