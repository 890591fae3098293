package scenarios

import (
	"slices"
	"strings"
	"testing"
)

// A scheduler may be another engine's than the kernels, overheads and defaults.
func TestProfilesAndPolicies(t *testing.T) {
	resolve := func(text string) (*Scenario, *Parts, error) {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[hardware]\ndevice = \"h100\"\n[engine]\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return s.Resolve()
	}
	for _, c := range []struct {
		text, policy, profile, schedules, title string
		rules                                   int
	}{
		{"", "vllm", "", "vllm", "vLLM v1", 0},
		{`policy = "vllm-2023"`, "vllm-2023", "", "vllm0", "vLLM of 2023", 0},
		{`profile = "vllm"`, "vllm", "vllm", "vllm", "vLLM v1", 0},
		{"profile = \"vllm\"\npolicy = \"vllm0\"", "vllm0", "vllm", "vllm0", "vLLM v1", 0},
		{"profile = \"vllm\"\npolicy = \"sarathi\"", "sarathi", "vllm", "sarathi", "vLLM v1", 0},
		{"profile = \"vllm\"\npolicy = \"sglang\"", "sglang", "vllm", "sglang", "vLLM v1", 2},
		{"profile = \"sglang\"\nversion = \"0.5.1\"", "sglang", "sglang", "sglang", "SGLang", 0},
		{"profile = \"sglang\"\npolicy = \"vllm\"", "vllm", "sglang", "vllm", "SGLang", 0},
	} {
		s, p, err := resolve(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if e := &s.Engine; e.Policy != c.policy || e.Profile != c.profile || p.Engine.Policy != c.schedules ||
			p.Engine.Title != c.title || len(p.Limits.Rules.InForce()) != c.rules {
			t.Errorf("%s: policy %s of profile %q schedules as %s with %v, kernels are of %s", c.text, e.Policy, e.Profile,
				p.Engine.Policy, p.Limits.Rules.InForce(), p.Engine.Title)
		}
	}
	for text, want := range map[string]string{
		`policy = "vllm0"`: "is a scheduler without an engine of its own", "profile = \"vllm\"\npolicy = \"vllm-2023\"": "is no scheduler",
		`profile = "vllm0"`: `unknown engine "vllm0"`,
	} {
		if _, _, err := resolve(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, p, err := resolve(`version = "nightly-2025-11-01"`)
	if err != nil || !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "is no release") }) {
		t.Errorf("%v, %v", err, p.Warnings)
	}
}

// vLLM's first engine computed prompts whole and alone, unless they might be long, where it cut them.
func TestOlderVersionsScheduleAsTheyDid(t *testing.T) {
	for _, c := range []struct {
		engine, schedules string
		tokens            int
		cuts              bool
	}{
		{`version = "0.7.2"`, "vllm", 2048, true}, // up to 131,072 tokens
		{`version = "0.6.3"`, "vllm", 512, true},
		{"version = \"0.7.2\"\nmax_model_len = 20000", "vllm0", 20000, false},
		{"version = \"0.7.2\"\nmax_model_len = 20000\nchunked_prefill = true", "vllm", 2048, true},
		{"version = \"0.7.2\"\nchunked_prefill = false", "vllm0", 131072, false},
		{"version = \"0.8.0\"\nmax_model_len = 20000", "vllm", 8192, true},
		{"profile = \"vllm\"\npolicy = \"vllm\"\nversion = \"0.7.2\"\nmax_model_len = 20000", "vllm", 20000, false},
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[hardware]\ndevice = \"h100\"\n[engine]\n"+c.engine))
		if err != nil {
			t.Fatal(err)
		}
		r, p, err := s.Resolve()
		if err != nil {
			t.Errorf("%s: %v", c.engine, err)
			continue
		}
		e := &r.Engine
		if p.Engine.Policy != c.schedules || e.MaxNumBatchedTokens != c.tokens || *e.ChunkedPrefill != c.cuts {
			t.Errorf("%s: scheduled as %s in steps of %d, cut: %v", c.engine, p.Engine.Policy, e.MaxNumBatchedTokens, *e.ChunkedPrefill)
		}
	}
}

// An engine that asks for room for its longest sequence says where the model's own is too long.
func TestModelsTooLongForTheMemory(t *testing.T) {
	for engine, warned := range map[string]bool{
		"": true, "max_model_len = 8192": false, `policy = "sglang"`: false, "num_gpu_blocks = 100": false,
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n[hardware]\ndevice = \"rtx-4090\"\n[engine]\n"+engine))
		if err != nil {
			t.Fatal(err)
		}
		_, p, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(p.Warnings, "\n"); strings.Contains(text, "only where max_model_len is set") != warned {
			t.Errorf("%q: %s", engine, text)
		}
	}
}
