package explain_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/engines"
)

// explanation is what the JSON of a step says, read as a user's script would read it.
type explanation struct {
	Params struct {
		Total  float64 `json:"total"`
		Active float64 `json:"active"`
		GEMM   float64 `json:"active_gemm"`
	} `json:"params"`
	StepMS     float64            `json:"step_ms"`
	Rate       float64            `json:"tokens_per_second"`
	RateOfGPU  float64            `json:"tokens_per_second_per_gpu"`
	FLOPs      float64            `json:"flops_per_gpu"`
	Bytes      float64            `json:"bytes_per_gpu"`
	Sent       float64            `json:"sent_bytes_per_gpu"`
	Weights    float64            `json:"weight_bytes_per_gpu"`
	State      float64            `json:"state_bytes_at_context"`
	Categories map[string]float64 `json:"categories_ms"`
	Bounds     map[string]float64 `json:"bounds_ms"`
	Operators  []struct {
		Layer, Name, Bound, Format     string
		Count                          int
		FLOPs, Bytes, Intensity, Share float64
		TimeMS                         float64 `json:"time_ms"`
		RoofMS                         float64 `json:"roof_ms"`
	} `json:"operators"`
}

func explained(t *testing.T, step explain.Step, settings map[string]any) explanation {
	t.Helper()
	s := scenarios.Empty("")
	for key, value := range settings {
		if err := s.Set(key, value, "test"); err != nil {
			t.Fatal(err)
		}
	}
	step, err := step.Complete()
	if err != nil {
		t.Fatal(err)
	}
	e, err := explain.Explain(s, step)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report.Explanation(e))
	if err != nil {
		t.Fatal(err)
	}
	var read explanation
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// work is the arithmetic and the bytes of an operator in one layer, and the layers that run it.
type work struct {
	count        int
	flops, bytes float64
}

// rows is a step of so many tokens on a rank.
type rows float64

// gemm multiplies rows by a k×n matrix whose weights take so many bytes each; activations are in 16 bits.
func (m rows) gemm(n, k, bytes float64) (flops, moved float64) {
	return 2 * float64(m) * n * k, bytes*n*k + 2*float64(m)*(n+k)
}

// values are moved in 16 bits for each row.
func (m rows) values(n float64) (flops, moved float64) { return 0, 2 * float64(m) * n }

// sum is what one of so many ranks sends to add values up: 2·(ranks−1)/ranks of them in 16 bits.
func (m rows) sum(n, ranks float64) (flops, sent float64) {
	return 0, 2 * (ranks - 1) / ranks * 2 * float64(m) * n
}

func times(count int) func(flops, bytes float64) work {
	return func(flops, bytes float64) work { return work{count, flops, bytes} }
}

// experts is a layer of gated experts of which the tokens hit so many: choices go through hidden×inter
// matrices.
func (m rows) experts(topK, hidden, inter, hit, bytes float64) (flops, moved float64) {
	choices := float64(m) * topK
	return 2 * choices * 3 * hidden * inter, bytes*hit*3*hidden*inter + 2*choices*(2*hidden+6*inter)
}

// hit is how many of the experts so many tokens choose, whose popularity is Beta(a, …) with mean
// topK/experts: the chance of none is Γ(b+n)·Γ(a+b) / (Γ(b)·Γ(a+b+n)).
func hit(experts, topK, tokens float64) float64 {
	gamma := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	a := engines.InService().ExpertShape
	b := a * (experts - topK) / topK
	return experts * (1 - math.Exp(gamma(b+tokens)-gamma(b)+gamma(a+b)-gamma(a+b+tokens)))
}

