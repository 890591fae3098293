package results_test

import (
	"maps"
	"math"

	"github.com/roofserve/roofserve/workloads/results"
)

// codexBegan is 2025-10-02 09:00:01.100 UTC, when the first call of codex.jsonl was sent.
const codexBegan = 1759395601.1

// expectedSimulators is what the results of simulators, of other forms of vLLM's benchmark and of programs on
// one machine hold.
var expectedSimulators = map[string]reading{
	"llmservingsim.csv": {"LLMServingSim, every request", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B",
		Requests: []results.Request{
			{Start: 0, Input: 128, Output: 5, TTFT: 0.05, E2E: 0.09},
			{Start: 0.1, Input: 256, Output: 3, TTFT: 0.06, E2E: 0.1},
		},
		Means: results.Means{Requests: 2, Input: 192, Output: 4, TTFT: 55, TPOT: 15},
	}}},
	"inference-sim.json": {"inference-sim (BLIS)", []results.Result{{
		Requests: []results.Request{
			{Start: 0, Input: 100, Output: 11, TTFT: 0.1, E2E: 0.3},
			{Start: 1, Input: 200, Output: 21, TTFT: 0.2, E2E: 0.6},
		},
		Means: results.Means{Requests: 2, Input: 150, Output: 16, TTFT: 150, TPOT: 20},
	}}},
	"vllm-pytorch.json": {"vllm bench serve, for PyTorch's database", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "vllm", Rate: math.Inf(1), Concurrency: 16,
		Deployed: results.Deployed{TP: 2},
		Means:    results.Means{Requests: 200, Input: 1024, Output: 128, TTFT: 120.5, TPOT: 9.5, Answered: 3.5},
	}}},
	"llama-bench.sql": {"llama-bench, SQL", []results.Result{{
		Model: "llama-3.1-8b-q4_k_m", Engine: "llama.cpp", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 64, TPOT: 8},
	}}},
	"mlx-printed.txt": {"mlx-lm, printed", []results.Result{{
		Engine:   "mlx-lm",
		Requests: []results.Request{{Start: unknown, Input: 512, Output: 128, TTFT: 0.5, E2E: 2.5}},
		Means:    results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 500, TPOT: 2000. / 127},
	}}},
	// the second answer's prompt, of which 5,120 tokens were in the cache; the session's sums are no call's
	"codex.jsonl": {"sessions of Codex", []results.Result{{
		Model: "gpt-5-codex",
		Requests: []results.Request{
			{Start: codexBegan, Input: 5000, Output: 200, TTFT: unknown, E2E: 7.9},
			{Start: codexBegan + 9.4, Input: 5600, Output: 100, TTFT: unknown, E2E: 4.5},
		},
		Means: results.Means{Requests: 2, Input: 5300, Output: 150, TTFT: unknown, TPOT: unknown},
	}}},
}

func init() { maps.Copy(expected, expectedSimulators) }
