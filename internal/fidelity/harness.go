package fidelity

import (
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/release"
)

// InferenceMAX, now InferenceX, is the public benchmark that rows of spread lengths are from. They do not
// state all that its scripts set: what a row leaves empty is filled in from those (SemiAnalysisAI/InferenceX,
// benchmarks/MODEL_FORMAT_GPU.sh, and the images of its configurations).

// scripted tells whether a row is one of InferenceMAX, by what all of its deployments have in common.
func (r *Row) scripted() bool {
	if r.Concurrency == 0 || r.LengthMinFraction != 0.8 ||
		r.Requests != 0 && r.Requests != requestsPerUser*r.Concurrency {
		return false
	}
	switch [2]int{r.InputTokens, r.OutputTokens} {
	case [2]int{1024, 1024}, [2]int{1024, 8192}, [2]int{8192, 1024}:
		return true
	}
	return false
}

// script is what one of its scripts sets. Empty fields are the engine's defaults.
type script struct {
	engine, model, system, weights string // that it is for: parts of their names

	version               string // of the image in October 2025; rows of later ones state their version
	kv                    string
	memory                float64 // the share of it, as the engine counts
	tokens, prefill, seqs func(*Row) int
}

// scripts are those of the settings that matter; the first that fits counts.
var scripts = []script{
	// dsr1_fp8_h200_trt, dsr1_fp8_b200_trt, dsr1_fp4_b200_trt: the image 1.1.0rc2.post2
	{engine: "trtllm", model: "DeepSeek-", system: "h200", version: "1.1.0rc2", kv: "fp8", memory: 0.75, tokens: onePrompt},
	{engine: "trtllm", model: "DeepSeek-", version: "1.1.0rc2", kv: "fp8", memory: 0.8, tokens: onePrompt},
	// gptoss_fp4_h200_trt, gptoss_fp4_b200_trt: the image gpt-oss-dev, which 1.1.0rc1 replaced in NVIDIA's guide
	{engine: "trtllm", model: "gpt-oss-", system: "h200", version: "1.1.0rc0", memory: 0.85, tokens: always(20000), seqs: users},
	{engine: "trtllm", model: "gpt-oss-", version: "1.1.0rc0", kv: "fp8", memory: 0.85, tokens: always(20000)},
	// dsr1_fp8_h200, dsr1_fp8_b200, dsr1_fp4_b200: the image v0.5.3rc1
	{engine: "sglang", model: "DeepSeek-", system: "h200", version: "0.5.3rc1", memory: 0.82,
		tokens: always(32768), prefill: always(32768)},
	{engine: "sglang", model: "DeepSeek-", system: "b200", weights: "fp8", version: "0.5.3rc1", kv: "fp8", memory: 0.82,
		tokens: always(32768), prefill: always(32768)},
	{engine: "sglang", model: "DeepSeek-", system: "b200", version: "0.5.3rc1", kv: "fp8", memory: 0.85, tokens: always(16384)},
	// qwen3.5_fp8_h200
	{engine: "sglang", model: "Qwen3.5-", system: "h200", kv: "fp8", memory: 0.8, tokens: always(16384), prefill: always(16384)},
	// gptoss_fp4_b200
	{engine: "vllm", model: "gpt-oss-", system: "b200", version: "0.11.0", kv: "fp8"},
	{engine: "vllm", version: "0.11.0"},
}

func users(r *Row) int { return r.Concurrency }

func always(n int) func(*Row) int { return func(*Row) int { return n } }

// onePrompt is the scripts' MAX_NUM_TOKENS for DeepSeek under TensorRT-LLM: room for one prompt beside what
// decodes. Later ones, of versions that rows state, have at least 8,192.
func onePrompt(r *Row) int {
	tokens := 64 * units.CeilDiv(r.Concurrency/r.DPAttention+r.InputTokens+64, 64)
	if release.Is(r.EngineVersion) {
		return max(8192, tokens)
	}
	return tokens
}

// asScripted is the row with what its script sets.
func (r *Row) asScripted() *Row {
	if !r.scripted() {
		return r
	}
	for i := range scripts {
		s := &scripts[i]
		if s.engine == r.Engine && strings.Contains(r.Model, s.model) && strings.Contains(r.System, s.system) &&
			strings.Contains(r.Weights, s.weights) {
			return s.fill(*r)
		}
	}
	return r
}

// fill is a row with the script's settings where it has none.
func (s *script) fill(r Row) *Row {
	for _, of := range []struct {
		value *int
		set   func(*Row) int
	}{{&r.MaxNumBatchedTokens, s.tokens}, {&r.MaxPrefillTokens, s.prefill}, {&r.MaxNumSeqs, s.seqs}} {
		if of.set != nil && *of.value == 0 {
			*of.value = of.set(&r)
		}
	}
	if r.KV == "" {
		r.KV = s.kv
	}
	if r.GPUMemoryUtilization == 0 {
		r.GPUMemoryUtilization = s.memory
	}
	if s.version != "" && !release.Is(r.EngineVersion) {
		r.EngineVersion = s.version
	}
	return &r
}
