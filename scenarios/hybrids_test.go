package scenarios

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hybrid runs three prompts of 2,200 tokens that share their first 2,048 on a model with recurrent layers.
func hybrid(t *testing.T, settings ...string) *Run {
	t.Helper()
	row := `{"timestamp": T, "input_length": 2200, "output_length": 8, "hash_ids": [1, 2, 3, 4, U]}`
	var rows string
	for i, at := range []string{"0", "20000", "40000"} {
		rows += strings.NewReplacer("T", at, "U", string(rune('5'+i))).Replace(row) + "\n"
	}
	trace := filepath.Join(t.TempDir(), "trace.jsonl")
	if err := os.WriteFile(trace, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Parse("s.toml", "", []byte("[model]\nname = \"qwen3.5-27b\"\n[hardware]\ngpus = 2\n[workload]\ntrace = '"+trace+"'\n"))
	if err != nil {
		t.Fatal(err)
	}
	setAll(t, s, settings...)
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Run(context.Background(), Hooks{Check: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of recurrent hybrids vLLM caches prompts only where it is asked to, in blocks of 784 tokens for this
// model, and other engines' caches of them are not modelled. A run says so.
func TestHybridsAreCachedOnDemand(t *testing.T) {
	for _, c := range []struct {
		settings []string
		hits     int64
		warning  string
	}{
		{nil, 0, "only with prefix_caching = true"},
		{[]string{"engine.prefix_caching=false"}, 0, ""},
		{[]string{"engine.prefix_caching=true"}, 2 * 1568, ""}, // two blocks, at whose end the first chunk ends
		{[]string{"engine.policy=sglang"}, 0, "prompts are not cached: qwen3.5-27b has recurrent layers, and how SGLang"},
		{[]string{"engine.policy=trtllm", "engine.prefix_caching=true"}, 0, "prefix_caching has no effect"},
	} {
		r := hybrid(t, c.settings...)
		if hits := r.Result.Prefix.HitTokens; hits != c.hits {
			t.Errorf("%v: %d tokens were found, want %d", c.settings, hits, c.hits)
		}
		all := strings.Join(r.Warnings, "\n")
		if c.warning != "" && !strings.Contains(all, c.warning) || c.warning == "" && strings.Contains(all, "cach") {
			t.Errorf("%v: warnings %q, want %q", c.settings, all, c.warning)
		}
		for _, m := range r.Metrics() {
			if m.Name == "prefix_cache.hit_rate" && c.warning == "only with prefix_caching = true" && m.Value != 0 {
				t.Errorf("%v: the hit rate is %v", c.settings, m.Value)
			}
		}
	}
}

// A step must hold a block at whose end a state is kept.
func TestStepsHoldAStatesBlock(t *testing.T) {
	s, err := Parse("s.toml", "", []byte("[model]\nname = \"qwen3.5-27b\"\n[hardware]\ngpus = 2\n"+
		"[engine]\nprefix_caching = true\nmax_num_batched_tokens = 512\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Resolve(); err == nil || !strings.Contains(err.Error(), "784") {
		t.Errorf("512 tokens a step were taken for blocks of 784: %v", err)
	}
}

// vLLM starts only with room for one sequence of max_model_len, and says which length would do; an engine
// that asks for no such room, or whose blocks are given, starts all the same.
func TestRoomForTheLongestSequence(t *testing.T) {
	for _, c := range []struct {
		engine string
		fits   bool
	}{
		{"max_model_len = 60000", false}, {"max_model_len = 40384", true}, {"max_model_len = 40385", false},
		{"", true}, // not the scenario's own
		{"max_model_len = 60000\nnum_gpu_blocks = 2000", true},
		{"max_model_len = 60000\npolicy = \"sglang\"", true},
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n"+
			"[hardware]\ndevice = \"rtx-4090\"\ngpus = 1\n[engine]\n"+c.engine+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Build()
		if err == nil {
			err = b.Close()
		}
		if (err == nil) != c.fits || err != nil && !strings.Contains(err.Error(), "max_model_len = 40384 at most") {
			t.Errorf("%q: %v", c.engine, err)
		}
	}
}
