package engines

import (
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Blocks are as large as engines log them: 784 tokens of Qwen3.5-27B under vLLM, whose attention's page is
// as large as a recurrent layer's state, which its config.json wants in fp32; 544 of Qwen3-Next, whose state
// stays in bf16 ("Setting attention block size to 544 tokens", vLLM 0.11); 64 or 128 where kernels of latent
// attention ask for them.
func TestBlocksByMixer(t *testing.T) {
	for _, c := range []struct {
		engine, model, device string
		tp, tokens            int
	}{
		{"vllm", "llama-3.1-8b", "h100", 1, 16}, {"vllm", "qwen3.5-27b", "h100", 1, 784},
		{"vllm", "qwen3-next-80b-a3b", "h100", 1, 544}, {"vllm", "qwen3-next-80b-a3b", "h100", 2, 544},
		{"vllm", "qwen3.5-27b", "h100", 2, 784}, {"vllm", "qwen3.5-27b", "h100", 4, 784},
		{"vllm", "deepseek-v3", "h200", 8, 64}, {"vllm", "deepseek-v3", "b200", 8, 128},
		{"vllm", "deepseek-v3", "a100", 8, 16}, {"vllm", "deepseek-v3.2", "a100", 8, 64},
		{"sglang", "deepseek-v3", "h200", 8, 1}, {"sglang", "deepseek-v3", "b200", 8, 64},
		{"sglang", "deepseek-v3.2", "h200", 8, 64}, {"sglang", "qwen3.5-27b", "h100", 1, 1},
		{"trtllm", "deepseek-v3", "h200", 8, 64}, {"trtllm", "deepseek-v3", "b200", 8, 32},
	} {
		p, err := Lookup(c.engine)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := arch.Lookup(c.model)
		if err != nil {
			t.Fatal(err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		d, err := hw.Lookup(c.device)
		if err != nil {
			t.Fatal(err)
		}
		plan := arch.Plan{TP: c.tp, PP: 1, DP: 1, EP: 1, Precision: arch.Precision{KV: units.BF16}}
		if got := p.BlockTokens(m, d, plan); got != c.tokens {
			t.Errorf("%s, %s on %d x %s: blocks of %d tokens, want %d", c.engine, c.model, c.tp, c.device, got, c.tokens)
		}
	}
}
