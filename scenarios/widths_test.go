package scenarios

import (
	"context"
	"math"
	"strconv"
	"testing"
)

// TestTransfersBetweenWidths: of a cache goes every value once, whatever the tensor parallelism of both
// sides, and as fast as the ports of the side with fewer GPUs carry it (specification, 6: heterogeneous TP;
// MLA once, not per TP rank). By hand for prompts of 4,096 tokens, in ports of 50 GB/s a GPU (H100):
//   - 32 layers of 8 heads of 128, keys and values of two bytes: 131,072 bytes a token, 536,870,912 in all
//   - 36 layers of two heads of 128, which four ranks hold twice: 36,864 bytes a token
//   - 27 layers of a latent of 512 + 64, which every rank holds: 31,104 bytes a token.
func TestTransfersBetweenWidths(t *testing.T) {
	for _, x := range []struct {
		model           string
		prefill, decode int // GPUs, all tensor-parallel
		bytes           int64
		ms              float64
	}{
		{"llama-3.1-8b", 4, 2, 536_870_912, 5.36870912},
		{"llama-3.1-8b", 2, 4, 536_870_912, 5.36870912},
		{"llama-3.1-8b", 4, 4, 536_870_912, 2.68435456},
		{"qwen2.5-3b", 4, 1, 150_994_944, 3.01989888},
		{"qwen2.5-3b", 1, 4, 150_994_944, 3.01989888},
		{"deepseek-v2-lite", 4, 2, 127_401_984, 1.27401984},
		{"deepseek-v2-lite", 2, 4, 127_401_984, 1.27401984},
	} {
		s := Empty("widths")
		pool := func(role string, gpus int) string {
			n := strconv.Itoa(gpus)
			return `{role="` + role + `", gpus=` + n + `, parallel={tp=` + n + `}}`
		}
		setAll(t, s, "model.name="+x.model, "pool=["+pool("prefill", x.prefill)+", "+pool("decode", x.decode)+"]",
			"workload.synthetic.requests=3", `workload.synthetic.arrival={process="constant", rate=0.2}`,
			`workload.synthetic.input={distribution="fixed", value=4096}`,
			`workload.synthetic.output={distribution="fixed", value=4}`, "kv_transfer.latency_us=0")
		r, err := s.Simulate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got := r.Result.Transfers
		if got.Bytes != 3*x.bytes || math.Abs(got.Time.Mean-x.ms) > 1e-6 {
			t.Errorf("%s from %d to %d GPUs: %d bytes in %v ms each; by hand %d in %v", x.model, x.prefill, x.decode,
				got.Bytes/3, got.Time.Mean, x.bytes, x.ms)
		}
	}
}
