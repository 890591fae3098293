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
	}}
	for _, policy := range router.Names() {
		c.bases[policy] = []string{small, "workload.trace=" + path, "hardware.replicas=3", "router.policy=" + policy}
	}
	c.bases[router.Weighted] = append(c.bases[router.Weighted], "router.scorers={precise-prefix-cache=0.01, kv-utilization=3}")
	return c
}
