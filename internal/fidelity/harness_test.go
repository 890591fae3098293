package fidelity

import (
	"fmt"
	"testing"
)

// What a script sets is filled in where a row of its benchmark leaves it empty, and nowhere else.
func TestRowsAsScripted(t *testing.T) {
	deepseek := Row{Engine: "trtllm", Model: "deepseek-ai/DeepSeek-V3", System: "h200_sxm", Weights: "fp8", DPAttention: 1,
		InputTokens: 1024, OutputTokens: 8192, LengthMinFraction: 0.8, Concurrency: 32}
	with := func(change func(*Row)) Row { r := deepseek; change(&r); return r }
	for _, c := range []struct {
		row  Row
		want string // tokens of a step, of prompts, sequences, cache, memory, version
	}{
		{deepseek, "1152 0 0 fp8 0.75 1.1.0rc2"},
		{with(func(r *Row) { r.EngineVersion = "gpt-oss-dev" }), "1152 0 0 fp8 0.75 1.1.0rc2"},
		{with(func(r *Row) { r.EngineVersion = "1.2.0rc5" }), "8192 0 0 fp8 0.75 1.2.0rc5"},
		{with(func(r *Row) { r.MaxNumBatchedTokens, r.KV, r.GPUMemoryUtilization = 4096, "bf16", 0.9 }),
			"4096 0 0 bf16 0.9 1.1.0rc2"},
		{with(func(r *Row) { r.System, r.DPAttention, r.Concurrency = "b200_sxm", 8, 512 }), "1152 0 0 fp8 0.8 1.1.0rc2"},
		{with(func(r *Row) { r.Model = "openai/gpt-oss-120b" }), "20000 0 32  0.85 1.1.0rc0"},
		{with(func(r *Row) { r.Engine = "sglang" }), "32768 32768 0  0.82 0.5.3rc1"},
		{with(func(r *Row) { r.Engine = "vllm" }), "0 0 0  0 0.11.0"},
		{with(func(r *Row) { r.LengthMinFraction = 1 }), "0 0 0  0 "},
		{with(func(r *Row) { r.InputTokens = 2048 }), "0 0 0  0 "},
		{with(func(r *Row) { r.Requests = 100 }), "0 0 0  0 "},
		{with(func(r *Row) { r.Requests = 320 }), "1152 0 0 fp8 0.75 1.1.0rc2"},
		{with(func(r *Row) { r.Model = "Qwen/Qwen3-32B" }), "0 0 0  0 "},
	} {
		r := c.row.asScripted()
		got := fmt.Sprint(r.MaxNumBatchedTokens, r.MaxPrefillTokens, r.MaxNumSeqs, " ", r.KV, " ", r.GPUMemoryUtilization,
			" ", r.EngineVersion)
		if got != c.want {
			t.Errorf("%+v: %q, by hand %q", c.row, got, c.want)
		}
	}
}
