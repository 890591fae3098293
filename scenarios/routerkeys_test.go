package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/router"
)

// routerChoice is router.policy, with its options, under prompts that begin alike in five ways.
func routerChoice(t *testing.T) choice {
	var text strings.Builder
	for i := range 80 {
		kind := i * i % 5
		ids, _ := json.Marshal([]int{10 * kind, 10*kind + 1, 10*kind + 2, 10*kind + 3}[:1+kind%4])
		fmt.Fprintf(&text, `{"timestamp": %d, "input_length": %d, "output_length": %d, "hash_ids": %s}`+"\n", 7*i, 512*(1+kind%4), 3+i*7%40, ids)
	}
	path := filepath.Join(t.TempDir(), "kinds.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c := choice{"router.policy", map[string][]string{}, map[string]string{
		"router.overlap_score_weight": "0", "router.router_temperature": "3", "router.max_load_ratio": "50",
		"router.stats_interval_ms": "200", "router.kv_events_delay_ms": "150", "router.scorers.precise-prefix-cache": "9",
		"router.prefill_policy": "kv", "router.decode_policy": "kv",
	}}
	for _, policy := range router.Names() {
		c.bases[policy] = []string{small, "workload.trace=" + path, "hardware.replicas=3", "router.policy=" + policy}
	}
	c.bases[router.Weighted] = append(c.bases[router.Weighted], "router.scorers={precise-prefix-cache=0.01, kv-utilization=3}")
	return c
}

// routerProbes has an entry for every key of the router.
func routerProbes(t *testing.T) map[string]keyProbe {
	_, _, shared := traces(t)
	sent := func(policy string, settings ...string) []string {
		return append([]string{small, "workload.trace=" + shared, "hardware.replicas=3", "router.policy=" + policy}, settings...)
	}
	parts := func(several, other string) []string {
		return []string{small, "workload.trace=" + shared, `pool=[{role="` + several + `", replicas=3}, {role="` + other + `"}]`}
	}
	return map[string]keyProbe{
		"router.policy":                       {drawn("hardware.replicas=3"), "round-robin", "least-outstanding"},
		"router.prefill_policy":               {parts("prefill", "decode"), "round-robin", "prefix-affinity"},
		"router.decode_policy":                {parts("decode", "prefill"), "round-robin", "prefix-affinity"},
		"router.overlap_score_weight":         {sent("kv"), "0", "9"},
		"router.router_temperature":           {sent("kv"), "0", "3"},
		"router.max_load_ratio":               {sent("prefix-affinity"), "1", "50"},
		"router.stats_interval_ms":            {sent("least-kv"), "0", "300"},
		"router.kv_events_delay_ms":           {sent("prefix-affinity", "router.max_load_ratio=50"), "0", "200"},
		"router.latency_us":                   {drawn(), "0", "900"},
		"router.scorers.precise-prefix-cache": {sent("weighted", "router.scorers.queue-depth=1"), "0.1", "9"},
		"router.scorers.queue-depth":          {sent("weighted", "router.scorers.precise-prefix-cache=1"), "0.1", "9"},
		"router.scorers.kv-utilization":       {sent("weighted", "router.scorers.precise-prefix-cache=1"), "0.01", "90"},
	}
}
