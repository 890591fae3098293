package main

import (
	"fmt"
	"maps"
	"testing"
)

// parallelScenario is simulated by several replicas at once, on ranks in lockstep, with prefixes shared.
const parallelScenario = `[model]
name = "qwen3-30b-a3b"
[hardware]
gpus = 2
replicas = 3
[parallel]
tp = 1
dp = 2
ep = 2
[workload.synthetic]
requests = 600
seed = 7
arrival = { process = "gamma", rate = 20.0, burstiness = 0.5 }
input = { distribution = "lognormal", mean = 400, std = 300 }
output = { distribution = "normal", mean = 60, std = 30, min = 1 }
[[sweep]]
key = "engine.policy"
values = ["vllm", "sglang"]
[[sweep]]
key = "precision.kv"
values = ["bf16", "fp8"]
`

// The same scenario and seed give the same bytes, in every output, however many processors there are and
// however often it runs.
func TestSameSeedSameBytes(t *testing.T) {
	calls := [][]string{
		{"run", "s.toml", "--json", "r.json", "--requests-csv", "r.csv", "--trace", "t.json", "--html", "r.html", "--junit", "r.xml"},
		{"sweep", "s.toml", "--out", "cases", "--html", "s.html", "--junit", "s.xml"},
		{"capacity", "s.toml", "--slo", "tpot_p99=30ms", "--tolerance", "0.2", "--json", "c.json"},
	}
	var first map[string]string
	var printed string
	for _, processors := range []int{1, 2, 3, 4, 4} {
		dir := folderOf(t, map[string]string{"s.toml": parallelScenario})
		text := ""
		for _, args := range calls {
			p := programIn(t, dir, args...)
			p.Env = append(p.Env, fmt.Sprintf("GOMAXPROCS=%d", processors))
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			if status := p.status(t); status != statusFine {
				t.Fatalf("%v: status %d: %s", args, status, &p.stderr)
			}
			text += p.stdout.String() + p.stderr.String()
		}
		found := contents(t, dir)
		if first == nil {
			first, printed = found, text
		}
		for name := range maps.Keys(first) {
			if found[name] != first[name] {
				t.Errorf("%d processors give another %s than one", processors, name)
			}
		}
		if len(found) != len(first) || text != printed {
			t.Errorf("%d processors give %d files, want %d; the same text: %v", processors, len(found), len(first), text == printed)
		}
	}
	if len(first) < 14 {
		t.Errorf("%d files, want at least 14", len(first))
	}
	other := folderOf(t, map[string]string{"s.toml": parallelScenario})
	ended(t, other, append(calls[0], "--set", "workload.synthetic.seed=8")...)
	if contents(t, other)["r.csv"] == first["r.csv"] {
		t.Error("another seed gives the same requests")
	}
}
