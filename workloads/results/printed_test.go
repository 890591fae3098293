package results_test

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/workloads/results"
)

const (
	printedServe  = "vllm bench serve and sglang.bench_serving, printed"
	printedTRTLLM = "trtllm-bench, printed"
	printedAIPerf = "AIPerf and GenAI-Perf, printed"
	printedGuide  = "GuideLLM, printed"
	printedBatch  = "sglang.bench_one_batch, bench_one_batch_server, printed"
	printedAll    = "vllm bench throughput, vllm bench latency and sglang.bench_offline_throughput, printed"
)

// printed is what each printed report of testdata holds, read off the file by eye; its form is that which the
// tool's own documents and issues show.
var printed = map[string]reading{
	"sglang-printed-gaps.log": {printedServe, []results.Result{{
		Engine: "sglang", Rate: 128, Concurrency: 512,
		Means: results.Means{Requests: 1024, Input: 1024, Output: 128, TTFT: 120500.25, TPOT: 169.5,
			Answered: 3.57},
	}}},
	"trtllm-printed.log": {printedTRTLLM, []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "tensorrt-llm", Concurrency: 96,
		Deployed: results.Deployed{System: "NVIDIA H200", GPUs: 2, TP: 2, PP: 1, Weights: "fp8", KV: "fp8", EngineVersion: "1.2.0"},
		Means: results.Means{Requests: 100, Input: 128, Output: 256, TTFT: 162.67, TPOT: 7.3272,
			Answered: 86.54},
	}}},
	"trtllm-overview.txt": {printedTRTLLM, []results.Result{{
		Engine: "tensorrt-llm",
		Means:  results.Means{Input: unknown, Output: unknown, TTFT: 425.9885, TPOT: 3.2344, Answered: 0.2678},
	}}},
	"aiperf-printed.txt": {printedAIPerf, []results.Result{{
		Model: "Qwen/Qwen3-0.6B", Concurrency: 2,
		Means: results.Means{Requests: 10, Input: 5.5, Output: 779.5, TTFT: 1219.99, TPOT: 3.75, Answered: 0.66},
	}}},
	"genai-perf-printed.txt": {printedAIPerf, []results.Result{{
		Concurrency: 4,
		Means:       results.Means{Input: 200, Output: 103.46, TTFT: 13.68, TPOT: 1.86, Answered: 4.87},
	}}},
	"genai-perf-first.txt": {printedAIPerf, []results.Result{{
		Means: results.Means{Input: 550, Output: 331, TTFT: 110.62343, TPOT: unknown},
	}}},
	"evalscope-printed.log": {"evalscope perf, printed", []results.Result{{
		Concurrency: 200, Failed: 2,
		Means: results.Means{Requests: 398, Input: 1083.2, Output: 1024, TTFT: 1307.1, TPOT: 29,
			Answered: 6.3492},
	}}},
	"vllm-multi-turn.txt": {"vllm benchmark_serving_multi_turn, printed", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "vllm",
		Means: results.Means{Requests: 166, Input: 2006.2, Output: 100.01, TTFT: 78.22, TPOT: 25.37,
			Answered: 0.769},
	}}},
	"sglang-multi-turn.jsonl": {"sglang bench_multiturn", []results.Result{
		{Engine: "sglang", Rate: 16, Means: ttftAlone(960, 512, 14.2)},
		{Engine: "sglang", Rate: 8, Means: ttftAlone(960, 128, 7.75)},
	}},
	"sglang-offline.jsonl": {"sglang.bench_offline_throughput", []results.Result{{
		Engine: "sglang", Rate: math.Inf(1), Means: untimed(2000, 313, 194, 11.594),
	}}},
	"sglang-offline-printed.log": {printedAll, []results.Result{{
		Engine: "sglang", Rate: math.Inf(1), Means: untimed(2000, 313, 194, 11.6),
	}}},
	// of the second run its rates alone are printed
	"vllm-throughput-printed.txt": {printedAll, []results.Result{
		{Model: "Qwen/Qwen3-8B", Engine: "vllm", Rate: math.Inf(1), Means: untimed(200, 1024, 128, 1.84)},
		{Model: "Qwen/Qwen3-8B", Engine: "vllm", Rate: math.Inf(1), Means: untimed(200, unknown, unknown, 81.74)},
	}},
	"vllm-latency-printed.txt": {printedAll, []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "vllm", Concurrency: 8,
		Means: results.Means{Requests: 8, Input: 256, Output: 128, TTFT: unknown, TPOT: unknown, Whole: 1234},
	}}},
	"sglang-one-batch-printed.txt": {printedBatch, []results.Result{{
		Model: "Qwen/Qwen2-7B-Instruct", Engine: "sglang", Concurrency: 4,
		Means: results.Means{Requests: 4, Input: 1024, Output: 128, TTFT: 371.83, TPOT: 11.83},
	}}},
	// (12.55 - 0.33) s over 1,023 steps
	"sglang-one-batch-server-printed.txt": {printedBatch, []results.Result{{
		Engine: "sglang", Concurrency: 16,
		Means: results.Means{Requests: 16, Input: 1024, Output: 1024, TTFT: 330, TPOT: 12220. / 1023},
	}}},
	"guidellm-printed.txt": {printedGuide, []results.Result{{
		Concurrency: 1,
		Means:       results.Means{Requests: 30, Input: 512.3, Output: 256, TTFT: 59.8, TPOT: 16.8, Answered: 0.23},
	}, {
		Concurrency: 16, Failed: 1,
		Means: results.Means{Requests: 32, Input: 512.5, Output: 255, TTFT: 817.7, TPOT: 26.7, Answered: 3.89},
	}, {
		Rate:  0.69,
		Means: results.Means{Requests: 30, Input: 512.1, Output: 256, TTFT: 71.9, TPOT: 17.5, Answered: 0.65},
	}}},
	"guidellm-printed-medians.txt": {printedGuide, []results.Result{{
		Concurrency: 4,
		Means:       results.Means{Requests: 30, Input: 546, Output: 256, TTFT: 120.5, TPOT: 16, Answered: 1},
	}, {
		Rate:  2,
		Means: results.Means{Requests: 120, Input: 546, Output: 256, TTFT: 150.5, TPOT: 19, Answered: 2},
	}}},
	"llama-bench-printed.md": {"llama-bench and llama-batched-bench, printed", []results.Result{{
		Model: "llama 8B Q4_K - Medium", Engine: "llama.cpp", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 80, TPOT: 8},
	}}},
	"llama-batched-printed.txt": {"llama-bench and llama-batched-bench, printed", []results.Result{{
		Engine: "llama.cpp", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 71, TPOT: 10},
	}, {
		Engine: "llama.cpp", Concurrency: 8,
		Means: results.Means{Requests: 8, Input: 512, Output: 128, TTFT: 508, TPOT: 20},
	}}},
	"llama-batched.jsonl": {"llama-batched-bench", []results.Result{{
		Engine: "llama.cpp", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 128, Output: 128, TTFT: 250, TPOT: 30},
	}, {
		Engine: "llama.cpp", Concurrency: 2,
		Means: results.Means{Requests: 2, Input: 128, Output: 128, TTFT: 500, TPOT: 40},
	}}},
	"hypercomputer.json": {"inference-benchmark (AI Hypercomputer)", []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "vllm", Rate: 4,
		Means: results.Means{Requests: 198, Input: 512, Output: 200, TTFT: 250, TPOT: 21, Answered: 4},
	}}},
	"hypercomputer-printed.txt": {"inference-benchmark (AI Hypercomputer), printed", []results.Result{{
		Model: "deepseek-ai/DeepSeek-R1", Rate: 2, Failed: 1,
		Means: results.Means{Requests: 119, Input: 90, Output: 217.32, TTFT: 510, TPOT: 80, Answered: 1.04},
	}}},
	"openai-answers.jsonl": {logs, []results.Result{{ // the list of choices is no list of calls
		Model: "m",
		Requests: []results.Request{
			{Start: 1700000000, Input: 12, Output: 34, TTFT: unknown, E2E: unknown},
			{Start: 1700000003, Input: 15, Output: 4, TTFT: unknown, E2E: unknown},
		},
		Means: results.Means{Requests: 2, Input: 13.5, Output: 19, TTFT: unknown, TPOT: unknown},
	}}},
	"openai-calls.jsonl": {logs, []results.Result{{
		Model: "m",
		Requests: []results.Request{
			{Start: 1700000000, Input: 12, Output: 34, TTFT: unknown, E2E: unknown},
			{Start: 1700000005, Input: 13, Output: 35, TTFT: unknown, E2E: unknown},
		},
		Means: results.Means{Requests: 2, Input: 12.5, Output: 34.5, TTFT: unknown, TPOT: unknown},
	}}},
	"jetstream.json": {"JetStream, every request", []results.Result{{
		Requests: []results.Request{
			{Start: unknown, Input: 9, Output: 64, TTFT: 0.2, E2E: 2.5},
			{Start: unknown, Input: 10, Output: 80, TTFT: 0.25, E2E: 3.5},
		},
		Means: results.Means{Requests: 2, Input: 9.5, Output: 72, TTFT: 225, TPOT: (2300./63 + 3250./79) / 2},
	}}},
	"ollama.jsonl": {"Ollama, answers", []results.Result{{
		Model: "llama3.2", Engine: "ollama",
		Requests: []results.Request{
			{Start: 1691176955, Input: 26, Output: 251, TTFT: 6.5, E2E: 10.5},
			{Start: 1691176975, Input: 40, Output: 101, TTFT: 0.25, E2E: 5.25},
		},
		Means: results.Means{Requests: 2, Input: 33, Output: 176, TTFT: 3375, TPOT: (16 + 50) / 2},
	}}},
	"mlperf-detail.txt": {"MLPerf, detailed log", []results.Result{{
		Rate:  10,
		Means: results.Means{Requests: 6000, Input: unknown, Output: 300, TTFT: 412, TPOT: 38.75, Answered: 9.8},
	}}},
}

