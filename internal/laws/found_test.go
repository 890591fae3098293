package laws

import "testing"

// TestFasterThanTheMemory are steps that were once given less time than the memory takes to deliver what they
// read: laws fitted where instructions bound a kernel knew no other bound.
func TestFasterThanTheMemory(t *testing.T) {
	for _, c := range []struct {
		model, device, policy, key, format string
		step                               step
	}{
		{"qwen2.5-7b", "l4-24gb", "vllm", "kv", "fp8", step{decodes: 512, context: 9000}},
		{"mistral-7b-v0.3", "a40-48gb", "vllm", "kv", "fp8", step{decodes: 512, context: 9000}},
		{"qwen2.5-14b", "a100-sxm-80gb", "trtllm", "kv", "fp8", step{decodes: 512, context: 9000}},
		{"gpt-oss-120b", "a40-48gb", "vllm", "weights", "int4", step{decodes: 3, context: 9000}},
	} {
		s := &draw{model: c.model, device: c.device, policy: c.policy, tp: 1, pp: 1, dp: 4, ep: 4, cp: 1,
			replicas: 1,
			tables:   map[string]map[string]string{}}
		s.set("model", "name", quote(c.model))
		s.set("engine", "policy", quote(c.policy))
		s.set("precision", c.key, quote(c.format))
		s.drawDeployment()
		b, err := build(s.text())
		if err != nil {
			t.Fatal(err)
		}
		m, err := b.Scenario.CostModel(b.Parts)
		if err != nil {
			t.Fatal(err)
		}
		var wrong faults
		wrong.checkStep(c.step, m)
		for _, text := range wrong {
			t.Errorf("%s on %s by %s: %s", c.model, c.device, c.policy, text)
		}
	}
}