// compare holds every operator against its count by hand, and every sum against its parts.
func compare(t *testing.T, got explanation, want map[string]work) {
	t.Helper()
	close := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: %.12g, by hand %.12g", what, got, want)
		}
	}
	var flops, bytes, sent, ms, share float64
	bounds := map[string]float64{}
	for _, o := range got.Operators {
		ms, share = ms+o.TimeMS, share+o.Share
		bounds[o.Bound] += o.TimeMS
		if o.Layer == "host" {
			continue
		}
		name := o.Layer + " " + o.Name
		w, ok := want[name]
		if !ok {
			t.Errorf("%s is not among those counted by hand", name)
			continue
		}
		delete(want, name)
		if o.Count != w.count {
			t.Errorf("%s runs in %d layers, by hand %d", name, o.Count, w.count)
		}
		close(name+", FLOPs", o.FLOPs, float64(w.count)*w.flops)
		close(name+", bytes", o.Bytes, float64(w.count)*w.bytes)
		close(name+", intensity", o.Intensity, w.flops/w.bytes)
		flops += o.FLOPs
		if o.Bound == "network" {
			sent += o.Bytes
		} else {
			bytes += o.Bytes
		}
	}
	for name := range want {
		t.Errorf("%s is not in the step", name)
	}
	close("FLOPs of a GPU", got.FLOPs, flops)
	close("bytes of a GPU", got.Bytes, bytes)
	close("bytes sent", got.Sent, sent)
	close("shares", math.Round(1e4*share)/1e4, 1)
	within := func(what string, sum float64) {
		t.Helper()
		if math.Abs(sum/got.StepMS-1) > 1e-4 { // the step rounds each key to the clock
			t.Errorf("%s add up to %g ms, the step takes %g", what, sum, got.StepMS)
		}
	}
	within("operators", ms)
	var categories, all float64
	for _, v := range got.Categories {
		categories += v
	}
	for bound, v := range got.Bounds {
		close("bound by "+bound, v, bounds[bound])
		all += v
	}
	within("categories", categories)
	within("bounds", all)
}

// roofs checks that times are in milliseconds: the roof of an operator is its FLOPs over the peak or its
// bytes over the
// bandwidth, of the data sheet.
func roofs(t *testing.T, got explanation, peak map[string]float64, bandwidth float64) {
	t.Helper()
	for _, o := range got.Operators {
		if o.Bound == "network" || o.Layer == "host" {
			continue
		}
		want := 1e3 * max(o.FLOPs/peak[o.Format], o.Bytes/bandwidth)
		if math.Abs(o.RoofMS-want) > 1e-9*want || o.TimeMS < want*(1-1e-9) ||
			math.Abs(o.Share-o.TimeMS/got.StepMS) > 1e-12 {
			t.Errorf("%s %s: a roof of %g ms, by hand %g, and a time of %g", o.Layer, o.Name, o.RoofMS, want,
				o.TimeMS)
		}
		bound := "memory"
		switch {
		case want < o.TimeMS/2:
			bound = "overhead"
		case o.FLOPs/peak[o.Format] > o.Bytes/bandwidth:
			bound = "compute"
		}
		if o.Bound != bound {
			t.Errorf("%s %s is bound by %s, by hand by %s", o.Layer, o.Name, o.Bound, bound)
		}
	}
}

// formats checks what the tensor cores multiply: in 8 bits where weights are narrow and the device can, else
// in bf16.
func formats(t *testing.T, got explanation, narrow ...string) {
	t.Helper()
	for _, o := range got.Operators {
		want := "bf16"
		if slices.Contains(narrow, o.Name) {
			want = "fp8"
		}
		if o.Format != want {
			t.Errorf("%s %s multiplies in %s, by hand in %s", o.Layer, o.Name, o.Format, want)
		}
	}
}

// deepSeekV3 counts a step on one of 8 ranks from the published config.json: hidden 7168, 61 layers of which
// 3 are dense,
// 128 heads of 128+64 and 128, ranks 1536 and 512, 256 experts of 2048 of which a token takes 8, one shared,
// vocabulary
// 129,280; weights in fp8 with a scale for each 128×128.
func deepSeekV3(m, sampled rows, core map[string]work) map[string]work {
	const h, fp8 = 7168, 1 + 4./16384
	mla, dense, moe, once := times(61), times(3), times(58), times(1)
	want := map[string]work{
		"embedding embedding":        once(m.values(2 * h)),
		"embedding embedding_reduce": once(m.sum(h, 8)),
		"mla norm":                   mla(m.values(4 * h)),
		"mla qkv_a":                  mla(m.gemm(1536+512+64, h, fp8)),
		"mla latent_norm":            mla(m.values(2 * (1536 + 512))),
		"mla q_b":                    mla(m.gemm(16*192, 1536, fp8)),
		"mla rope":                   mla(m.values(2 * 64 * 17)),
		"mla o":                      mla(m.gemm(h, 16*128, fp8)),
		"mla o_reduce":               mla(m.sum(h, 8)),
		"dense norm":                 dense(m.values(4 * h)),
		"dense gate_up":              dense(m.gemm(2*18432/8, h, fp8)),
		"dense activation":           dense(m.values(3 * 18432 / 8)),
		"dense down":                 dense(m.gemm(h, 18432/8, fp8)),
		"dense down_reduce":          dense(m.sum(h, 8)),
		"moe norm":                   moe(m.values(4 * h)),
		"moe shared_gate_up":         moe(m.gemm(2*2048/8, h, fp8)),
		"moe shared_activation":      moe(m.values(3 * 2048 / 8)),
		"moe shared_down":            moe(m.gemm(h, 2048/8, fp8)),
		"moe router":                 moe(m.gemm(256, h, 2)),
		"moe top_k":                  moe(m.values(256 + 2*8)),
		"moe experts":                moe(m.experts(8, h, 2048/8, hit(256, 8, float64(m)), fp8)),
		"moe combine":                moe(m.values(3 * h)),
		"moe experts_reduce":         moe(m.sum(h, 8)),
		"head final_norm":            once(m.values(4 * h)),
		"head lm_head":               once(sampled.gemm(129280/8, h, 2)),
		"head gather_logits":         once(sampled.sum(129280/2, 8)),
		"head sample":                once(sampled.values(5 * 129280)),
	}
	for name, w := range core {
		want[name] = w
	}
	return want
}

