package huggingface_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// The files below are the smallest that show one field at work, with counts worked out by hand: hidden 64,
// four layers,
// a vocabulary of 1000, a feed-forward part of 96; four heads of 16 over two KV heads.
const (
	hidden = 64.
	ends   = 2*1000*hidden + hidden                          // table, head, last norm
	tied   = 1000*hidden + hidden                            // a head that is the table
	mha    = 4 * hidden * 64                                 // queries, keys, values, output of four heads
	gqa    = 2*hidden*64 + 2*hidden*32                       // the same with two KV heads
	mlp    = 3 * hidden * 96                                 // gate, up, down
	norms  = 2 * hidden                                      // of a layer
	expert = 3 * hidden * 32                                 // of the experts below
	router = hidden * 8                                      // to eight of them
	latent = hidden*(16+8) + 16 + 16*4*(12+10) + 4*10*hidden // of keys and values, and the output
)

const plain = `"hidden_size": 64, "vocab_size": 1000, "max_position_embeddings": 4096, "num_hidden_layers": 4,
"num_attention_heads": 4, "intermediate_size": 96`

const mixed = plain + `, "num_key_value_heads": 2, "num_experts_per_tok": 2, "moe_intermediate_size": 32`

const latents = plain +
	`, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 12, "v_head_dim": 10,
"moe_intermediate_size": 32, "num_experts_per_tok": 2, "n_routed_experts": 8`

const deltas = mixed + `, "num_experts": 8, "shared_expert_intermediate_size": 40, "linear_num_key_heads": 2,
"linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 16, "linear_conv_kernel_dim": 4`

// Of a gated delta net: queries, keys, values and gate, step sizes and decays, 4 taps over 2·16+64 channels,
// two vectors of
// a value for each head, a norm, the output.
const delta = hidden*(2*16+2*64) + hidden*2*4 + 4*(2*16+64) + 2*4 + 16 + 64*hidden

// quirk is such a file with its counts.
type quirk struct {
	family, fields string
	layers         string // kinds of the layers, one after the other
	total, active  float64
	kept           float64 // bytes of a sequence of 1000 tokens, in bf16
}

