package explain_test

import (
	"testing"

	"github.com/roofserve/roofserve/internal/study/explain"
)

// Qwen2-57B-A14B, on one of 2 ranks: hidden 3584, 28 layers, 28 heads of 128 with 4 KV heads, 64 experts of
// 2560 of which a
// token takes 8, a gated shared expert of 20,480, vocabulary 151,936; all in bf16.
func qwen2MoE(m, sampled rows, core work) map[string]work {
	const h = 3584
	layer, once := times(28), times(1)
	return map[string]work{
		"embedding embedding":        once(m.values(2 * h)),
		"embedding embedding_reduce": once(m.sum(h, 2)),
		"attention norm":             layer(m.values(4 * h)),
		"attention qkv":              layer(m.gemm((28+2*4)*128/2, h, 2)),
		"attention rope":             layer(m.values(2 * (14 + 2) * 128)),
		"attention attention":        core,
		"attention o":                layer(m.gemm(h, 14*128, 2)),
		"attention o_reduce":         layer(m.sum(h, 2)),
		"moe norm":                   layer(m.values(4 * h)),
		"moe shared_gate_up":         layer(m.gemm(2*20480/2, h, 2)),
		"moe shared_activation":      layer(m.values(3 * 20480 / 2)),
		"moe shared_down":            layer(m.gemm(h, 20480/2, 2)),
		"moe shared_gate":            layer(m.gemm(1, h, 2)),
		"moe shared_gating":          layer(m.values(2 * h)),
		"moe router":                 layer(m.gemm(64, h, 2)),
		"moe top_k":                  layer(m.values(64 + 2*8)),
		"moe experts":                layer(m.experts(8, h, 2560/2, hit(64, 8, float64(m)), 2)),
		"moe combine":                layer(m.values(3 * h)),
		"moe experts_reduce":         layer(m.sum(h, 2)),
		"head final_norm":            once(m.values(4 * h)),
		"head lm_head":               once(sampled.gemm(151936/2, h, 2)),
		"head gather_logits":         once(sampled.sum(151936/2, 2)),
		"head sample":                once(sampled.values(5 * 151936)),
	}
}

func TestQwen2MoEByHand(t *testing.T) {
	settings := map[string]any{"model.name": "qwen2-57b-a14b", "hardware.device": "h100-sxm-80gb",
		"hardware.gpus": 2, "parallel.tp": 2}
	got := explained(t, explain.Step{Batch: 64, Context: 4096}, settings)
	keys := 64 * 4096.
	compare(t, got, qwen2MoE(64, 64, times(28)(4*14*128*keys, 2*2*2*128*keys+2*64*14*256)))
	roofs(t, got, map[string]float64{"bf16": 989.4e12}, 3.352e12)

	const h = 3584
	layer := h*(28+2*4)*128 + (28+2*4)*128 + 28*128*h + 2*h + 64*h + 3*h*20480 + h
	ends := 2*151936*h + h
	total, active := float64(28*(layer+64*3*h*2560)+ends), float64(28*(layer+8*3*h*2560)+ends)
	if got.Params.Total != total || got.Params.Active != active || got.Params.GEMM != active-151936*h {
		t.Errorf("parameters %+v, by hand %.0f and %.0f active", got.Params, total, active)
	}
	if got.State != 4096*28*2*4*128*2 {
		t.Errorf("a sequence keeps %g bytes", got.State)
	}

	// Two prompts of 100 tokens; attention reads their keys once.
	got = explained(t, explain.Step{Batch: 2, Prefill: 100}, settings)
	pairs := 2 * 100 * 101 / 2.
	compare(t, got, qwen2MoE(200, 2, times(28)(4*14*128*pairs, 2*2*2*128*200+2*200*14*256)))
}

