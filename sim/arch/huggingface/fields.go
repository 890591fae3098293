package huggingface

import (
	"slices"
	"strings"
)

// plainFields are those that describe a plain dense decoder.
var plainFields = []string{
	"hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "intermediate_size",
	"vocab_size", "max_position_embeddings", "tie_word_embeddings", "quantization_config", "model_type",
}

// harmlessFields change neither sizes nor the operators that run.
var harmlessFields = []string{
	"_assumed", "_hand_made", "_note", "activation_situ_beta", "activation_situ_linear_beta", "architectures", "attention_dropout",
	"attention_value_scale", "attn_logit_softcapping", "auto_map", "aux_loss_alpha", "bos_token_id", "chunk_size", "dtype", "eos_token_id",
	"ep_size", "expand", "final_logit_softcapping", "gate_lower_bound", "hidden_act", "hidden_activation", "hidden_dropout",
	"index_share_for_mtp_iteration", "index_skip_topk_offset", "index_topk_freq", "index_topk_pattern", "indexer_rope_interleave",
	"initial_context_length", "initializer_range", "layer_norm_eps", "layer_norm_epsilon", "layernorm_epsilon", "mamba_hidden_act",
	"mamba_ssm_cache_dtype", "mamba_ssm_dtype", "max_window_layers", "mlp_hidden_act", "moe_renormalize", "moe_router_activation_func",
	"moe_router_dtype", "moe_shared_expert_overlap", "norm_eps", "norm_topk_prob", "original_max_position_embeddings", "output_attentions",
	"output_router_logits", "pad_token_id", "partial_rotary_factor", "pretraining_tp", "query_pre_attn_scalar", "residual_in_fp32",
	"rms_norm_eps", "rotary_dim", "routed_scaling_factor", "router_aux_loss_coef", "router_jitter_noise", "scoring_func", "seq_aux",
	"swiglu_alpha", "swiglu_limit", "time_step_floor", "time_step_limit", "time_step_max", "time_step_min", "time_step_rank", "topk_method",
	"torch_dtype", "transformers_version", "unsloth_fixed", "use_cache", "video_token_id", "image_token_id", "boi_token_index",
	"eoi_token_index", "image_token_index", "mm_tokens_per_image", "use_grouped_topk", "z_loss_coeff", "router_z_loss_coef",
	"calc_aux_loss", "num_logits_to_keep", "rescale_prenorm_residual", "use_mamba_kernels", "temperature_tuning",
}

// harmless tells whether a field changes no cost.
func harmless(key string) bool {
	return slices.Contains(harmlessFields, key) || strings.Contains(key, "rope") || strings.HasSuffix(key, "_token_id")
}