func init() {
	for name, reading := range printed {
		expected[name] = reading
	}
}

func untimed(requests int, input, output, answered float64) results.Means {
	return results.Means{Requests: requests, Input: input, Output: output, TTFT: unknown, TPOT: unknown,
		Answered: answered}
}

func ttftAlone(requests int, ttft, answered float64) results.Means {
	return results.Means{Requests: requests, Input: unknown, Output: unknown, TTFT: ttft, TPOT: unknown,
		Answered: answered}
}

// A report is found however much a log holds before it.
func TestPrintedReportsAreFoundInLogs(t *testing.T) {
	noise := strings.Repeat("INFO 01-12 10:20:30 [core.py:77] Capturing CUDA graphs: 97%\n", 3000)
	for name, want := range printed {
		if !strings.HasSuffix(want.format, ", printed") {
			continue
		}
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		f, from := results.Find(io.MultiReader(strings.NewReader(noise), bytes.NewReader(content)))
		if f == nil || f.Name != want.format {
			t.Errorf("%s behind a log is taken for %v", name, f)
			continue
		}
		runs, err := f.Read(name, from)
		if err != nil || len(runs) != len(want.runs) {
			t.Errorf("%s behind a log has %d runs, %v", name, len(runs), err)
		}
	}
	if f, _ := results.Find(strings.NewReader(noise)); f != nil {
		t.Errorf("noise is taken for %s", f.Name)
	}
}
