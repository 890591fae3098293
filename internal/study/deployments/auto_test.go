package deployments

import "testing"

// TestAutoDividesByHand: heads bound tensor parallelism, attention is data-parallel over the rest, and
// experts then spread over all GPUs.
func TestAutoDividesByHand(t *testing.T) {
	for _, c := range []struct {
		model         string
		gpus, tp      int
		dataRanks, ep int
	}{
		{"llama-3.1-8b", 2, 2, 1, 1}, {"deepseek-v3", 8, 8, 1, 1}, {"qwen3-30b-a3b", 32, 32, 1, 1}, {"qwen2-57b-a14b", 8, 4, 2, 8},
	} {
		d, err := Deployment{Model: c.model, Device: "h100-sxm-80gb", GPUs: c.gpus}.Auto()
		if err != nil || d.TP != c.tp || d.DP != c.dataRanks || d.EP != c.ep {
			t.Errorf("%s on %d GPUs: tp %d, dp %d, ep %d, %v; want tp %d, dp %d, ep %d", c.model, c.gpus, d.TP, d.DP, d.EP, err, c.tp, c.dataRanks, c.ep)
		}
	}
}