var quirks = append(slices.Concat(newest, latest), []quirk{
	{"llama", plain, "attention dense *4", 4*(mha+mlp+norms) + ends, 4*(mha+mlp+norms) + ends,
		4 * 1000 * 2 * 64 * 2},
	{"llama", plain + `, "head_dim": null, "num_key_value_heads": null, "tie_word_embeddings": true`,
		"attention dense *4",
		4*(mha+mlp+norms) + tied, 4*(mha+mlp+norms) + tied, 4 * 1000 * 2 * 64 * 2},
	{"llama", plain + `, "head_dim": 32, "num_key_value_heads": 1`, "attention dense *4",
		4*(2*hidden*128+2*hidden*32+mlp+norms) + ends, 4*(2*hidden*128+2*hidden*32+mlp+norms) +
			ends, 4 * 1000 * 2 * 32 * 2},
	{"llama", plain + `, "num_key_value_heads": 2, "attention_bias": true, "mlp_bias": true`,
		"attention dense *4",
		4*(gqa+mlp+norms+64+2*32+64+2*96+64) + ends, 4*(gqa+mlp+norms+64+2*32+64+2*96+64) +
			ends, 4 * 1000 * 2 * 32 * 2},
	{"mistral", plain + `, "sliding_window": 100`, "attention(window 100) dense *4",
		4*(mha+mlp+norms) + ends, 4*(mha+mlp+norms) + ends, 4 * 100 * 2 * 64 * 2},
	{"mistral", plain + `, "sliding_window": null`, "attention dense *4",
		4*(mha+mlp+norms) + ends, 4*(mha+mlp+norms) + ends, 4 * 1000 * 2 * 64 * 2},
	// its intermediate_size is an expert's
	{"mixtral", mixed + `, "num_local_experts": 8`, "attention moe *4",
		4*(gqa+router+8*mlp+norms) + ends, 4*(gqa+router+2*mlp+norms) + ends, 4 * 1000 * 2 * 32 * 2},
	{"qwen2", plain + `, "sliding_window": 100, "use_sliding_window": false, "max_window_layers": 1`,
		"attention dense *4",
		4*(mha+3*64+mlp+norms) + ends, 4*(mha+3*64+mlp+norms) + ends, 4 * 1000 * 2 * 64 * 2},
	{"qwen2", plain + `, "sliding_window": 100, "use_sliding_window": true, "max_window_layers": 3`,
		"attention dense *3 attention(window 100) dense *1",
		4*(mha+3*64+mlp+norms) + ends, 4*(mha+3*64+mlp+norms) + ends, (3*1000 + 100) * 2 * 64 * 2},
	{"qwen3", plain + `, "head_dim": 16`, "attention dense *4",
		4*(mha+2*16+mlp+norms) + ends, 4*(mha+2*16+mlp+norms) + ends, 4 * 1000 * 2 * 64 * 2},
	{"qwen2_moe", mixed +
		`, "num_experts": 8, "shared_expert_intermediate_size": 40, "decoder_sparse_step": 2`,
		"attention dense *1 attention moe *1 attention dense *1 attention moe *1",
		4*(gqa+64+2*32+norms) + 2*mlp + 2*(router+8*expert+3*hidden*40+hidden) + ends,
		4*(gqa+64+2*32+norms) + 2*mlp + 2*(router+2*expert+3*hidden*40+hidden) + ends, 4 * 1000 * 2 * 32 * 2},
	{"qwen3_moe", mixed + `, "num_experts": 8, "mlp_only_layers": [0, 2, 3]`,
		"attention dense *1 attention moe *1 attention dense *2",
		4*(gqa+2*16+norms) + 3*mlp + router + 8*expert + ends, 4*(gqa+2*16+norms) + 3*mlp + router +
			2*expert + ends, 4 * 1000 * 2 * 32 * 2},
	{"qwen3_moe", mixed + `, "num_experts": 8, "decoder_sparse_step": 3, "mlp_only_layers": []`,
		"attention dense *2 attention moe *1 attention dense *1",
		4*(gqa+2*16+norms) + 3*mlp + router + 8*expert + ends, 4*(gqa+2*16+norms) + 3*mlp + router +
			2*expert + ends, 4 * 1000 * 2 * 32 * 2},
	{"qwen3_next", deltas + `, "full_attention_interval": 2`,
		"gated-delta-net moe *1 attention moe *1 gated-delta-net moe *1 attention moe *1",
		2*delta + 2*(gqa+hidden*64+2*16) + 4*(router+8*expert+3*hidden*40+hidden+norms) + ends,
		2*delta + 2*(gqa+hidden*64+2*16) + 4*(router+2*expert+3*hidden*40+hidden+norms) + ends,
		2*1000*2*32*2 + 2*(4*4*8*16+2*3*96)},
	{"qwen3_next", deltas, "gated-delta-net moe *3 attention moe *1",
		3*delta + gqa + hidden*64 + 2*16 + 4*(router+8*expert+3*hidden*40+hidden+norms) + ends,
		3*delta + gqa + hidden*64 + 2*16 + 4*(router+2*expert+3*hidden*40+hidden+norms) + ends,
		1000*2*32*2 + 3*(4*4*8*16+2*3*96)},
	{"qwen3_5", deltas +
		`, "layer_types": ["full_attention", "linear_attention", "linear_attention", "full_attention"], "num_experts": null`,
		"attention dense *1 gated-delta-net dense *2 attention dense *1",
		2*delta + 2*(gqa+hidden*64+2*16) + 4*(mlp+norms) + ends, 2*delta + 2*(gqa+hidden*64+2*16) +
			4*(mlp+norms) + ends,
		2*1000*2*32*2 + 2*(4*4*8*16+2*3*96)},
	{"gemma2", plain + `, "head_dim": 16, "sliding_window": 100`,
		"attention(window 100) dense *1 attention dense *1 attention(window 100) dense *1 attention dense *1",
		4*(mha+mlp+2*norms) + tied, 4*(mha+mlp+2*norms) + tied, 2 * (1000 + 100) * 2 * 64 * 2},
	{"gemma2", plain + `, "head_dim": 16, "sliding_window": 100, "tie_word_embeddings": false,
"layer_types": ["full_attention", "full_attention", "full_attention", "sliding_attention"]`,
		"attention dense *3 attention(window 100) dense *1",
		4*(mha+mlp+2*norms) + ends, 4*(mha+mlp+2*norms) + ends, (3*1000 + 100) * 2 * 64 * 2},
	{"gemma3_text", plain +
		`, "head_dim": 16, "num_key_value_heads": 2, "sliding_window": 100, "sliding_window_pattern": 3`,
		"attention(window 100) dense *2 attention dense *1 attention(window 100) dense *1",
		4*(gqa+2*16+mlp+2*norms) + tied, 4*(gqa+2*16+mlp+2*norms) + tied, (1000 + 3*100) * 2 * 32 * 2},
	{"gpt_oss", mixed + `, "head_dim": 16, "num_local_experts": 8, "sliding_window": 100, "attention_bias": true`,
		"attention(window 100) moe *1 attention moe *1 attention(window 100) moe *1 attention moe *1",
		4*(gqa+64+2*32+64+4+router+8+8*(mlp+2*96+64)+norms) +
			ends, 4*(gqa+64+2*32+64+4+router+8+2*(mlp+2*96+64)+norms) + ends,
		2 * (1000 + 100) * 2 * 32 * 2},
	{"llama4_text", mixed +
		`, "num_local_experts": 8, "intermediate_size_mlp": 80, "attention_chunk_size": 300, "interleave_moe_layer_step": 2`,
		"attention(chunk 300) dense *1 attention(chunk 300) moe *1 attention(chunk 300) dense *1 attention moe *1",
		4*(gqa+norms) + 2*3*hidden*80 + 2*(router+9*mlp) + ends, 4*(gqa+norms) + 2*3*hidden*80 +
			2*(router+3*mlp) + ends,
		(1000 + 3*100) * 2 * 32 * 2},
	{"llama4_text", mixed +
		`, "num_local_experts": 8, "attention_chunk_size": 300, "no_rope_layers": [0, 1, 1, 0]`,
		"attention moe *1 attention(chunk 300) moe *2 attention moe *1",
		4*(gqa+norms+router+9*mlp) + ends, 4*(gqa+norms+router+3*mlp) + ends, 2 * (1000 + 100) * 2 * 32 * 2},
	{"deepseek_v2", latents + `, "q_lora_rank": null, "n_shared_experts": 2, "first_k_dense_replace": 1`,
		"mla dense *1 mla moe *3",
		4*(latent+hidden*4*20+norms) + mlp + 3*(router+10*expert) + ends, 4*(latent+hidden*4*20+norms) + mlp +
			3*(router+4*expert) + ends,
		4 * 1000 * (16 + 8) * 2},
	{"deepseek_v3", latents +
		`, "q_lora_rank": 20, "topk_method": "noaux_tc", "moe_layer_freq": 2, "n_group": 4, "topk_group": 2`,
		"mla moe *1 mla dense *1 mla moe *1 mla dense *1",
		4*(latent+hidden*20+20+20*4*20+norms) + 2*mlp + 2*(router+8+8*expert) + ends,
		4*(latent+hidden*20+20+20*4*20+norms) + 2*mlp + 2*(router+8+2*expert) +
			ends, 4 * 1000 * (16 + 8) * 2},
	{"kimi_k2", latents + `, "q_lora_rank": 20, "first_k_dense_replace": 3, "n_shared_experts": 1`,
		"mla dense *3 mla moe *1",
		4*(latent+hidden*20+20+20*4*20+norms) + 3*mlp + router + 9*expert + ends,
		4*(latent+hidden*20+20+20*4*20+norms) + 3*mlp + router + 3*expert + ends, 4 * 1000 * (16 + 8) * 2},
	{"deepseek_v32", latents +
		`, "q_lora_rank": 20, "index_n_heads": 2, "index_head_dim": 128, "index_topk": 50`, "dsa moe *4",
		4*(latent+hidden*20+20+20*4*20+20*2*128+hidden*128+2*128+hidden*2+norms+router+8*expert) + ends,
		4*(latent+hidden*20+20+20*4*20+20*2*128+hidden*128+2*128+hidden*2+norms+router+2*expert) + ends,
		4 * 1000 * ((16+8)*2 + 128 + 4)},
	{"glm_moe_dsa", latents +
		`, "q_lora_rank": 20, "index_n_heads": 2, "index_head_dim": 128, "index_topk": 50,
"indexer_types": ["full", "shared", "shared", "full"], "mlp_layer_types": ["dense", "sparse", "dense",
	"sparse"]`,
		"dsa dense *1 dsa(shared) moe *1 dsa(shared) dense *1 dsa moe *1",
		4*(latent+hidden*20+20+20*4*20+norms) + 2*(20*2*128+hidden*128+2*128+hidden*2) + 2*mlp +
			2*(router+8*expert) + ends,
		4*(latent+hidden*20+20+20*4*20+norms) + 2*(20*2*128+hidden*128+2*128+hidden*2) + 2*mlp +
			2*(router+2*expert) + ends,
		1000 * (4*(16+8)*2 + 2*(128+4))},
	{"kimi_linear", latents +
		`, "num_experts": 8, "num_experts_per_token": 2, "num_shared_experts": 1, "first_k_dense_replace": 1,
"linear_attn_config": {"num_heads": 4, "head_dim": 16, "short_conv_kernel_size": 4, "kda_layers": [1, 2, 4],
	"full_attn_layers": [3]}`,
		"kda dense *1 kda moe *1 mla moe *1 kda moe *1",
		3*(hidden*3*64+3*64*4+4+hidden*16+16*64+64+hidden*4+16+64*hidden+hidden*16+16*64) + latent +
			hidden*4*20 +
			4*norms + mlp + 3*(router+8+9*expert) + ends,
		3*(hidden*3*64+3*64*4+4+hidden*16+16*64+64+hidden*4+16+64*hidden+hidden*16+16*64) + latent +
			hidden*4*20 +
			4*norms + mlp + 3*(router+8+3*expert) + ends,
		1000*(16+8)*2 + 3*(4*4*16*16+2*3*3*64)},
	{"glm4_moe", mixed +
		`, "n_routed_experts": 8, "n_shared_experts": 1, "attention_bias": true, "use_qk_norm": true, "first_k_dense_replace": 2`,
		"attention dense *2 attention moe *2",
		4*(gqa+64+2*32+2*16+norms) + 2*mlp + 2*(router+8+9*expert) + ends, 4*(gqa+64+2*32+2*16+norms) +
			2*mlp + 2*(router+8+3*expert) + ends,
		4 * 1000 * 2 * 32 * 2},
	{"minimax_m2", mixed +
		`, "num_local_experts": 8, "use_qk_norm": true, "qk_norm_type": "per_layer", "use_routing_bias": true`, "attention moe *4",
		4*(gqa+64+32+router+8+8*mlp+norms) + ends, 4*(gqa+64+32+router+8+2*mlp+norms) +
			ends, 4 * 1000 * 2 * 32 * 2},
	{"mimo_v2_flash", mixed +
		`, "v_head_dim": 8, "swa_num_attention_heads": 2, "swa_num_key_value_heads": 1, "swa_head_dim": 12, "swa_v_head_dim": 6,
"sliding_window": 100, "add_swa_attention_sink_bias": true, "n_routed_experts": 8, "hybrid_layer_pattern": [0,
	1, 1, 0], "moe_layer_freq": [0, 1, 1, 1]`,
		"attention dense *1 attention(window 100) moe *2 attention moe *1",
		2*(hidden*64+hidden*2*(16+8)+4*8*hidden) + 2*(hidden*24+hidden*(12+6)+2*6*hidden+2) + 4*norms + mlp +
			3*(router+8*expert) + ends,
		2*(hidden*64+hidden*2*(16+8)+4*8*hidden) + 2*(hidden*24+hidden*(12+6)+2*6*hidden+2) + 4*norms + mlp +
			3*(router+2*expert) + ends,
		2*1000*2*(16+8)*2 + 2*100*(12+6)*2},
	{"nemotron_h", mixed +
		`, "hybrid_override_pattern": "M*-E", "mamba_num_heads": 4, "mamba_head_dim": 16, "ssm_state_size": 8, "n_groups": 2,
"conv_kernel": 4, "n_routed_experts": 8, "n_shared_experts": 1, "moe_shared_expert_intermediate_size": 40`,
		"mamba2 *1 attention *1 dense *1 moe *1",
		hidden*(2*64+2*2*8+4) + (64+2*2*8)*5 + 3*4 + 64 + 64*hidden + gqa + 2*hidden*96 + router + 8 +
			8*2*hidden*32 + 2*hidden*40 + 4*hidden + ends,
		hidden*(2*64+2*2*8+4) + (64+2*2*8)*5 + 3*4 + 64 + 64*hidden + gqa + 2*hidden*96 + router + 8 +
			2*2*hidden*32 + 2*hidden*40 + 4*hidden + ends,
		1000*2*32*2 + 4*4*16*8 + 2*3*(64+2*2*8)},
	{"jamba", mixed + `, "num_experts": 8, "mamba_expand": 2, "mamba_d_state": 8, "mamba_dt_rank": 6, "mamba_d_conv": 4,
"attn_layer_period": 4, "attn_layer_offset": 2, "expert_layer_period": 2, "expert_layer_offset": 1`,
		"mamba1 dense *1 mamba1 moe *1 attention dense *1 mamba1 moe *1",
		3*(hidden*2*128+128*5+128*(6+16)+6*128+128+128*8+128+6+16+128*hidden) + gqa + 4*norms + 2*mlp +
			2*(router+8*mlp) + ends,
		3*(hidden*2*128+128*5+128*(6+16)+6*128+128+128*8+128+6+16+128*hidden) + gqa + 4*norms + 2*mlp +
			2*(router+2*mlp) + ends,
		1000*2*32*2 + 3*(4*128*8+2*3*128)},
	{"gpt3", plain + `, "attention_bias": true, "mlp_bias": true`, "attention dense *4",
		4*(mha+3*64+64+2*hidden*96+96+64+2*norms) + ends + hidden + 4096*hidden,
		4*(mha+3*64+64+2*hidden*96+96+64+2*norms) + ends + hidden + 4096*hidden, 4 * 1000 * 2 * 64 * 2},
}...)

