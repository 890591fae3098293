package huggingface_test

// Of PLaMo 2's Mamba below, 8 heads of 16 channels: gate and input, 4 taps, what each token selects by (a
// rank of 64, B and C of 8), step sizes, three vectors of a value for each head, norms, the output.
const plamo = hidden*2*128 + 4*128 + 128*(64+16) + 64*8 + 3*8 + 64 + 16 + 128*hidden

// Of Kimi delta attention below, four heads of 16, with one matrix each for decay and gate: queries, keys,
// values, 4 taps of each, decays and gates, step sizes, a bias, a decay for each head, a norm, the output.
const fullDelta = hidden*3*64 + 3*64*4 + 2*hidden*64 + hidden*4 + 64 + 4 + 16 + 64*hidden

// latest are quirks of what vLLM's registry of 2026 lists besides.
var latest = []quirk{
	{"step1", plain + `, "num_attention_groups": 2`, "attention dense *4",
		4*(gqa+mlp+norms) + tied, 4*(gqa+mlp+norms) + tied, 4 * 1000 * 2 * 32 * 2},
	{"plamo3", plain + `, "head_dim": 16, "num_key_value_heads": 2, "window_size": 100, "sliding_window_pattern": 2`,
		"attention(window 100) dense *1 attention dense *1 attention(window 100) dense *1 attention dense *1",
		4*(gqa+2*16+mlp+2*norms) + tied, 4*(gqa+2*16+mlp+2*norms) + tied, 2 * (1000 + 100) * 2 * 32 * 2},
	{"plamo2", plain + `, "num_key_value_heads": 2, "hidden_size_per_head": 16, "mamba_num_heads": 8, "mamba_d_state": 8,
"attention_window_size": 100, "full_attention_idx": [3]`,
		"mamba1 dense *1 attention(window 100) dense *1 mamba1 dense *1 attention dense *1",
		2*plamo + 2*(gqa+2*16) + 4*(mlp+2*norms) + tied, 2*plamo + 2*(gqa+2*16) + 4*(mlp+2*norms) + tied,
		(1000+100)*2*32*2 + 2*(4*128*8+2*3*128)},
	{"internlm2_ve", plain + `, "num_key_value_heads": 2, "bias": false`, "attention dense *4",
		4*(gqa+mlp+norms) + ends, 4*(gqa+mlp+norms) + ends, 4 * 1000 * 2 * 32 * 2},
	{"exaone4_5", plain + `, "num_nextn_predict_layers": 1, "mtp_share_layers": true`, "attention dense *4",
		4*(mha+2*16+mlp+norms) + ends, 4*(mha+2*16+mlp+norms) + ends, 4 * 1000 * 2 * 64 * 2},
	{"mellum", mixed + `, "num_experts": 8, "sliding_window": 100, "layer_types": ["full_attention", "sliding_attention",
"sliding_attention", "full_attention"], "mlp_layer_types": ["dense", "sparse", "sparse", "sparse"]`,
		"attention dense *1 attention(window 100) moe *2 attention moe *1",
		4*(gqa+2*16+norms) + mlp + 3*(router+8*expert) + ends,
		4*(gqa+2*16+norms) + mlp + 3*(router+2*expert) + ends, 2 * (1000 + 100) * 2 * 32 * 2},
	{"param2moe", mixed + `, "num_experts": 8, "num_shared_experts": 2, "moe_shared_expert_intermediate_size": 64`,
		"attention dense *1 attention moe *3",
		4*(gqa+norms) + mlp + 3*(router+8+10*expert) + ends,
		4*(gqa+norms) + mlp + 3*(router+8+4*expert) + ends, 4 * 1000 * 2 * 32 * 2},
	{"laguna", mixed + `, "head_dim": 16, "num_experts": 8, "shared_expert_intermediate_size": 32, "gating": "per-head",
"sliding_window": 100, "num_attention_heads_per_layer": [4, 6, 6, 4], "layer_types": ["full_attention",
"sliding_attention", "sliding_attention", "full_attention"], "mlp_only_layers": [0]`,
		"attention dense *1 attention(window 100) moe *2 attention moe *1",
		2*(gqa+hidden*4) + 2*(2*hidden*96+2*hidden*32+hidden*6) + 4*(2*16+norms) + mlp +
			3*(router+8+9*expert) + ends,
		2*(gqa+hidden*4) + 2*(2*hidden*96+2*hidden*32+hidden*6) + 4*(2*16+norms) + mlp +
			3*(router+8+3*expert) + ends,
		2 * (1000 + 100) * 2 * 32 * 2},
	{"mistral4", latents + `, "q_lora_rank": 20, "n_shared_experts": 1, "n_group": 1, "topk_group": 1`, "mla moe *4",
		4*(latent+hidden*20+20+20*4*20+norms+router+9*expert) + ends,
		4*(latent+hidden*20+20+20*4*20+norms+router+3*expert) + ends, 4 * 1000 * (16 + 8) * 2},
	{"mimo_v2", mixed + `, "v_head_dim": 8, "swa_num_attention_heads": 2, "swa_num_key_value_heads": 1, "swa_head_dim": 12,
"swa_v_head_dim": 6, "sliding_window": 100, "n_routed_experts": 8, "topk_method": "noaux_tc", "hybrid_layer_pattern": [0, 1, 1, 0],
"moe_layer_freq": [0, 1, 1, 1]`, "attention dense *1 attention(window 100) moe *2 attention moe *1",
		2*(hidden*64+hidden*2*(16+8)+4*8*hidden) + 2*(hidden*24+hidden*(12+6)+2*6*hidden) + 4*norms + mlp +
			3*(router+8+8*expert) + ends,
		2*(hidden*64+hidden*2*(16+8)+4*8*hidden) + 2*(hidden*24+hidden*(12+6)+2*6*hidden) + 4*norms + mlp +
			3*(router+8+2*expert) + ends,
		2*1000*2*(16+8)*2 + 2*100*(12+6)*2},
	// Ring-linear: grouped attention behind lightning attention, whose output is normed in two groups.
	{"bailing_moe_linear", mixed + `, "num_experts": 8, "num_shared_experts": 1, "use_qk_norm": true, "layer_group_size": 2,
"group_norm_size": 2, "first_k_dense_replace": 1, "moe_router_enable_expert_bias": true`,
		"lightning dense *1 attention moe *1 lightning moe *1 attention moe *1",
		2*(mha+hidden*64+64+2*16) + 2*(gqa+2*16) + 4*norms + mlp + 3*(router+8+9*expert) + ends,
		2*(mha+hidden*64+64+2*16) + 2*(gqa+2*16) + 4*norms + mlp + 3*(router+8+3*expert) + ends,
		2*1000*2*32*2 + 2*4*64*16},
	// Ling 2.5: latent attention behind it.
	{"bailing_hybrid", latents + `, "num_experts": 8, "num_shared_experts": 0, "layer_group_size": 4, "q_lora_rank": 20`,
		"lightning moe *3 mla moe *1",
		3*(mha+hidden*64+64) + latent + hidden*20 + 20 + 20*4*20 + 4*(norms+router+8*expert) + ends,
		3*(mha+hidden*64+64) + latent + hidden*20 + 20 + 20*4*20 + 4*(norms+router+2*expert) + ends,
		1000*(16+8)*2 + 3*4*64*16},
	// Ling 3: Kimi delta attention, and a gate for each head of the latent one; a layer is left over.
	{"bailing_hybrid", latents + `, "num_experts": 8, "num_shared_experts": 1, "layer_group_size": 3, "head_dim": 16,
"short_conv_kernel_size": 4, "no_kda_lora": true, "gated_attention_proj_granularity_type": "head_wise"`,
		"kda moe *2 mla moe *2",
		2*fullDelta + 2*(latent+hidden*4*20+hidden*4) + 4*(norms+router+9*expert) + ends,
		2*fullDelta + 2*(latent+hidden*4*20+hidden*4) + 4*(norms+router+3*expert) + ends,
		2*1000*(16+8)*2 + 2*(4*4*16*16+2*3*3*64)},
	{"pangu_ultra_moe", plain + `, "attention_kv_lora_dim": 16, "attention_q_lora_dim": 20, "attention_qk_dim": 12,
"attention_qk_rope_dim": 8, "attention_v_dim": 10, "num_dense_layers": 1, "num_routed_experts": 8, "num_shared_experts": 1,
"num_experts_per_tok": 2, "moe_intermediate_size": 32, "sandwich_norm": true`, "mla dense *1 mla moe *3",
		4*(latent+hidden*20+20+20*4*20+2*norms) + mlp + 3*(router+9*expert) + ends,
		4*(latent+hidden*20+20+20*4*20+2*norms) + mlp + 3*(router+3*expert) + ends, 4 * 1000 * (16 + 8) * 2},
	{"pangu_pro_moe_v2", mixed + `, "n_routed_experts": 8, "n_shared_experts": 1, "qk_nope_dim": 12, "qk_rope_dim": 4,
"v_channels": 8, "sandwich_norm": true, "router_enable_expert_bias": true, "param_sink_number": 128`, "attention moe *4",
		4*(hidden*64+hidden*2*(16+8)+4*8*hidden+2*16+2*norms+router+8+9*expert) + ends,
		4*(hidden*64+hidden*2*(16+8)+4*8*hidden+2*16+2*norms+router+8+3*expert) + ends,
		4 * 1000 * 2 * (16 + 8) * 2},
	// Ouro: three times through the same layers, with keys and values of each time.
	{"ouro", plain + `, "total_ut_steps": 3, "layer_types": ["full_attention", "full_attention", "full_attention",
"full_attention"]`, "attention dense *12",
		4*(mha+mlp+2*norms) + ends, 4*(mha+mlp+2*norms) + ends, 12 * 1000 * 2 * 64 * 2},
	// Gemma 3n: the last two layers have matrices for keys and values that they do not read; each layer a
	// table of 500 embeddings of 8 with its gate, its way back and a norm; four vectors for each token, and
	// a branch of rank 4.
	{"gemma3n_text", plain + `, "head_dim": 16, "num_key_value_heads": 2, "sliding_window": 100, "num_kv_shared_layers": 2,
"hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": 500, "laurel_rank": 4, "intermediate_size": [96, 96, 96, 96],
"layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
"activation_sparsity_pattern": [0.95, 0, 0, 0]`,
		"attention(window 100) dense *1 attention dense *3",
		4*(gqa+2*16+mlp+2*norms) + 4*(2*hidden*8+hidden) + 4*8*(500+hidden) + 8 + 4*(2*hidden*4+hidden) +
			4*(4*4+4*16+hidden*4+2*hidden) + 6*hidden*hidden + tied,
		4*(gqa+2*16+mlp+2*norms) + 4*(2*hidden*8+hidden) + 4*8*(500+hidden) + 8 + 4*(2*hidden*4+hidden) +
			4*(4*4+4*16+hidden*4+2*hidden) + 6*hidden*hidden + tied,
		(1000 + 100) * 2 * 32 * 2},
}
