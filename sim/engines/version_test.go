package engines

import (
	"slices"
	"testing"
)

// What an engine does follows its version; one that is no release is the newest.
func TestVersions(t *testing.T) {
	for _, c := range []struct {
		engine, version string
		async           bool
		rules           []string
	}{
		{"vllm", "0.13.1", false, nil}, {"vllm", "0.9", false, nil}, {"vllm", "0.14rc1", true, nil},
		{"vllm", "v0.14", true, nil}, {"vllm", "1.0", true, nil}, {"vllm", "", true, nil},
		{"vllm", "gpt-oss-dev", true, nil}, {"vllm", "nightly-2025-11-01", true, nil},
		{"sglang", "0.5.1.post1", true, nil}, {"sglang", "0.5.2", true, []string{"retract_to_next_step"}},
		{"sglang", "", true, []string{"retract_to_next_step", "full_admits_none"}},
		{"sglang", "0.6", true, []string{"retract_to_next_step", "full_admits_none", "page_overhead",
			"chunks_pass_prefill_limit"}},
		{"trtllm", "1.0.0rc3", true, nil},
	} {
		p, err := Lookup(c.engine)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []*Profile{p.At(c.version), p.At("9.9").At(c.version)} {
			if got := at.Rules.InForce(); at.AsyncScheduling != c.async || !slices.Equal(got, c.rules) {
				t.Errorf("%s %s: asynchronous %v, rules %v", c.engine, c.version, at.AsyncScheduling, got)
			}
		}
	}
	if r := RulesOf("sglang"); len(r.InForce()) != 2 {
		t.Errorf("SGLang's rules are %v", r.InForce())
	}
}

// Before some of its releases an engine had other defaults.
func TestOlderDefaults(t *testing.T) {
	p, err := Lookup("vllm")
	if err != nil {
		t.Fatal(err)
	}
	for version, tokens := range map[string]int{"0.4.2": 512, "0.6.4": 512, "0.6.5": 2048, "0.7.3": 2048, "0.8.0": 0, "dev": 0, "": 0} {
		switch at := p.At(version); {
		case (at.Old == nil) != (tokens == 0):
			t.Errorf("%q: %+v", version, at.Old)
		case at.Old == nil:
			if !at.PrefixCaching || len(at.Defaults) != len(p.Defaults) {
				t.Errorf("%q caches prefixes: %v, and has %d defaults", version, at.PrefixCaching, len(at.Defaults))
			}
		case at.PrefixCaching || at.Defaults[0].MaxNumBatchedTokens != tokens || at.Defaults[0].MaxNumSeqs != 256:
			t.Errorf("%q: %+v", version, at.Defaults)
		}
	}
}

// Of a profile's versions the oldest comes first, and all are releases.
func TestVersionsOfAProfileAreChecked(t *testing.T) {
	for _, c := range []string{"[[since]]\nversion = \"dev\"\n",
		"[[since]]\nversion = \"0.3\"\n[[since]]\nversion = \"0.2\"\n",
		"[[before]]\nversion = \"dev\"\npolicy = \"vllm0\"\n", "[[before]]\nversion = \"0.3\"\npolicy = \"vllm1\"\n",
		"[[before]]\nversion = \"0.3\"\npolicy = \"vllm\"\n[[before]]\nversion = \"0.2\"\npolicy = \"vllm\"\n"} {
		if _, err := parse("p.toml", []byte("kernels = \"vllm\"\n"+figures+c)); err == nil {
			t.Errorf("%q is taken", c)
		}
	}
}
