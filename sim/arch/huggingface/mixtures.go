package huggingface

// mixtureFamilies are decoders with experts whose attention is grouped or latent.
var mixtureFamilies = []family{
	{"mixtral", plain(traits{window: all, experts: &mixture{
		experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size"}}), "QuantMixtralForCausalLM"},
	{"dots1", plain(traits{qkNorm: "head", qkvBias: "attention_bias", outputBias: "attention_bias",
		experts: &mixture{experts: "n_routed_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
			shared: "n_shared_experts=0*moe_intermediate_size", routerBias: "yes", groups: "n_group",
			dense: firstAndEvery}}), ""},
	{"ernie4_5_moe", plain(ernieMoE), ""},
	{"bailing_moe", plain(traits{qkNorm: "use_qk_norm:head", qkvBias: "use_qkv_bias", outputBias: "use_bias",
		experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
			shared:     "num_shared_experts=0*moe_shared_expert_intermediate_size|moe_intermediate_size",
			routerBias: "moe_router_enable_expert_bias", groups: "n_group", dense: firstAndEvery},
		mtp: "num_nextn_predict_layers=0"}), "bailing_moe_v2 sarvam_moe"},
	{"phimoe", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", normBias: "yes", headBias: "lm_head_bias", window: all,
		experts: &mixture{experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size"}}), ""},
	{"granitemoe", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", tied: "yes", experts: &mixture{
		experts: "num_local_experts", topK: "num_experts_per_tok", width: "intermediate_size",
		shared: "shared_intermediate_size=0"}}), "granitemoeshared"},
	{"olmoe", plain(traits{qkNorm: "layer", qkvBias: "attention_bias", outputBias: "attention_bias", experts: &mixture{
		experts: "num_experts", topK: "num_experts_per_tok", width: "intermediate_size"}}), ""},
	{"flex_olmo", plain(traits{qkNorm: "layer", qkvBias: "attention_bias", outputBias: "attention_bias", experts: &mixture{
		experts: "num_experts", topK: "num_experts_per_tok", width: "intermediate_size"}}), ""},
	{"deepseek", plain(deepSeekMoE), ""},
	// Aria's experts are as wide as intermediate_size says (AriaTextConfig).
	{"aria", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", also: "moe_intermediate_size", experts: &mixture{
		experts: "moe_num_experts=8", topK: "moe_topk=2", width: "intermediate_size",
		shared: "moe_num_shared_experts=2*intermediate_size"}}), ""},
	{"dbrx", plain(traits{kvHeads: "attn_config.kv_n_heads=1", also: "attn_config ffn_config", experts: &mixture{
		experts: "ffn_config.moe_num_experts", topK: "ffn_config.moe_top_k", width: "ffn_config.ffn_hidden_size"}}), ""},
	{"grok-1", plain(traits{postNorms: "yes", experts: &mixture{experts: "num_experts", topK: "num_selected_experts|num_experts_per_tok",
		width: "moe_intermediate_size|intermediate_size"}}), "grok1 Grok1ModelForCausalLM git"},
	{"exaone_moe", plain(traits{qkNorm: "head", window: byTypes, globalNope: true, assume: "sliding_window_pattern=4",
		also: "is_moe_layer", experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
			shared: "num_shared_experts=0*moe_intermediate_size", routerBias: "yes", groups: "n_group",
			dense: first("first_k_dense_replace=1")}, mtp: "num_nextn_predict_layers=0"}), ""},
	{"afmoe", plain(traits{qkNorm: "head", gate: "yes", postNorms: "yes", window: byTypes, globalNope: true,
		also: "global_attn_every_n_layers num_expert_groups num_limited_groups n_group", experts: &mixture{experts: "num_experts",
			topK: "num_experts_per_tok", width: "moe_intermediate_size", shared: "num_shared_experts=0*moe_intermediate_size",
			routerBias: "yes", dense: first("num_dense_layers=0")}}), ""},
	// Mellum 2: Qwen3's mixtures with windows.
	{"mellum", plain(traits{qkNorm: "head", qkvBias: "attention_bias", window: byTypes, also: "decoder_sparse_step", experts: &mixture{
		experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size", dense: first("0")}}), ""},
	// Klear: Qwen3's mixtures with a shared expert, which two weights of its token balance with the routed ones.
	{"Klear", plain(traits{qkNorm: "head", qkvBias: "attention_bias", also: "decoder_sparse_step", experts: &mixture{
		experts: "num_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
		shared: "n_shared_experts=1*moe_intermediate_size", routerBias: "yes", dense: first("0")}}), ""},
	{"skywork_moe", plain(traits{experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok",
		width: "intermediate_size"}}), ""},
	{"smallthinker", code(readSmallThinker), ""},
	// Param 2's files give the width of all shared experts together.
	{"param2moe", plain(traits{qkNorm: "use_qk_norm:head", qkvBias: "use_qkv_bias", outputBias: "use_bias",
		also: "moe_shared_expert_intermediate_size", experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok",
			width: "moe_intermediate_size", shared: "num_shared_experts=1*moe_intermediate_size",
			routerBias: "moe_router_enable_expert_bias=yes", groups: "n_group", dense: first("first_k_dense_replace=1")}}), ""},
	// Hy3: Hunyuan's experts with DeepSeek's router.
	{"hy_v3", plain(traits{qkNorm: "qk_norm:head", experts: &mixture{experts: "num_experts", topK: "num_experts_per_tok",
		width: "expert_hidden_dim|moe_intermediate_size", shared: "num_shared_experts=0*expert_hidden_dim|moe_intermediate_size",
		routerBias: "yes", dense: first("first_k_dense_replace=0")}, mtp: "num_nextn_predict_layers=0"}), ""},
	{"cohere2_moe", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", parallel: "yes", tied: "yes", window: byTypes,
		globalNope: true, assume: "sliding_window_pattern=4 head_dim=128", width: "prefix_dense_intermediate_size|intermediate_size",
		also: "prefix_dense_sliding_window_pattern use_parallel_block expert_selection_fn shared_expert_combination_strategy", experts: &mixture{experts: "num_experts",
			topK: "num_experts_per_tok", width: "intermediate_size", shared: "num_shared_experts=0*intermediate_size",
			dense: first("first_k_dense_replace=0")}}), ""},
}

// deepSeekMoE is DeepSeek's first mixtures, whose attention is grouped.
var deepSeekMoE = traits{qkvBias: "attention_bias", outputBias: "attention_bias", experts: &mixture{
	experts: "n_routed_experts", topK: "num_experts_per_tok", width: "moe_intermediate_size",
	shared: "n_shared_experts=0*moe_intermediate_size", dense: firstAndEvery}}

// ernieMoE is ERNIE 4.5's mixtures.
var ernieMoE = traits{qkvBias: "use_bias", outputBias: "use_bias", mlpBias: "use_bias", tied: "yes",
	experts: &mixture{experts: "moe_num_experts", topK: "moe_k", width: "moe_intermediate_size",
		shared: "moe_num_shared_experts=0*moe_intermediate_size", routerBias: "moe_use_aux_free=yes",
		dense: betweenStartAndEnd}, mtp: "num_nextn_predict_layers=0"}
