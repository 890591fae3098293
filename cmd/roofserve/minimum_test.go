package main

import (
	"fmt"
	"testing"
)

// The fewest GPUs of each device are told with what memory tells of that plan itself.
func TestMinimumGPUsAgreeWithTheirPlans(t *testing.T) {
	ranks := 0.0
	for _, model := range []string{"deepseek-v3", "llama-3.1-70b"} {
		needs := figures{t, model, object(t, "", "memory --model "+model+" --device h100 --gpus 8")}
		for _, n := range needs.each("minimum_gpus")[:3] {
			line := fmt.Sprintf("memory --model %s --device %s --gpus %v",
				model, n.get("device"), n.num("gpus"))
			for _, key := range []string{"tp", "pp", "dp", "ep"} {
				line += fmt.Sprintf(" --%s %v", key, n.num("plan."+key))
			}
			plan := figures{t, line, object(t, "", line)}
			for _, key := range []string{"max_concurrent_sequences", "weight_bytes_per_gpu"} {
				n.same(key+" of "+line, n.num(key), plan.num(key))
			}
			ranks = max(ranks, n.num("plan.dp"))
		}
	}
	if ranks < 2 {
		t.Error("no plan has several data-parallel ranks: the test sees nothing")
	}
}
