package report

import "strings"

// Compat is a benchmark tool whose names a run's JSON object uses where the tools' names clash.
type Compat string

// The tools: vllm bench serve, and SGLang's bench_serving.
const (
	VLLM   Compat = "vllm"
	SGLang Compat = "sglang"
)

// Compats lists the tools.
var Compats = []string{string(VLLM), string(SGLang)}

// name is the tool's name of a metric.
func (c Compat) name(metric string) string {
	if c != SGLang {
		return metric
	}
	if metric == "total_token_throughput" {
		return "total_throughput"
	}
	if statistic, ok := strings.CutSuffix(metric, "_e2el_ms"); ok {
		return statistic + "_e2e_latency_ms"
	}
	return metric
}