func TestFieldsByHand(t *testing.T) {
	for _, c := range quirks {
		check := func(t *testing.T, text string) {
			m := imported(t, text)
			if got := layersOf(m); got != c.layers {
				t.Errorf("layers %s, by hand %s", got, c.layers)
			}
			total, active, gemm := m.Params()
			if total != c.total || active != c.active {
				t.Errorf("%.0f parameters, %.0f active, by hand %.0f and %.0f", total, active, c.total,
					c.active)
			}
			if table := active - gemm; table != 1000*hidden && !m.TiedHead || table != 0 && m.TiedHead {
				t.Errorf("%.0f active parameters are in no matrix", table)
			}
			if got := m.StateBytesAt(1000, &arch.Precision{}); float64(got) != c.kept {
				t.Errorf("a sequence of 1000 tokens keeps %v bytes, by hand %v", got, c.kept)
			}
		}
		t.Run(c.family, func(t *testing.T) { check(t, `{"model_type": "`+c.family+`", `+c.fields+`}`) })
		// A model of several towers has its text decoder in a table of its own.
		t.Run(c.family+" of several towers", func(t *testing.T) {
			check(t, `{"model_type": "tower", "hidden_size": 5, "text_config": {"model_type": "`+c.family+`", `+c.fields+`}, "vision_config": {"depth": 3}}`)
		})
	}
}

