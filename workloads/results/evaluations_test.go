package results_test

import (
	"maps"
	"math"

	"github.com/roofserve/roofserve/workloads/results"
)

// Files of testdata that were written down from what their tools are known to write, before any was tried,
// with what they hold.
var expectedEvaluations = map[string]reading{
	"inspect.json": {"Inspect, logs of evaluations", []results.Result{{
		Model: "openai/gpt-4o",
		Requests: []results.Request{
			{Start: 1746093600, Input: 100, Output: 40, TTFT: unknown, E2E: 1.2},
			{Start: 1746093601, Input: 101, Output: 40, TTFT: unknown, E2E: 1.2},
			{Start: 1746093602, Input: 102, Output: 40, TTFT: unknown, E2E: 1.2},
			{Start: 1746093603, Input: 103, Output: 40, TTFT: unknown, E2E: 1.2},
			{Start: 1746093604, Input: 104, Output: 40, TTFT: unknown, E2E: 1.2},
		},
		Means: results.Means{Requests: 5, Input: 102, Output: 40, TTFT: unknown, TPOT: unknown},
	}}},
	"inspect-sample.json": {"Inspect, logs of evaluations", []results.Result{{
		Model:    "openai/gpt-4o",
		Requests: []results.Request{{Start: 1767225610, Input: 130, Output: 12, TTFT: unknown, E2E: 0.8}},
		Means:    results.Means{Requests: 1, Input: 130, Output: 12, TTFT: unknown, TPOT: unknown},
	}}},
	"helm.json": {"HELM, every request", []results.Result{{ // 1,009 characters
		Requests: []results.Request{
			{Start: 1700000000, Input: 253, Output: 3, TTFT: unknown, E2E: 0.81},
			{Start: 1700000001, Input: 253, Output: 3, TTFT: unknown, E2E: 0.81},
			{Start: 1700000002, Input: 253, Output: 3, TTFT: unknown, E2E: 0.81},
			{Start: 1700000003, Input: 253, Output: 3, TTFT: unknown, E2E: 0.81},
		},
		Means: results.Means{Requests: 4, Input: 253, Output: 3, TTFT: unknown, TPOT: unknown},
	}}},
	"llama-timings.log": {"llama.cpp and Ollama, timings printed", []results.Result{{
		Engine:   "llama.cpp",
		Requests: []results.Request{{Start: unknown, Input: 512, Output: 128, TTFT: 0.25, E2E: 1.53}},
		Means:    results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 250, TPOT: 1280. / 127},
	}}},
	"ollama-verbose.txt": {"llama.cpp and Ollama, timings printed", []results.Result{{
		Engine:   "ollama",
		Requests: []results.Request{{Start: unknown, Input: 26, Output: 259, TTFT: 0.130079, E2E: 4.362789}},
		Means:    results.Means{Requests: 1, Input: 26, Output: 259, TTFT: 130.079, TPOT: 4232.71 / 258},
	}}},
	"llama-bench.csv": {"llama-bench", []results.Result{{
		Model: "m", Engine: "llama.cpp", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 100, TPOT: 1000. / 128},
	}}},
	"lmdeploy-printed.txt": {"LMDeploy, printed", []results.Result{{
		Engine: "lmdeploy", Concurrency: 64,
		Means: results.Means{Requests: 5000, Input: 1136185. / 5000, Output: 1015555. / 5000, TTFT: 456, TPOT: 20,
			Answered: 12.3},
	}}},
	"gpt-manager.txt": {"TensorRT-LLM's C++ benchmarks, printed", []results.Result{{
		Engine: "tensorrt-llm",
		Means: results.Means{Requests: 100, Input: unknown, Output: unknown, TTFT: 250.5, TPOT: 20.5,
			Answered: 3.33},
	}}},
	"gpt-session.txt": {"TensorRT-LLM's C++ benchmarks, printed", []results.Result{{
		Engine: "tensorrt-llm", Concurrency: 8,
		Means: results.Means{Requests: 8, Input: 512, Output: 128, TTFT: unknown, TPOT: unknown, Whole: 1204.4},
	}}},
	"vllm-sweep.csv": {"vllm bench sweep, summary as CSV", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Rate: math.Inf(1), Concurrency: 8,
		Deployed: results.Deployed{TP: 1},
		Means:    results.Means{Requests: 100, Input: 1024, Output: 128, TTFT: 85.2, TPOT: 8.5, Answered: 1.996},
	}, {
		Model: "meta-llama/Llama-3.1-8B-Instruct", Rate: math.Inf(1), Concurrency: 16,
		Deployed: results.Deployed{TP: 1},
		Means:    results.Means{Requests: 100, Input: 1024, Output: 128, TTFT: 125.2, TPOT: 10.5, Answered: 3.32},
	}}},
	"multi-round-qa.csv": {logs, []results.Result{{
		Requests: []results.Request{
			{Start: 1715000000.1, Input: 1012, Output: 100, TTFT: 0.25, E2E: 2.35},
			{Start: 1715000001, Input: 1012, Output: 100, TTFT: 0.3, E2E: 2.5},
			{Start: 1715000010.2, Input: 1120, Output: 100, TTFT: 0.12, E2E: 2.1},
		},
		Means: results.Means{Requests: 3, Input: 3144. / 3, Output: 100, TTFT: 670. / 3, TPOT: 6280. / 99 / 3},
	}}},
	"envoy.jsonl":      {logs, gateway("", 1740830400.123, 100, 50, 1.234)},
	"portkey.jsonl":    {logs, gateway("", 1735689600, 300, 40, 1.2)},
	"cloudflare.jsonl": {logs, gateway("m", 1735689600, 300, 40, 1.2)},
}

func init() { maps.Copy(expected, expectedEvaluations) }

// gateway is four calls, a second and a token of a prompt apart.
func gateway(model string, start float64, input, output int, took float64) []results.Result {
	r := results.Result{Model: model}
	r.Means = results.Means{Requests: 4, Input: float64(input) + 1.5, Output: float64(output),
		TTFT: unknown, TPOT: unknown}
	for i := range 4 {
		r.Requests = append(r.Requests, results.Request{Start: start + float64(i), Input: input + i, Output: output,
			TTFT: unknown, E2E: took})
	}
	return []results.Result{r}
}
