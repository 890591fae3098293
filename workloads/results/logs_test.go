package results_test

import (
	"maps"

	"github.com/roofserve/roofserve/workloads/results"
)

func init() { maps.Copy(expected, expectedLogs) }

// expectedLogs is what logs of calls, of servers and of agents hold, and newer forms of reports.
var expectedLogs = map[string]reading{
	// the server's counts, not the client's
	"inference-perf-requests-2.json": {"inference-perf, every request", []results.Result{{
		Failed:   1,
		Requests: []results.Request{{Start: 5000.5, Input: 300, Output: 3, TTFT: 0.1, E2E: 0.3}},
		Means:    results.Means{Requests: 1, Input: 300, Output: 3, TTFT: 100, TPOT: 100},
	}}},
	// 200 tokens a second of half an answer each
	"inference-perf-tokens.json": {"inference-perf, summary", []results.Result{{
		Rate: 4, Failed: 3,
		Means: results.Means{Requests: 76, Input: 7200, Output: 400, TTFT: 250, TPOT: 11.5, Answered: 0.5},
	}}},
	"aiperf-aggregate.json": {"AIPerf, several runs", []results.Result{{
		Means: results.Means{Requests: 64, Input: 1024, Output: 128,
			TTFT: 130.5, TPOT: 12.25, Answered: 4},
	}}},
	"tempo.json": {"OpenTelemetry spans", []results.Result{{
		Model: "Qwen/Qwen3-8B", Failed: 0, Requests: []results.Request{
			{Start: 1767607200, Input: 600, Output: 80, TTFT: 0.05, E2E: 2},
			{Start: 1767607201, Input: 400, Output: 70, TTFT: 0.05, E2E: 2},
		},
		Means: results.Means{Requests: 2, Input: 500.0, Output: 75.0,
			TTFT: 50.0, TPOT: 26.47220693450743},
	}}},
	"zipkin.json": {"OpenTelemetry spans", []results.Result{{
		Model: "Qwen/Qwen3-8B", Failed: 0, Requests: []results.Request{
			{Start: 1767607200, Input: 111, Output: 22, TTFT: 0.05, E2E: 1},
			{Start: 1767607201.5, Input: 222, Output: 33, TTFT: 0.05, E2E: 1},
		},
		Means: results.Means{Requests: 2, Input: 166.5, Output: 27.5,
			TTFT: 50.0, TPOT: 37.46279761904762},
	}}},
	"sagemaker.jsonl": {logs, []results.Result{{
		Model: "", Failed: 0, Requests: []results.Request{
			{Start: 1777420998.0, Input: 12, Output: 30, TTFT: unknown, E2E: unknown},
			{Start: 1777420998.0, Input: 15, Output: 20, TTFT: unknown, E2E: unknown},
			{Start: 1777421058.0, Input: 22, Output: 40, TTFT: unknown, E2E: unknown},
		},
		Means: results.Means{Requests: 3, Input: 16.333333333333332, Output: 30.0,
			TTFT: unknown, TPOT: unknown},
	}}},
	"helicone.jsonl": {logs, []results.Result{{
		Model: "gpt-4o", Failed: 0, Requests: []results.Request{
			{Start: 1770112800.1, Input: 300, Output: 30, TTFT: 0.15, E2E: 1},
			{Start: 1770112804.1, Input: 350, Output: 35, TTFT: 0.16, E2E: 1},
		},
		Means: results.Means{Requests: 2, Input: 325.0, Output: 32.5,
			TTFT: 155.0, TPOT: 27.008113590263694},
	}}},
	"openrouter.csv": {logs, []results.Result{{
		Model: "deepseek/deepseek-v3", Failed: 0, Requests: []results.Request{
			{Start: 1772622000.5, Input: 910, Output: 120, TTFT: 0.41, E2E: 3.2},
			{Start: 1772622007.25, Input: 1500, Output: 240, TTFT: 0.52, E2E: 6.1},
		},
		Means: results.Means{Requests: 2, Input: 1205.0, Output: 180.0,
			TTFT: 464.99999999999994, TPOT: 23.39632924299427},
	}}},
	"sglang-requests.jsonl": {logs, []results.Result{{
		Model: "", Failed: 0, Requests: []results.Request{
			{Start: 1770026400.0, Input: 128, Output: 64, TTFT: unknown, E2E: 1.5},
			{Start: 1770026401.2, Input: 256, Output: 32, TTFT: unknown, E2E: 1.5},
		},
		Means: results.Means{Requests: 2, Input: 192.0, Output: 48.0,
			TTFT: unknown, TPOT: unknown},
	}}},
	"langsmith.jsonl": {logs, []results.Result{{
		Model: "", Failed: 0, Requests: []results.Request{
			{Start: 1767225600.0, Input: 100, Output: 20, TTFT: 0.2, E2E: 2},
			{Start: 1767225602.5, Input: 200, Output: 30, TTFT: 0.3, E2E: 1.5},
		},
		Means: results.Means{Requests: 2, Input: 150.0, Output: 25.0,
			TTFT: 250.0, TPOT: 68.05807622504537},
	}}},
	"phoenix.jsonl": {logs, []results.Result{{
		Model: "gpt-4o", Failed: 0, Requests: []results.Request{
			{Start: 1767225600.0, Input: 150, Output: 25, TTFT: unknown, E2E: 2},
			{Start: 1767225601.5, Input: 250, Output: 35, TTFT: unknown, E2E: 1},
		},
		Means: results.Means{Requests: 2, Input: 200.0, Output: 30.0,
			TTFT: unknown, TPOT: unknown},
	}}},
	// Gemini counts thoughts beside its answers
	"gemini.jsonl": {logs, []results.Result{{
		Model: "gemini-2.5-pro", Requests: []results.Request{
			{Start: 1748764800, Input: 300, Output: 150, TTFT: unknown, E2E: unknown},
			{Start: 1748764802, Input: 400, Output: 60, TTFT: unknown, E2E: unknown},
		},
		Means: results.Means{Requests: 2, Input: 350, Output: 105, TTFT: unknown, TPOT: unknown},
	}}},
	"claude-code.jsonl": {"transcripts of Claude Code", []results.Result{{
		Model: "claude-sonnet-4-5", Failed: 0, Requests: []results.Request{
			{Start: 1767607200.0, Input: 9004, Output: 120, TTFT: unknown, E2E: 3.5},
			{Start: 1767607205.0, Input: 9506, Output: 80, TTFT: unknown, E2E: 3},
		},
		Means: results.Means{Requests: 2, Input: 9255.0, Output: 100.0,
			TTFT: unknown, TPOT: unknown},
	}}},
	"vllm-server.log": {"log of a server (vLLM, SGLang)", []results.Result{{
		Model: "", Failed: 0, Requests: []results.Request{
			{Start: 964145927.0, Input: 7, Output: 128, TTFT: unknown, E2E: unknown},
			{Start: 964145929.0, Input: 10, Output: 64, TTFT: unknown, E2E: unknown},
			{Start: 964145987.0, Input: 3, Output: 32, TTFT: unknown, E2E: unknown},
		},
		Means: results.Means{Requests: 3, Input: 6.666666666666667, Output: 74.66666666666667,
			TTFT: unknown, TPOT: unknown},
	}}},
	"sglang-server.log": {"log of a server (vLLM, SGLang)", []results.Result{{
		Model: "", Failed: 0, Requests: []results.Request{
			{Start: 1770026401.25, Input: 128, Output: 64, TTFT: unknown, E2E: 2},
			{Start: 1770026402.5, Input: 256, Output: 32, TTFT: unknown, E2E: 1.5},
		},
		Means: results.Means{Requests: 2, Input: 192.0, Output: 48.0,
			TTFT: unknown, TPOT: unknown},
	}}},
}
