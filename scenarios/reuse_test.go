package scenarios

import (
	"context"
	"math"
	"testing"
)

// A cache that nothing is dropped from finds of a trace's full blocks those that the trace says were seen
// before, counted by eye in its file.
func TestHitsAreTheTracesReuse(t *testing.T) {
	for trace, want := range map[string]float64{
		"sharegpt.json": 4. / 9, "lmsys.jsonl": 2. / 4, "bailian.jsonl": 2. / 8, "dynamo-sessions.jsonl": 14. / 29,
		"aiperf-sessions.jsonl": 197. / 306, "weka.json": 12. / 26, "bailian-offline.jsonl": 2. / 5,
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[hardware]\ngpus = 1\n"+
			"[engine]\nprefix_caching = true\n[workload]\nrate_scale = 0.001\n"+
			"trace = \"../workloads/testdata/formats/"+trace+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Build()
		if err != nil {
			t.Fatalf("%s: %v", trace, err)
		}
		r, err := b.Run(context.Background(), Hooks{Check: true})
		if err != nil {
			t.Fatalf("%s: %v", trace, err)
		}
		for _, m := range r.Metrics() {
			if m.Name == "prefix_cache.block_hit_rate" && math.Abs(m.Value-want) > 1e-9 {
				t.Errorf("%s: %v of the blocks are found, of the trace's %v were there before", trace, m.Value, want)
			}
		}
	}
}
