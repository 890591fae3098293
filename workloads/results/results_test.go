package results_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/roofserve/roofserve/workloads/results"
)

var unknown = math.NaN()

// reading is of which format a file is, and what it holds.
type reading struct {
	format string
	runs   []results.Result
}

// expected is what each file of testdata, written in the form that its format's source describes, holds: read
// off the file by eye.
var expected = map[string]reading{
	"vllm-detailed.json": {"vllm bench serve", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "vllm", Rate: math.Inf(1), Concurrency: 2, Failed: 1,
		Requests: []results.Request{
			{Start: 1001.5, Input: 100, Output: 4, TTFT: 0.05, E2E: 0.08},
			{Start: 1001.25, Input: 110, Output: 3, TTFT: 0.06, E2E: 0.1},
			{Start: 1002.5, Input: 120, Output: 2, TTFT: 0.07, E2E: 0.1},
		},
		Means: results.Means{Requests: 3, Input: 110, Output: 3, TTFT: 60, TPOT: 20, Answered: 0.92},
	}}},
	"vllm-summary.json": {"vllm bench serve", []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "vllm", Rate: 4,
		Means: results.Means{Requests: 200, Input: 1024, Output: 128, TTFT: 71.5, TPOT: 11.25,
			Answered: 3.79},
	}}},
	"sglang.jsonl": {"sglang.bench_serving", []results.Result{{
		Engine: "sglang", Rate: 8,
		Requests: []results.Request{
			{Start: unknown, Input: 1000, Output: 120, TTFT: 0.08, E2E: 1.27},
			{Start: unknown, Input: 500, Output: 80, TTFT: 0.06, E2E: 0.85},
		},
		Means: results.Means{Requests: 2, Input: 750, Output: 100, TTFT: 70, TPOT: 10, Answered: 0.1},
	}, {
		Engine: "sglang", Concurrency: 16,
		Means: results.Means{Requests: 64, Input: 1024, Output: 128, TTFT: 90.5, TPOT: 9.5},
	}}},
	"sglang-printed.txt": {"vllm bench serve and sglang.bench_serving, printed", []results.Result{{
		Engine: "sglang", Rate: 2,
		Means: results.Means{Requests: 996, Input: 342460. / 996, Output: 218257. / 996, TTFT: 2074.09, TPOT: 1.76,
			Answered: 3.77},
	}, {
		Engine: "sglang", Rate: 4,
		Means: results.Means{Requests: 996, Input: 342460. / 996, Output: 218257. / 996, TTFT: 2074.09, TPOT: 1.76,
			Answered: 3.83},
	}}},
	"vllm-printed.txt": {"vllm bench serve and sglang.bench_serving, printed", []results.Result{{
		Failed: 3, Concurrency: 32,
		Means: results.Means{Requests: 32, Input: 2048, Output: 2048, TTFT: 7279.56, TPOT: 70.14,
			Answered: 0.21},
	}}},
	"aibrix-client.jsonl": {"AIBrix's client, every request", []results.Result{{
		Requests: []results.Request{
			{Start: unknown, Input: 217, Output: 66, TTFT: unknown, E2E: 2.47},
			{Start: 10199141.594327, Input: 244, Output: 77, TTFT: 0.130273, E2E: 3.013468},
			{Start: 10199143.594354, Input: 979, Output: 35, TTFT: 0.23865, E2E: 1.523174},
		},
		Means: results.Means{Requests: 3, Input: 480, Output: 178. / 3, TTFT: 184.46115,
			TPOT: (37.936784 + 37.780731) / 2},
	}}},
	"inferencex.json": {"InferenceX (InferenceMAX), collected", []results.Result{{
		Model: "moonshotai/Kimi-K2.5", Engine: "vllm", Concurrency: 32,
		Deployed: results.Deployed{System: "mi355x", GPUs: 8, TP: 8, Weights: "int4"},
		Means:    results.Means{Input: 8192, Output: 1024, TTFT: 2509.4217, TPOT: 224.10636},
	}}},
	"llmperf-requests.json": {"LLMPerf, every request", []results.Result{{
		Failed: 1,
		Requests: []results.Request{
			{Start: unknown, Input: 550, Output: 121, TTFT: 0.5, E2E: 2},
			{Start: unknown, Input: 500, Output: 11, TTFT: 0.25, E2E: 0.5},
		},
		Means: results.Means{Requests: 2, Input: 525, Output: 66, TTFT: 375, TPOT: 18.75},
	}}},
	// its time between tokens counts the first one too
	"llmperf-summary.json": {"LLMPerf, summary", []results.Result{{
		Model: "meta-llama/Llama-2-70b-chat-hf", Concurrency: 5,
		Means: results.Means{Requests: 98, Input: 550.5, Output: 151, TTFT: 500, TPOT: 10},
	}}},
	"trtllm.json": {"trtllm-bench", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B", Engine: "tensorrt-llm", Concurrency: 64,
		Deployed: results.Deployed{GPUs: 1, TP: 1, PP: 1, KV: "fp8"},
		Means: results.Means{Requests: 1000, Input: 1024, Output: 128, TTFT: 120.5, TPOT: 22.25,
			Answered: 20},
		Notes: []string{"does not say how many requests were kept in flight: the mean that were is taken"},
	}}},
	"guidellm-0.2.json": {"GuideLLM", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Rate: 2.5, Failed: 1,
		Requests: []results.Request{
			{Start: 1747000001.5, Input: 256, Output: 11, TTFT: 0.1, E2E: 0.3},
			{Start: 1747000001, Input: 240, Output: 1, TTFT: 0.12, E2E: 0.125},
		},
		Means: results.Means{Requests: 2, Input: 248, Output: 6, TTFT: 110, TPOT: 20},
	}}},
	"guidellm-0.5.json": {"GuideLLM", []results.Result{{
		Model: "Qwen/Qwen3-8B", Concurrency: 8, Failed: 1,
		Requests: []results.Request{{Start: 1760000000.25, Input: 1024, Output: 101, TTFT: 0.05, E2E: 1}},
		Means:    results.Means{Requests: 1, Input: 1024, Output: 101, TTFT: 50, TPOT: 9.5},
	}}},
	"inference-perf-requests.json": {"inference-perf, every request", []results.Result{{
		Failed: 1,
		Requests: []results.Request{
			{Start: 5000.5, Input: 300, Output: 3, TTFT: 0.1, E2E: 0.3},
			{Start: 5000, Input: 200, Output: 2, TTFT: 0.25, E2E: 0.5},
		},
		Means: results.Means{Requests: 2, Input: 250, Output: 2.5, TTFT: 175, TPOT: 175},
	}}},
	"inference-perf-summary.json": {"inference-perf, summary", []results.Result{{
		Rate: 4, Failed: 2,
		Means: results.Means{Requests: 118, Input: 510, Output: 101, TTFT: 450, TPOT: 20.5},
	}}},
	"aiperf.jsonl": {"AIPerf, every request", []results.Result{{
		Failed: 1,
		Requests: []results.Request{
			{Start: 1759813207.75, Input: 550, Output: 11, TTFT: 0.2, E2E: 0.3},
			{Start: 1759813207.5, Input: 548, Output: 21, TTFT: 0.1, E2E: 0.5},
		},
		Means: results.Means{Requests: 2, Input: 549, Output: 16, TTFT: 150, TPOT: 15},
	}}},
	"aiperf.json": {"AIPerf and GenAI-Perf, summary", []results.Result{{
		Model: "openai/gpt-oss-20b", Concurrency: 100,
		Means: results.Means{Requests: 89, Input: 550, Output: 243, TTFT: 2343.25, TPOT: 27.75,
			Answered: 9.55},
	}}},
	"aiperf-0.1.json": {"AIPerf and GenAI-Perf, summary", []results.Result{{
		Model: "openai/gpt-oss-20b", Concurrency: 100,
		Means: results.Means{Requests: 89, Input: 550, Output: 243, TTFT: 2343.25, TPOT: 27.75},
	}}},
	"aiperf.csv": {"AIPerf and GenAI-Perf, summary as CSV", []results.Result{{
		Means: results.Means{Requests: 89, Input: 550, Output: 243, TTFT: 2343.25, TPOT: 27.75,
			Answered: 9.55},
	}}},
	"genai-perf.json": {"AIPerf and GenAI-Perf, summary", []results.Result{{
		Model: "Qwen/Qwen3-8B", Concurrency: 4,
		Means: results.Means{Input: 200, Output: 100, TTFT: 42.5, TPOT: 8.5, Answered: 4.5},
	}}},
	"perf-analyzer.json": {"GenAI-Perf, every request", []results.Result{{
		Concurrency: 2,
		Requests: []results.Request{
			{Start: 1747000000.5, Input: 3, Output: 3, TTFT: 0.1, E2E: 0.2},
			{Start: 1747000000, Input: 3, Output: 2, TTFT: 0.25, E2E: 0.3},
		},
		Means: results.Means{Requests: 2, Input: 3, Output: 2.5, TTFT: 175, TPOT: 50},
	}}},
	"otlp.jsonl": {"OpenTelemetry spans", []results.Result{{
		Model: "facebook/opt-125m",
		Requests: []results.Request{
			{Start: 1544712660.5, Input: 38, Output: 16, TTFT: 0.0625, E2E: 0.75},
			{Start: 1544712660, Input: 12, Output: 5, TTFT: unknown, E2E: 0.5},
		},
		Means: results.Means{Requests: 2, Input: 25, Output: 10.5, TTFT: 62.5, TPOT: 687.5 / 15},
	}}},
	"console-spans.json": {"OpenTelemetry spans", []results.Result{{
		Model: "gpt-4o",
		Requests: []results.Request{
			{Start: 1767323045.5, Input: 20, Output: 7, TTFT: unknown, E2E: 0.75},
			{Start: 1767323045, Input: 30, Output: 1, TTFT: unknown, E2E: 0.25},
		},
		Means: results.Means{Requests: 2, Input: 25, Output: 4, TTFT: unknown, TPOT: unknown},
	}}},
	"jaeger.json": {"OpenTelemetry spans", []results.Result{{
		Requests: []results.Request{{Start: 1747000000.5, Input: 64, Output: 8, TTFT: 0.0625, E2E: 0.25}},
		Means:    results.Means{Requests: 1, Input: 64, Output: 8, TTFT: 62.5, TPOT: 187.5 / 7},
	}}},
	"vllm-appended.json": {"vllm bench serve", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "vllm", Rate: math.Inf(1), Concurrency: 16,
		Means: results.Means{Requests: 98, Input: 1024, Output: 128, TTFT: 80.5, TPOT: 9.25, Answered: 7.84},
	}, {
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "vllm", Rate: 4,
		Means: results.Means{Requests: 98, Input: 1024, Output: 128, TTFT: 55.5, TPOT: 8.5, Answered: 7.84},
	}}},
	"vllm-throughput.json": {"vllm bench throughput, vllm bench latency", []results.Result{{
		Engine: "vllm", Rate: math.Inf(1),
		Means: results.Means{Requests: 1000, Input: unknown, Output: unknown, TTFT: unknown, TPOT: unknown,
			Answered: 50},
	}}},
	"vllm-latency.json": {"vllm bench throughput, vllm bench latency", []results.Result{{
		Engine: "vllm",
		Means: results.Means{Input: unknown, Output: unknown, TTFT: unknown, TPOT: unknown,
			Whole: 1250},
	}}},
	"sglang-one-batch.jsonl": {"sglang.bench_one_batch, bench_one_batch_server", []results.Result{{
		Engine: "sglang", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 1024, Output: 128, TTFT: 50, TPOT: 8.1},
	}, {
		Engine: "sglang", Concurrency: 16,
		Means: results.Means{Requests: 16, Input: 1024, Output: 128, TTFT: 200, TPOT: 9.6},
	}}},
	// 1.21 s less 0.081 s are 127 steps
	"sglang-one-batch-server.jsonl": {"sglang.bench_one_batch, bench_one_batch_server", []results.Result{{
		Engine: "sglang", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 1024, Output: 128, TTFT: 81, TPOT: 1129. / 127},
	}, {
		Engine: "sglang", Concurrency: 16,
		Means: results.Means{Requests: 16, Input: 1024, Output: 128, TTFT: 96, TPOT: 1264. / 127},
	}}},
	"sglang-server-info.jsonl": {"sglang.bench_serving", []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "sglang", Rate: 8,
		Deployed: results.Deployed{GPUs: 2, TP: 2, Weights: "fp8", EngineVersion: "0.5.6"},
		Means:    results.Means{Requests: 200, Input: 1024, Output: 128, TTFT: 95, TPOT: 13.4, Answered: 6.6},
	}}},
	"guidellm.csv": {"GuideLLM, summary as CSV", guideRuns(
		512, 128, 4, 40, 60, 15.25, 16, 40, 3, 90, 22.5, 0)},
	"guidellm-0.2.csv": {"GuideLLM, summary as CSV", guideRuns(
		256, 128, 1, 40, 45, 11.25, 4, 80, 4, 70, 21.75, 1)},
	"guidellm.yaml": {"GuideLLM", []results.Result{{
		Model: "Qwen/Qwen3-8B", Concurrency: 4, Failed: 1,
		Requests: []results.Request{
			{Start: 1767607200, Input: 500, Output: 65, TTFT: 0.05, E2E: 1.01},
			{Start: 1767607200.5, Input: 524, Output: 65, TTFT: 0.07, E2E: 1.03},
		},
		Means: results.Means{Requests: 2, Input: 512, Output: 65, TTFT: 60, TPOT: 15},
	}}},
	"guidellm-sampled.json": {"GuideLLM", []results.Result{{
		Model: "Qwen/Qwen3-8B", Rate: 2.5, Failed: 3,
		Requests: []results.Request{{Start: 1767607200, Input: 500, Output: 65, TTFT: 0.05, E2E: 1.01}},
		Means:    results.Means{Requests: 200, Input: 512, Output: 65, TTFT: 60, TPOT: 15},
	}}},
	"genai-bench.json": {"genai-bench", []results.Result{{
		Concurrency: 8, Failed: 1,
		Requests: []results.Request{
			{Start: unknown, Input: 89, Output: 100, TTFT: 0.05, E2E: 1.832},
			{Start: unknown, Input: 90, Output: 100, TTFT: 0.05, E2E: 1.832},
			{Start: unknown, Input: 91, Output: 100, TTFT: 0.05, E2E: 1.832},
		},
		Means: results.Means{Requests: 3, Input: 90, Output: 100, TTFT: 50, TPOT: 18},
	}}},
	"benchmark-report-0.2.yaml": {"llm-d benchmark report", []results.Result{{
		Rate: 2, Failed: 2,
		Means: results.Means{Requests: 118, Input: 512, Output: 64, TTFT: 85, TPOT: 12.5},
	}}},
	"benchmark-report-0.1.yaml": {"llm-d benchmark report", []results.Result{{
		Model: "meta-llama/Llama-3.1-8B-Instruct", Engine: "vllm", Concurrency: 8, Failed: 1,
		Deployed: results.Deployed{System: "NVIDIA H100 80GB HBM3", GPUs: 2, TP: 2, PP: 1},
		Means:    results.Means{Requests: 100, Input: 512, Output: 64, TTFT: 85, TPOT: 12.5},
	}}},
	"litellm.json": {logs, []results.Result{{
		Model: "Qwen/Qwen3-8B", Failed: 1,
		Requests: []results.Request{
			{Start: 1769936400, Input: 500, Output: 100, TTFT: 0.15, E2E: 3},
			{Start: 1769936402.5, Input: 800, Output: 200, TTFT: 0.2, E2E: 4},
		},
		Means: results.Means{Requests: 2, Input: 650, Output: 150, TTFT: 175, TPOT: (2850./99 + 3800./199) / 2},
	}}},
	"langfuse.json": {logs, []results.Result{{
		Model: "gpt-4o",
		Requests: []results.Request{
			{Start: 1767225600, Input: 1200, Output: 90, TTFT: 0.2, E2E: 2},
			{Start: 1767225603, Input: 700, Output: 45, TTFT: 0.3, E2E: 2},
		},
		Means: results.Means{Requests: 2, Input: 950, Output: 67.5, TTFT: 250, TPOT: (1800./89 + 1700./44) / 2},
	}}},
	"mlperf.txt": {"MLPerf, summary", []results.Result{{
		Rate: 10,
		Means: results.Means{Requests: 100, Input: unknown, Output: 2961.5 / 9.87, TTFT: 412, TPOT: 38.75,
			Answered: 9.87},
	}}},
	"evalscope.json": {"evalscope perf, summary", []results.Result{{
		Concurrency: 10, Failed: 1,
		Means: results.Means{Requests: 49, Input: 300, Output: 344, TTFT: 125, TPOT: 16.8, Answered: 1.46},
	}}},
	"inference-benchmarker.json": {"inference-benchmarker (Hugging Face)", []results.Result{{
		Model: "Qwen/Qwen3-8B", Concurrency: 8, Failed: 2,
		Means: results.Means{Requests: 308, Input: 200, Output: 200, TTFT: 75, TPOT: 13.5},
	}}},
	"llama-bench.json": {"llama-bench", []results.Result{{
		Model: "llama-3.1-8b-Q4_K_M", Engine: "llama.cpp", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 512, Output: 128, TTFT: 60, TPOT: 8},
	}}},
	"optimum.json": {"optimum-benchmark", []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "pytorch", Concurrency: 1,
		Means: results.Means{Requests: 1, Input: 128, Output: 64, TTFT: 31, TPOT: 20},
	}}},
	"inferencex-tp2.json": {"InferenceX (InferenceMAX), collected", []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "sglang", Concurrency: 64,
		Deployed: results.Deployed{System: "h200", GPUs: 2, TP: 2, Weights: "fp8"},
		Means:    results.Means{Input: 1024, Output: 1024, TTFT: 210, TPOT: 11.5},
	}}},
	"trtllm-fp8.json": {"trtllm-bench", []results.Result{{
		Model: "Qwen/Qwen3-8B", Engine: "tensorrt-llm", Concurrency: 61,
		Deployed: results.Deployed{GPUs: 2, TP: 2, PP: 1, Weights: "fp8"},
		Means:    results.Means{Requests: 500, Input: 1024, Output: 128, TTFT: 920, TPOT: 40, Answered: 10},
	}}},
}