func TestDeepSeekV3ByHand(t *testing.T) {
	settings := map[string]any{"model.name": "deepseek-v3", "hardware.device": "h200-sxm-141gb",
		"hardware.gpus": 8, "parallel.tp": 8}
	m := rows(64)
	got := explained(t, explain.Step{Batch: 64, Context: 4096}, settings)
	mla := times(61)
	keys := 64 * 4096.
	compare(t, got, deepSeekV3(m, m, map[string]work{
		// A batch of 16 heads each with its own 128×512 matrix in bf16.
		"mla w_uk":             mla(2*64*16*128*512, 2*16*128*512+2*64*16*(128+512)),
		"mla w_uv":             mla(2*64*16*128*512, 2*16*128*512+2*64*16*(128+512)),
		"mla decode_attention": mla(2*16*(576+512)*keys, 2*576*keys+2*64*16*(576+512)),
	}))
	roofs(t, got, map[string]float64{"bf16": 989.4e12, "fp8": 1978.9e12}, 4.8e12)
	formats(t, got, "qkv_a", "q_b", "o", "gate_up", "down", "shared_gate_up", "shared_down", "experts")
	formats(t, explained(t, explain.Step{Batch: 64, Context: 4096},
		map[string]any{"model.name": "deepseek-v3",
			"hardware.device": "a100-sxm-80gb", "hardware.gpus": 16, "parallel.tp": 16})) // which has no fp8
	if math.Abs(got.Rate-64/(got.StepMS/1e3)) > 1e-6*got.Rate ||
		math.Abs(got.RateOfGPU-got.Rate/8) > 1e-9*got.Rate {
		t.Errorf("%g tokens a second, %g for each GPU, in steps of %g ms", got.Rate, got.RateOfGPU,
			got.StepMS)
	}

	// attention and norms
	const layer = 7168*(1536+512+64) + 1536 + 512 + 1536*128*192 + 512*128*256 + 128*128*7168 + 2*7168
	const expert, routed = 3 * 7168 * 2048., 256*7168 + 256.
	ends := 2*129280*7168 + 7168.
	total := 61*layer + 3*3*7168*18432 + 58*(257*expert+routed) + ends
	active := 61*layer + 3*3*7168*18432 + 58*(9*expert+routed) + ends
	if got.Params.Total != total || got.Params.Active != active || got.Params.GEMM != active-129280*7168 ||
		total != 671_026_419_200 {
		t.Errorf("parameters %+v, by hand %.0f and %.0f active", got.Params, total, active)
	}
	if got.State != 4096*61*576*2 {
		t.Errorf("a sequence keeps %g bytes, by hand %d", got.State, 4096*61*576*2)
	}
	// Down-projections and norms on every rank, the rest divided; norms, router and ends in 16 bits.
	fp8 := 1 + 4./16384
	weights := 61*(fp8*(7168*(1536+512+64)+(1536*128*192+512*128*256+128*128*7168)/8.)+2*(1536+512+2*7168)) +
		3*fp8*3*7168*18432/8 + 58*(fp8*257*expert/8+2*routed) + 2*(2*129280*7168/8.+7168)
	if math.Abs(got.Weights-weights) > 1 {
		t.Errorf("%.0f bytes of weights on a GPU, by hand %.0f", got.Weights, weights)
	}

	// A chunk of 1000 tokens after 500: the latents of all 1500 are expanded for each head.
	got = explained(t, explain.Step{Prefill: 1000, Context: 1500}, settings)
	pairs := 1000*500 + 1000*1001/2.
	expanded := rows(1500)
	compare(t, got, deepSeekV3(1000, 1, map[string]work{
		"mla kv_b":              mla(expanded.gemm(16*256, 512, fp8)),
		"mla prefill_attention": mla(2*16*(192+128)*pairs, 2*16*(192+128)*(1000+1500)),
	}))
}
