package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// baselineScenario has something of everything that a result measures.
const baselineScenario = `[model]
name = "llama-3.1-8b"
[hardware]
device = "h100"
price_per_hour = 2
[slo]
ttft_ms = 60
[router]
policy = "kv"
[speculative]
method = "ngram"
num_speculative_tokens = 3
acceptance = 0.7
[admission]
policy = "queue-limit"
max_queue = 8
[engine]
prefix_caching = true
[workload.synthetic]
requests = 40
arrival = { process = "poisson", rate = 8.0 }
input = { distribution = "lognormal", mean = 300, std = 200, max = 2000 }
output = { distribution = "normal", mean = 60, std = 20, min = 2, max = 200 }
sessions = { turns = 2 }
`

// poolsScenario has the metrics that only prefill and decode pools have, whose routers look into no caches.
const poolsScenario = `[model]
name = "llama-3.1-8b"
[[pool]]
role = "prefill"
device = "h100"
gpus = 1
[[pool]]
role = "decode"
device = "h100"
gpus = 1
[workload.synthetic]
requests = 40
arrival = { process = "poisson", rate = 8.0 }
input = { distribution = "lognormal", mean = 300, std = 200, max = 2000 }
output = { distribution = "normal", mean = 60, std = 20, min = 2, max = 200 }
`

// A run is within 0% of itself, under every name that an expectation may give a metric: results of two
// scenarios have them all.
func TestARunIsNoWorseThanItself(t *testing.T) {
	var everywhere, ofPools []string
	for i := range scenarios.Definitions {
		d := &scenarios.Definitions[i]
		names := []string{d.Key}
		if rest, median := strings.CutPrefix(d.Key, "median_"); median {
			names = append(names, "p50_"+rest)
		}
		if d.Optional() {
			ofPools = append(ofPools, names...)
		} else {
			everywhere = append(everywhere, names...)
		}
	}
	if len(everywhere) < 60 || len(ofPools) < 10 {
		t.Fatalf("only %d and %d names", len(everywhere), len(ofPools))
	}
	noWorseThanItself(t, baselineScenario, everywhere)
	noWorseThanItself(t, poolsScenario, ofPools)
}

// noWorseThanItself runs a scenario, and again with expectations of metrics over the first result.
func noWorseThanItself(t *testing.T, scenario string, names []string) {
	t.Helper()
	dir := folderOf(t, map[string]string{"s.toml": scenario})
	base := filepath.Join(dir, "base.json")
	if status, _, errs := inProcess("run", filepath.Join(dir, "s.toml"), "--quiet", "--json", base); status != statusFine {
		t.Fatal(errs)
	}
	var text strings.Builder
	text.WriteString(scenario)
	for _, name := range names {
		fmt.Fprintf(&text, "[[expect]]\nmetric = %q\nmax_increase = \"0%%\"\nbaseline = \"base.json\"\n", name)
	}
	writeFile(t, filepath.Join(dir, "same.toml"), text.String())
	verdicts := figures{t, "run", object(t, dir, "run @/same.toml --quiet")}.each("expectations")
	if len(verdicts) != len(names) {
		t.Fatalf("%d verdicts on %d expectations", len(verdicts), len(names))
	}
	for i, v := range verdicts {
		if v.get("metric") != names[i] || v.get("verdict") != "kept" || v.num("value") != v.num("baseline") {
			t.Errorf("%s: %v", names[i], v.tree)
		}
	}
}
