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

// sizeWords are words of names of fields that say how large something is or which parts there are. A field
// that nobody read changes cost only if its name has one.
var sizeWords = []string{
	"bias", "block", "blocks", "conv", "depth", "dim", "dims", "expert", "experts", "group", "groups", "head", "heads",
	"kernel", "layer", "layers", "mtp", "nextn", "pattern", "rank", "ratio", "ratios", "shared", "size", "sizes", "sparse",
	"stride", "tie", "topk", "types", "width", "window",
}

// harmlessWords are words of names of fields that change neither sizes nor the operators that run: what
// training, tokens, positions, the numerics of a layer and towers are described by.
var harmlessWords = []string{
	"act", "activation", "activations", "alpha", "aux", "audio", "beta", "capping", "chunk", "decay", "dropout", "epsilon", "eps", "factor",
	"image", "index", "init", "initializer", "initial", "jitter", "limit", "loss", "max", "min", "mm", "multiplier", "normalization",
	"original", "patch", "pool", "pretraining", "prob", "projector", "rope", "rotary", "routed", "router", "scale", "scaling", "softcapping", "spatial", "step",
	"temporal", "tile", "token", "tokens", "theta", "video", "vision", "voice", "z",
}

// harmlessFields have size's words in their names and change no cost: what Hugging Face writes of
// generation and training, and what repeats another field.
var harmlessFields = []string{
	"chunk_size", "ep_size", "num_beam_groups", "chunk_size_feed_forward", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
	"pruned_heads", "tie_encoder_decoder", "mamba_expand", "expand", "max_window_layers", "index_share_for_mtp_iteration",
	"index_topk_freq", "index_topk_pattern", "moe_shared_expert_overlap", "moe_router_dtype", "topk_method", "cross_attention_hidden_size",
	"num_mtp_modules", "mtp_transformer_layers", "use_mtp", "mtp_use_dedicated_embeddings", "scale_attn_by_inverse_layer_idx",
	"apply_residual_connection_post_layernorm", "n_embd_per_head", "layerwise_checkpoint", "group_size", "use_grouped_topk",
	"activation_situ_linear_beta", "topk_group", "moe_layer_use_aux_loss", "layer_norm_type",
}

// metaFields say what a file is, or how it was written.
var metaFields = []string{
	"_assumed", "_hand_made", "_note", "_name_or_path", "architectures", "auto_map", "dtype", "torch_dtype", "transformers_version",
	"unsloth_fixed", "use_cache", "output_attentions", "output_hidden_states", "return_dict", "id2label", "label2id", "use_mamba_kernels",
}

// trivial tells whether a field is known to change no cost.
func trivial(key string) bool {
	return slices.Contains(harmlessFields, key) || slices.Contains(metaFields, key) ||
		hasWord(key, harmlessWords)
}

// harmless tells whether a field changes no cost, as far as its name tells.
func harmless(key string) bool { return trivial(key) || !hasWord(key, sizeWords) }

// hasWord tells whether a name has one of some words.
func hasWord(name string, words []string) bool {
	for word := range strings.SplitSeq(strings.Trim(name, "_"), "_") {
		if slices.Contains(words, word) {
			return true
		}
	}
	return false
}
