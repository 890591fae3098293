package huggingface

// otherBlocks are families whose modules that hold matrices have other names than in Llama and its like.
var otherBlocks = map[string][]string{
	"gpt2": {"attn"}, "gptj": {"attn"}, "gpt_bigcode": {"attn"}, "gpt_neox": {"attention"}, "bloom": {"self_attention"},
	"falcon": {"self_attention"}, "chatglm": {"self_attention"}, "nemotron_h": {"mixer"}, "mamba": {"mixer"}, "mamba2": {"mixer"},
	"mixtral": {"block_sparse_moe"}, "minimax_m2": {"block_sparse_moe"}, "minimax_text_01": {"block_sparse_moe"},
	"kimi_linear": {"block_sparse_moe"}, "llama4": {"feed_forward"}, "lfm2": {"feed_forward"}, "qwen": {"attn"}, "deepseek_v4": {"attn", "ffn"},
	"granitemoehybrid": {"shared_mlp", "block_sparse_moe"}, "granitemoe": {"block_sparse_moe", "shared_mlp"}, "step3_text": {"moe"},
}

// moduleNames say how checkpoints name the matrices of each kind of component: the modules that hold them,
// the first of them in most families, and in those the names that each tensor may have.
var moduleNames = map[string]struct {
	blocks  []string
	tensors map[string][]string
}{
	"attention": {[]string{"self_attn", "attention", "attn", "self_attention", "mixer"}, map[string][]string{
		"q": {"q_proj", "qkv_proj", "wqkv", "c_attn", "query_key_value", "Wqkv"}, "k": {"k_proj", "qkv_proj", "wqkv", "c_attn",
			"query_key_value"}, "v": {"v_proj", "qkv_proj", "wqkv", "c_attn", "query_key_value"},
		"o": {"o_proj", "wo", "out_proj", "dense", "c_proj"}, "q_a": {"q_proj", "q_a_proj"}}},
	"mla": {[]string{"self_attn"}, latentNames},
	"dsa": {[]string{"self_attn"}, latentNames},
	"compressed": {[]string{"self_attn", "attn"}, map[string][]string{"q_a": {"q_a_proj", "wq_a"}, "q_b": {"q_b_proj", "wq_b"},
		"kv": {"kv_proj", "wkv"}, "o_a": {"o_a_proj", "wo_a"}, "o_b": {"o_b_proj", "wo_b"}, "index_q": {"indexer.wq_b"}}},
	"block-sparse": {[]string{"self_attn"}, map[string][]string{"q": {"q_proj", "qkv_proj"}, "k": {"k_proj", "qkv_proj"},
		"v": {"v_proj", "qkv_proj"}, "o": {"o_proj"}, "index_q": {"index_q_proj"}, "index_k": {"index_k_proj"}}},
	"gated-delta-net": {[]string{"linear_attn"}, map[string][]string{"in_qkvz": {"in_proj_qkvz", "in_proj_qkv"},
		"in_ba": {"in_proj_ba", "in_proj_b"}, "out": {"out_proj"}}},
	"kda": {[]string{"self_attn"}, map[string][]string{"qkv": {"q_proj", "qkv_proj"}, "out": {"o_proj"}, "gate": {"g_proj"},
		"decay_a": {"f_a_proj"}, "decay_b": {"f_b_proj"}, "beta": {"b_proj"}, "gate_a": {"g_a_proj"}, "gate_b": {"g_b_proj"}}},
	"lightning": {[]string{"self_attn", "attention"}, map[string][]string{"qkv": {"qkv_proj", "query_key_value"},
		"gate": {"output_gate", "g_proj"}, "out": {"out_proj", "dense"}}},
	"mamba1":     {[]string{"mamba", "mixer"}, mambaNames},
	"mamba2":     {[]string{"mamba", "mixer"}, mambaNames},
	"short-conv": {[]string{"conv"}, map[string][]string{"in": {"in_proj"}, "out": {"out_proj"}}},
	"dense": {[]string{"mlp", "feed_forward", "mixer", "shared_mlp", "ffn"}, map[string][]string{
		"up": {"up_proj", "gate_proj", "gate_up_proj", "w1", "fc1", "dense_h_to_4h"}, "down": {"down_proj", "w2", "fc2", "dense_4h_to_h"}}},
	"moe": {[]string{"mlp", "block_sparse_moe", "feed_forward", "mixer", "moe", "ffn"}, map[string][]string{
		"experts": {"experts.0.down_proj", "experts.0.up_proj", "experts.0.gate_proj", "experts.0.w1", "experts.0.w2",
			"experts.7.down_proj", "experts.gate_up_proj", "experts.down_proj"},
		"shared_up":   {"shared_experts.up_proj", "shared_expert.up_proj", "shared_experts.gate_proj", "shared_experts.gate_up_proj"},
		"shared_down": {"shared_experts.down_proj", "shared_expert.down_proj"},
		"latent":      {"fc1_latent_proj", "fc2_latent_proj"}}},
}

// latentNames are those of multi-head latent attention and its indexer.
var latentNames = map[string][]string{
	"q_a": {"q_a_proj", "fused_qkv_a_proj_with_mqa"}, "q_b": {"q_b_proj"}, "q": {"q_proj"}, "kv_a": {"kv_a_proj_with_mqa"},
	"kv_b": {"kv_b_proj"}, "o": {"o_proj"}, "gate": {"g_proj"}, "index_q": {"indexer.wq_b"}, "index_k": {"indexer.wk"},
}

// mambaNames are those of Mamba's mixers.
var mambaNames = map[string][]string{"in": {"in_proj"}, "in_zx_dt": {"in_proj"}, "in_bc": {"in_proj"}, "out": {"out_proj"},
	"x": {"x_proj"}, "dt": {"dt_proj"}}
