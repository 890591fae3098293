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
		`policy = "vllm0"`: "unknown engine", "profile = \"vllm\"\npolicy = \"vllm-2023\"": "is no scheduler",
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