const logs = "logs of calls (LiteLLM, Langfuse, Helicone, OpenRouter, LangSmith, Phoenix, SageMaker, SGLang, usual names)"

// guideRuns are two runs of GuideLLM of equal lengths: users, answers, ms to the first token and between
// tokens of each, and of the second what failed.
func guideRuns(in, out float64, users, requests int, ttft, gap float64, more, answers, failed int,
	later, slower float64, missed int) []results.Result {
	model := ""
	if in == 512 { // the older table does not say it
		model = "Qwen/Qwen3-8B"
	}
	return []results.Result{{
		Model: model, Concurrency: users, Failed: missed,
		Means: results.Means{Requests: requests, Input: in, Output: out, TTFT: ttft, TPOT: gap},
	}, {
		Model: model, Concurrency: more, Failed: failed,
		Means: results.Means{Requests: answers, Input: in, Output: out, TTFT: later, TPOT: slower},
	}}
}

func read(t testing.TB, content []byte) (string, []results.Result, error) {
	t.Helper()
	f := results.Recognise(content[:min(len(content), results.HeadBytes)])
	if f == nil {
		return "", nil, nil
	}
	runs, err := f.Read("file", bytes.NewReader(content))
	return f.Name, runs, err
}

func TestEveryFormatIsRead(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, file := range files {
		if file.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join("testdata", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		want, known := expected[file.Name()]
		if !known {
			t.Errorf("nothing is expected of %s", file.Name())
		}
		name, got, err := read(t, content)
		if _, marked, err := read(t, append([]byte("\xef\xbb\xbf"), content...)); err != nil ||
			fmt.Sprint(marked) != fmt.Sprint(got) {
			t.Errorf("%s: is another file behind a byte order mark: %v", file.Name(), err)
		}
		if err != nil || name != want.format {
			t.Errorf("%s: is taken for %q, %v", file.Name(), name, err)
			continue
		}
		met[name] = true
		options := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-5, 2e-7), cmpopts.EquateEmpty(),
			cmpopts.IgnoreFields(results.Request{}, "Line"), cmpopts.IgnoreFields(results.Result{}, "Notes")}
		if diff := cmp.Diff(want.runs, got, options); diff != "" {
			t.Errorf("%s: %s", file.Name(), diff)
		}
	}
	for _, f := range results.Formats() {
		if !met[f.Name] || f.About == "" || f.Source == "" {
			t.Errorf("%s has no file, or does not say what it is and where it is described", f.Name)
		}
	}
}
