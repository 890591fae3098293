package huggingface_test

// newest are quirks of the families of 2026, which mostly name the parts of older ones anew.
var newest = []quirk{
	{"AXK1", latents + `, "first_k_dense_replace": 1, "n_shared_experts": 1, "topk_method": "noaux_tc"`,
		"mla dense *1 mla moe *3",
		4*(latent+hidden*4*20+norms+hidden) + mlp + 3*(router+8+9*expert) + ends,
		4*(latent+hidden*4*20+norms+hidden) + mlp + 3*(router+8+3*expert) + ends, 4 * 1000 * (16 + 8) * 2},
	{"sarvam_mla", plain + `, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 12, "v_head_dim": 10,
"moe_intermediate_size": 32, "num_experts_per_tok": 2, "num_experts": 8, "num_shared_experts": 2`,
		"mla dense *1 mla moe *3",
		4*(latent+hidden*4*20+norms) + mlp + 3*(router+8+10*expert) + ends,
		4*(latent+hidden*4*20+norms) + mlp + 3*(router+8+4*expert) + ends, 4 * 1000 * (16 + 8) * 2},
	{"sarvam_moe", mixed + `, "num_experts": 8, "num_shared_experts": 1, "first_k_dense_replace": 1, "use_qk_norm": true,
"moe_router_enable_expert_bias": true`, "attention dense *1 attention moe *3",
		4*(gqa+2*16+norms) + mlp + 3*(router+8+9*expert) + ends,
		4*(gqa+2*16+norms) + mlp + 3*(router+8+3*expert) + ends, 4 * 1000 * 2 * 32 * 2},
	{"hy_v3", mixed + `, "num_experts": 8, "expert_hidden_dim": 32, "num_shared_experts": 1, "first_k_dense_replace": 1,
"qk_norm": true`, "attention dense *1 attention moe *3",
		4*(gqa+2*16+norms) + mlp + 3*(router+8+9*expert) + ends,
		4*(gqa+2*16+norms) + mlp + 3*(router+8+3*expert) + ends, 4 * 1000 * 2 * 32 * 2},
	{"solar_open", mixed + `, "n_routed_experts": 8, "n_shared_experts": 1`, "attention moe *4",
		4*(gqa+norms+router+8+9*expert) + ends, 4*(gqa+norms+router+8+3*expert) + ends, 4 * 1000 * 2 * 32 * 2},
	{"PanguEmbedded", plain + `, "num_key_value_heads": 2, "bias": true`, "attention dense *4",
		4*(gqa+64+2*32+hidden+mlp+norms) + ends, 4*(gqa+64+2*32+hidden+mlp+norms) + ends, 4 * 1000 * 2 * 32 * 2},
	// The window's layers have six heads; each gates its output by one value of its own.
	{"step3p5", plain + `, "num_attention_groups": 2, "moe_num_experts": 8, "moe_top_k": 2, "moe_intermediate_size": 32,
"share_expert_dim": 32, "use_moe_router_bias": true, "use_head_wise_attn_gate": true, "moe_layers_enum": "1,2,3",
"sliding_window": 100, "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention",
"sliding_attention"], "attention_other_setting": {"attention_type": "sliding_attention", "num_attention_heads": 6,
"num_attention_groups": 2, "head_dim": 16}`, "attention dense *1 attention(window 100) moe *2 attention moe *1",
		2*(gqa+hidden*4) + 2*(2*hidden*96+2*hidden*32+hidden*6) + 4*(2*16+norms) + mlp +
			3*(router+8+9*expert) + ends,
		2*(gqa+hidden*4) + 2*(2*hidden*96+2*hidden*32+hidden*6) + 4*(2*16+norms) + mlp +
			3*(router+8+3*expert) + ends,
		2*1000*2*32*2 + 2*100*2*32*2},
	{"olmo_hybrid", plain + `, "num_key_value_heads": 2, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
"linear_key_head_dim": 8, "linear_value_head_dim": 16, "linear_a_log_min": 0.0`,
		"gated-delta-net dense *3 attention dense *1",
		3*delta + gqa + 64 + 32 + 4*(mlp+norms) + ends, 3*delta + gqa + 64 + 32 + 4*(mlp+norms) + ends,
		1000*2*32*2 + 3*(4*4*8*16+2*3*96)},
}