// Qwen3-Next-80B-A3B, on one of 4 ranks: hidden 2048, 36 layers of gated delta nets (16 key and 32 value
// heads of 128, 4
// taps) and 12 of gated attention (16 heads of 256, 2 KV heads), 512 experts of 512 of which a token takes
// 10, a gated shared
// one of 512, vocabulary 151,936; all in bf16.
func qwen3Next(m, sampled rows, delta, core work) map[string]work {
	const h = 2048
	linear, full, moe, once := times(36), times(12), times(48), times(1)
	return map[string]work{
		"embedding embedding":        once(m.values(2 * h)),
		"embedding embedding_reduce": once(m.sum(h, 4)),
		"delta norm":                 linear(m.values(4 * h)),
		"delta in_qkvz":              linear(m.gemm(2*(16+32)*128/4, h, 2)),
		"delta in_ba":                linear(m.gemm(2*32/4, h, 2)),
		"delta sort":                 linear(m.values(2 * (2*(16+32)*128 + 2*32) / 4)),
		"delta delta_rule":           delta,
		"delta gated_norm":           linear(m.values(3 * 8 * 128)),
		"delta o":                    linear(m.gemm(h, 8*128, 2)),
		"delta o_reduce":             linear(m.sum(h, 4)),
		"attention norm":             full(m.values(4 * h)),
		"attention qkv":              full(m.gemm((2*4+2*1)*256, h, 2)),
		"attention qk_norm":          full(m.values(4 * (4 + 1) * 256)),
		"attention rope":             full(m.values(2 * (4 + 1) * 256)),
		"attention attention":        core,
		"attention gate":             full(m.values(3 * 4 * 256)),
		"attention o":                full(m.gemm(h, 4*256, 2)),
		"attention o_reduce":         full(m.sum(h, 4)),
		"moe norm":                   moe(m.values(4 * h)),
		"moe shared_gate_up":         moe(m.gemm(2*512/4, h, 2)),
		"moe shared_activation":      moe(m.values(3 * 512 / 4)),
		"moe shared_down":            moe(m.gemm(h, 512/4, 2)),
		"moe shared_gate":            moe(m.gemm(1, h, 2)),
		"moe shared_gating":          moe(m.values(2 * h)),
		"moe router":                 moe(m.gemm(512, h, 2)),
		"moe top_k":                  moe(m.values(512 + 2*10)),
		"moe experts":                moe(m.experts(10, h, 512/4, hit(512, 10, float64(m)), 2)),
		"moe combine":                moe(m.values(3 * h)),
		"moe experts_reduce":         moe(m.sum(h, 4)),
		"head final_norm":            once(m.values(4 * h)),
		"head lm_head":               once(sampled.gemm(151936/4, h, 2)),
		"head gather_logits":         once(sampled.sum(151936/2, 4)),
		"head sample":                once(sampled.values(5 * 151936)),
	}
}

func TestQwen3NextByHand(t *testing.T) {
	settings := map[string]any{"model.name": "qwen3-next-80b-a3b", "hardware.device": "h100-sxm-80gb",
		"hardware.gpus": 4, "parallel.tp": 4}
	got := explained(t, explain.Step{Batch: 64, Context: 4096}, settings)
	// A state of 128×128 for each of 8 heads: decay 1, S·k 2, its update 2, S·q 2 a value; 4 taps over
	// (2·4+8)·128 channels.
	const states, channels = 8 * 128 * 128., 2048.
	keys := 64 * 4096.
	inOut := 2 * (channels + 8*128)
	compare(t, got, qwen3Next(64, 64, times(36)(64*(7*states+2*4*channels),
		64*(2*(4*states+2*3*channels)+inOut)),
		times(12)(4*4*256*keys, 2*2*256*keys+2*64*4*2*256)))
	roofs(t, got, map[string]float64{"bf16": 989.4e12}, 3.352e12)

	const h = 2048
	linear := h*2*(16+32)*128 + h*2*32 + 8192*4 + 2*32 + 128 + 32*128*h
	full := h*2*16*256 + 2*h*2*256 + 16*256*h + 2*256
	moe := h*512 + 3*h*512 + h + 2*h // router, shared expert and its gate, the layer's norms
	ends := 2*151936*h + h
	total := float64(36*linear + 12*full + 48*(moe+512*3*h*512) + ends)
	active := float64(36*linear + 12*full + 48*(moe+10*3*h*512) + ends)
	if got.Params.Total != total || got.Params.Active != active || got.Params.GEMM != active-151936*h {
		t.Errorf("parameters %+v, by hand %.0f and %.0f active", got.Params, total, active)
	}
	if want := 4096*12*2*2*256*2 + 36*(4*32*128*128+2*3*8192.); got.State != want {
		t.Errorf("a sequence keeps %g bytes, by hand %g", got.State, want)
	}

	// Two prompts of 100 tokens in chunks of 64: Q·K, K·K and their product with V within, three products
	// with the state.
	got = explained(t, explain.Step{Batch: 2, Prefill: 100}, settings)
	pairs := 2 * 100 * 101 / 2.
	chunked := 2 * 8 * (3*128*128 + 64*(2*128+128.))
	compare(t, got, qwen3Next(200, 2, times(36)(200*(chunked+2*4*channels),
		2*2*(4*states+2*3*channels)+200*inOut),
		times(12)(4*4*256*pairs, 2*2*256*200+2*200*4*2*256)))
}
