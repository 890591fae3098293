package huggingface

// readPanguUltra reads openPangu Ultra-MoE: DeepSeek's attention and experts with norms behind each part,
// where sandwich_norm says so. What version 2 adds (several streams, convolutions, windows, an indexer) is
// refused.
func readPanguUltra(c *config) *document {
	c.rename(ultraNames)
	for _, added := range []string{"use_mhc", "use_mome"} {
		if c.boolean(added) {
			c.invalid(added, true)
		}
	}
	for _, added := range []string{"param_sink_number", "index_topk"} {
		if c.integerOr(added, 0) > 0 {
			c.invalid(added, c.fields[added])
		}
	}
	d := newDocument(c)
	d.flag("post_norms", c.boolean("sandwich_norm"))
	d.tree["mla"] = latent(c)
	if c.boolean("router_enable_expert_bias") {
		c.fields["topk_method"] = "noaux_tc"
	}
	return deepSeekStack(c, d, func(int) string { return "mla" })
}

// ultraNames are the names that the first release of openPangu Ultra-MoE gives to DeepSeek's fields.
var ultraNames = map[string][]string{
	"kv_lora_rank": {"attention_kv_lora_dim"}, "q_lora_rank": {"attention_q_lora_dim"}, "qk_nope_head_dim": {"attention_qk_dim"},
	"qk_rope_head_dim": {"attention_qk_rope_dim"}, "v_head_dim": {"attention_v_dim"}, "first_k_dense_replace": {"num_dense_layers"},
	"n_routed_experts": {"num_routed_experts"}, "n_shared_experts": {"num_shared_experts"},
	"num_nextn_predict_layers": {"num_mtp_layers"},
}

// readPanguPro reads openPangu Pro-MoE of version 2: grouped attention whose keys are wider than its values
// and normed, and DeepSeek's experts. Tokens that every query sees, which the checkpoint holds as keys and
// values of each layer, are left out: of openPangu-R-72B they are 0.02% of the parameters.
func readPanguPro(c *config) *document {
	width := c.integer("qk_nope_dim") + c.integer("qk_rope_dim")
	c.fields["head_dim"] = number(width)
	t := traits{qkvBias: "attention_bias", outputBias: "attention_bias", postNorms: "sandwich_norm", experts: &mixture{
		experts: "n_routed_experts|num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
		shared: "n_shared_experts=0*moe_intermediate_size", routerBias: "router_enable_expert_bias",
		dense: first("first_k_dense_replace=0")}, mtp: "num_nextn_predict_layers=0"}
	d := t.begin(c)
	mixer := t.attention(c)
	mixer["qk_norm"] = "head"
	setSize(mixer, "value_dim", c.integerOr("v_channels", width))
	for _, said := range []string{"param_sink_number", "param_sink_with_value"} {
		c.value(said)
	}
	d.tree["attention"] = mixer
	t.layers(c, d, func(int) string { return "attention" })
	return d
}
