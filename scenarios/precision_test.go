package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// What engines keep a KV cache in, from their own lists (the sources stand in the engines' files), on a GPU
// with tensor cores for nvfp4 and on one without.
func TestKVFormatsAreThoseThatEnginesServe(t *testing.T) {
	for engine, served := range map[string][]string{
		"vllm": {"bf16", "fp16", "fp8", "nvfp4"}, "sglang": {"bf16", "fp16", "fp8"},
		"trtllm": {"bf16", "fp16", "fp8", "int8", "nvfp4"}, "vllm-2023": {"bf16", "fp16"},
	} {
		for device, lacks := range map[string]string{"b200-sxm-180gb": "", "h100-sxm-80gb": "nvfp4"} {
			for _, format := range units.FormatNames() {
				_, _, err := named(t, "hardware.device="+device, "engine.policy="+engine, "precision.kv="+format).Resolve()
				if want := slices.Contains(served, format) && format != lacks; (err == nil) != want {
					t.Errorf("%s on %s with kv = %s: %v", engine, device, format, err)
				}
			}
		}
	}
	_, _, err := named(t, "precision.kv=int4").Resolve()
	want := "--set precision.kv=int4: precision.kv: vLLM v1 keeps no KV cache in int4 on h100-sxm-80gb; use bf16, fp16 or fp8"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// named is a small model with settings.
func named(t *testing.T, settings ...string) *Scenario {
	t.Helper()
	s := Empty("")
	setAll(t, s, append([]string{small}, settings...)...)
	return s
}

func TestActivationsFollowWeights(t *testing.T) {
	for _, c := range []struct {
		settings []string
		words    string // of the error; "" where there is none
	}{
		{[]string{"precision.activations=int4"}, "int4 is no format that engines multiply activations in; use bf16, fp16, fp8, int8 or nvfp4"},
		{[]string{"precision.activations=int4", "precision.weights=int4"}, "int4 is no format that engines multiply activations in"},
		{[]string{"precision.activations=fp32"}, "fp32 is no format"},
		{[]string{"precision.activations=fp8-block"}, "fp8-block is no format"},
		{[]string{"precision.activations=mxfp4", "precision.weights=mxfp4"}, "mxfp4 is no format"},
		{[]string{"precision.activations=fp8"}, "precision.activations: fp8 does nothing: no weights"},
		{[]string{"precision.activations=fp8"}, "set precision.weights to fp8, fp8-block, mxfp8, int4"},
		{[]string{"precision.activations=int8", "precision.weights=fp8"}, "int8 does nothing"},
		{[]string{"precision.activations=fp8", "precision.weights=int4"}, ""},
		{[]string{"precision.activations=fp8", "precision.dense=fp8"}, ""},
		{[]string{"precision.activations=fp8", "precision.weights=fp8-block"}, ""},
		{[]string{"precision.activations=int8", "precision.weights=int8"}, ""},
		{[]string{"precision.activations=bf16", "precision.weights=fp8"}, ""},
		{[]string{"precision.activations=fp16"}, ""},
	} {
		_, _, err := named(t, c.settings...).Resolve()
		if (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%v: %v, want %q", c.settings, err, c.words)
		}
	}
}

// A warning about what a device multiplies names what is stored.
func TestWeightOnlyWarningNamesTheWeights(t *testing.T) {
	for _, c := range []struct {
		settings []string
		words    string // of the warning; "" where there is none
	}{
		{[]string{"precision.weights=fp8"}, "a100-sxm-80gb has no fp8 tensor cores: weights stay in fp8 in memory"},
		{[]string{"precision.weights=fp8-block"}, "weights stay in fp8 in memory"},
		{[]string{"precision.weights=int4", "precision.activations=fp8"}, "has no fp8 tensor cores: weights stay in int4 in memory"},
		{[]string{"precision.weights=int4", "precision.dense=fp8", "precision.activations=fp8"}, "weights stay in int4 and fp8 in memory"},
		{[]string{"precision.weights=int4"}, ""},
		{[]string{"precision.weights=int8"}, ""},
	} {
		_, p, err := named(t, append(c.settings, "hardware.device=a100-sxm-80gb")...).Resolve()
		if err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(p.Warnings, "\n")
		if c.words == "" && strings.Contains(warnings, "tensor cores") || !strings.Contains(warnings, c.words) {
			t.Errorf("%v: %q, want %q", c.settings, warnings, c.words)
		}
	}
}

// TensorRT-LLM serves checkpoints in either kind of fp8 with an fp8 cache unless it is told otherwise; vLLM
// keeps the cache of the activations' width, and so does TensorRT-LLM for other checkpoints.
func TestCachesThatFollowTheCheckpoint(t *testing.T) {
	for _, c := range []struct{ engine, weights, asked, want string }{
		{"trtllm", "fp8", "", "fp8"}, {"trtllm", "fp8-block", "", "fp8"}, {"trtllm", "bf16", "", "bf16"},
		{"trtllm", "fp8-block", "bf16", "bf16"}, {"vllm", "fp8", "", "bf16"}, {"vllm", "fp8-block", "", "bf16"},
	} {
		settings := []string{"engine.policy=" + c.engine, "precision.weights=" + c.weights}
		if c.asked != "" {
			settings = append(settings, "precision.kv="+c.asked)
		}
		s, _, err := named(t, settings...).Resolve()
		if err != nil || s.Precision.KV != c.want {
			t.Errorf("%s with %s weights keeps a cache in %s, want %s; %v", c.engine, c.weights, s.Precision.KV, c.want, err)
		}
	}
}

// NVIDIA's nvfp4 checkpoints leave parts in bf16: of DeepSeek-R1's attention all but the output projections,
// of Kimi-K2 all but routed experts. A layer's attention is DeepSeek-V3's (arXiv:2412.19437, §4.2).
func TestNVFP4IsNVIDIAsCheckpoint(t *testing.T) {
	weights := func(model string, settings ...string) (bytes float64, p Precision) {
		t.Helper()
		s := Empty("")
		setAll(t, s, append([]string{"model.name=" + model, "hardware.device=b200-sxm-180gb", "hardware.gpus=8",
			"parallel.tp=8", "precision.weights=nvfp4"}, settings...)...)
		resolved, parts, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		return float64(parts.Model.WeightBytes(&parts.Plan.Precision)), resolved.Precision
	}
	const narrow = 4.5 / 8
	left := 61.0 * (7168*1536 + 1536*128*192 + 7168*576 + 512*128*256)
	output := 61.0 * 128 * 128 * 7168
	all, _ := weights("deepseek-r1", "precision.attention=nvfp4")
	for _, c := range []struct {
		setting string
		extra   float64 // bytes more than all in nvfp4
	}{
		{"precision.experts=nvfp4", left * (2 - narrow)},
		{"precision.attention=bf16", left * (2 - narrow)}, // as the checkpoint has it
		{"precision.attention=fp8", (left + output) * (1 - narrow)},
	} {
		if got, _ := weights("deepseek-r1", c.setting); got-all != c.extra {
			t.Errorf("deepseek-r1 with %s: %g bytes more than all in nvfp4, want %g", c.setting, got-all, c.extra)
		}
	}
	for engine, cache := range map[string]string{
		"engine.policy=trtllm": "fp8", "engine.policy=vllm": "fp8", "engine.version=0.13.0": "bf16", "engine.policy=sglang": "bf16",
	} {
		_, p := weights("kimi-k2.5", engine)
		want := "bf16 bf16 nvfp4 nvfp4 " + cache
		if got := strings.Join([]string{p.Attention, p.Dense, p.Experts, p.Activations, p.KV}, " "); got != want {
			t.Errorf("kimi-k2.5 with %s: %s, want %s", engine, got, want)
		}
	}
}