func imported(t *testing.T, text string) *arch.Model {
	t.Helper()
	spec, _, err := huggingface.Import("small/config.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// layersOf names the kinds of the layers in their order, equal neighbours together.
func layersOf(m *arch.Model) string {
	var names []string
	last, times := "", 0
	flush := func() {
		if times > 0 {
			names = append(names, fmt.Sprintf("%s *%d", last, times))
		}
	}
	for _, b := range m.Stack {
		var parts []string
		if b.Mixer != nil {
			name := b.Mixer.Kind()
			if dsa, ok := b.Mixer.(*arch.DSA); ok && dsa.SharedIndex {
				name += "(shared)"
			}
			for _, s := range b.Mixer.State().Tokens {
				if s.Reach.Kind == arch.Window || s.Reach.Kind == arch.Chunk {
					name += "(" + s.Reach.String() + ")"
				}
			}
			parts = append(parts, name)
		}
		if b.FFN != nil {
			parts = append(parts, b.FFN.Kind())
		}
		name := strings.Join(parts, " ")
		if name != last {
			flush()
			last, times = name, 0
		}
		times += b.Repeat
	}
	flush()
	return strings.Join(names, " ")
}

// Without positions of its own a layer does not rotate: operators named rope are counted in a token's layers.
func TestRotatedLayersByHand(t *testing.T) {
	for _, c := range []struct {
		family, fields string
		rotated        int
	}{
		{"llama", plain, 4},
		{"gpt3", plain, 0},
		{"llama4", mixed + `, "num_local_experts": 8`, 3},
		{"llama4", mixed + `, "num_local_experts": 8, "no_rope_layers": [1, 0, 1, 0]`, 2},
		{"deepseek_v3", latents, 4},
		{"jamba", mixed + `, "num_experts": 8, "mamba_expand": 2, "mamba_d_state": 8, "mamba_dt_rank": 6, "mamba_d_conv": 4,
"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2, "expert_layer_offset": 1`, 0},
	} {
		m := imported(t, `{"model_type": "`+c.family+`", `+c.fields+`}`)
		rotated := 0
		for _, part := range m.Operators(arch.Split{TP: 1, ExpertTP: 1, ExpertRanks: 1}) {
			for _, op := range part.Ops {
				if op.OpName() == "rope" {
					rotated += part.Count
				}
			}
		}
		if rotated != c.rotated {
			t.Errorf("%s: %d layers rotate, by hand %d", c.family, rotated, c.rotated)
		}
	}
}

// What a quantisation leaves out stays in 16 bits: a group of tensors with an excluded module, and with mxfp4
// all but
// the experts. Attention, dense parts and experts, in this order.
func TestWhatQuantisationLeavesOut(t *testing.T) {
	for fields, want := range map[string]string{
		`"quant_method": "fp8", "modules_to_not_convert": ["self_attn"]`:                           "bf16 fp8 fp8",
		`"quant_method": "fp8", "modules_to_not_convert": ["mlp.experts"]`:                         "fp8 fp8 bf16",
		`"quant_method": "fp8", "modules_to_not_convert": ["lm_head", "model.embed_tokens"]`:       "fp8 fp8 fp8",
		`"quant_method": "fp8", "ignore": ["re:.*\\.mlp\\.(experts|down_proj).*"]`:                 "fp8 fp8 bf16",
		`"quant_method": "modelopt", "quant_algo": "NVFP4", "exclude_modules": ["*.mlp.experts*"]`: "nvfp4 nvfp4 bf16",
		`"quant_method": "mxfp4"`:           "bf16 bf16 mxfp4",
		`"quant_method": "awq", "bits": 8`:  "int8 int8 int8",
		`"quant_method": "gptq", "bits": 4`: "int4 int4 int4",
	} {
		m := imported(t, `{"model_type": "deepseek_v3", `+latents+`, "quantization_config": {`+fields+`}}`)
		p := m.Published
		if got := fmt.Sprint(p.Attention, p.Dense, p.Experts); got != want {
			t.Errorf("%s: %s, want %s", fields, got, want)
		}
	}
	m := imported(t, `{"model_type": "deepseek_v3", `+latents+`, "quantization_config": {"quant_method": "fp8", "kv_cache_scheme": {"num_bits": 8}}}`)
	if m.Published.KV != units.FP8 || m.Published.Activations != units.FP8 {
		t.Errorf("%+v", m.Published)
	}
}

// Long irregular stacks come back layer by layer, however their repeats are written.
func TestStacksKeepTheirOrder(t *testing.T) {
	for _, pattern := range []string{"M", "M*", "MM*-", "M-M*M-M*M-M*", "MEMEMEM*EMEMEM*", "M-M-M*-M-M-M*-M-",
		"-M**M--M", strings.Repeat("M-M-M-M*-", 7) + "M*M"} {
		m := imported(t, `{"model_type": "nemotron_h", `+strings.Replace(mixed, `"num_hidden_layers": 4`,
			fmt.Sprintf(`"num_hidden_layers": %d`, len(pattern)), 1)+
			`, "hybrid_override_pattern": "`+pattern+`", "mamba_num_heads": 4, "mamba_head_dim": 16, "ssm_state_size": 8, "n_groups": 2,
"conv_kernel": 4, "n_routed_experts": 8, "moe_shared_expert_intermediate_size": 40}`)
		var got strings.Builder
		letters := map[string]string{"mamba2": "M", "attention": "*", "dense": "-", "moe": "E"}
		for _, b := range m.Stack {
			kind := ""
			if b.Mixer != nil {
				kind = b.Mixer.Kind()
			} else {
				kind = b.FFN.Kind()
			}
			got.WriteString(strings.Repeat(letters[kind], b.Repeat))
		}
		if got.String() != pattern {
			t.Errorf("%s comes back as %s", pattern, got.String())
		}
	}
}
