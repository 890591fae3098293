package huggingface

// mixtureFamilies are decoders with experts whose attention is grouped or latent.
var mixtureFamilies = []family{
	{"mixtral", plain(traits{window: all, experts: &mixture{
		experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size"}}), ""},
	{"dots1", plain(traits{qkNorm: "head", qkvBias: "attention_bias", outputBias: "attention_bias",
		experts: &mixture{experts: "n_routed_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
			shared: "n_shared_experts=0*moe_intermediate_size", routerBias: "yes", groups: "n_group",
			dense: firstAndEvery}}), ""},
	{"ernie4_5_moe", plain(traits{qkvBias: "use_bias", outputBias: "use_bias", mlpBias: "use_bias", tied: "yes",
		experts: &mixture{experts: "moe_num_experts", topK: "moe_k", width: "moe_intermediate_size",
			shared: "moe_num_shared_experts=0*moe_intermediate_size", routerBias: "moe_use_aux_free=yes",
			dense: betweenStartAndEnd}, mtp: "num_nextn_predict_layers=0"}), ""},
	{"bailing_moe", plain(traits{qkNorm: "use_qk_norm:head", qkvBias: "use_qkv_bias", outputBias: "use_bias",
		experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
			shared:     "num_shared_experts=0*moe_shared_expert_intermediate_size|moe_intermediate_size",
			routerBias: "moe_router_enable_expert_bias", groups: "n_group", dense: firstAndEvery},
		mtp: "num_nextn_predict_layers=0"}), "bailing_moe_v2"},
}
