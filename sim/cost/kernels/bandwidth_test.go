package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// TestKernelsGainFromBandwidthWhatWasMeasured compares H100 with H200, which has the same SMs and 43% more
// bandwidth. A kernel that reached the share f of the old bandwidth was measured to take 1 − 0.3·f of its
// time, on int4 weights 1 − 0.12·f, and on mxfp4 experts 94–98% of it (silicon/calibration_notes.md, 10).
func TestKernelsGainFromBandwidthWhatWasMeasured(t *testing.T) {
	const square, hidden, inter, experts, topK, tokens = 8192, 4096, 1536, 128, 8, 64
	gemm := func(weights, activations units.Format) func(*Set, *hw.Device) units.Seconds {
		return func(s *Set, d *hw.Device) units.Seconds {
			return s.GEMM.Time(d, GEMMShape{M: 16, N: square, K: square, Weights: weights, Activations: activations})
		}
	}
	layer := func(weights, activations units.Format) func(*Set, *hw.Device) units.Seconds {
		return func(s *Set, d *hw.Device) units.Seconds {
			return s.Experts.Time(d, ExpertsShape{Tokens: tokens, Hidden: hidden, Inter: inter, TopK: topK,
				Experts: experts, Ranks: 1, Gated: true,
				Weights: weights, Activations: activations})
		}
	}
	decode := func(s *Set, d *hw.Device) units.Seconds {
		fixed, perKey := s.Decode.Coefficients(d,
			DecodeShape{Sequences: 64, Heads: 64, KVHeads: 8, KeyDim: 128, ValueDim: 128, KV: units.BF16})
		return fixed + perKey*64*4096
	}
	hit := 3 * hidden * inter * Uniform{}.Spread(tokens, topK, experts, 1).Experts
	for _, c := range []struct {
		name        string
		elements    float64
		format      units.Format
		least, most float64 // slopes in f
		time        func(*Set, *hw.Device) units.Seconds
	}{
		{"GEMM bf16", square * square, units.BF16, 0.3, 0.3, gemm(units.BF16, units.BF16)},
		{"GEMM fp8", square * square, units.FP8, 0.3, 0.3, gemm(units.FP8, units.FP8)},
		{"GEMM fp8-block", square * square, units.FP8Block, 0.3, 0.3, gemm(units.FP8Block, units.FP8)},
		{"decode bf16", 64 * 4096 * 8 * 256, units.BF16, 0.3, 0.3, decode},
		{"experts bf16", hit, units.BF16, 0.3, 0.3, layer(units.BF16, units.BF16)},
		{"experts fp8", hit, units.FP8, 0.3, 0.3, layer(units.FP8, units.FP8)},
		{"experts fp8-block", hit, units.FP8Block, 0.3, 0.3, layer(units.FP8Block, units.FP8)},
		{"experts int4", hit, units.INT4, 0.12, 0.12, layer(units.INT4, units.BF16)},
		{"experts mxfp4", hit, units.MXFP4, 0.05, 0.12, layer(units.MXFP4, units.BF16)},
	} {
		for _, engine := range []string{"vllm", "sglang", "trtllm"} {
			checkGain(t, c.name, engine, c.format.Bytes(c.elements), c.least, c.most, c.time)
		}
	}
}

// checkGain compares a kernel's gain from H100 to H200 with slopes in the share of the bandwidth that it
// reached.
func checkGain(t *testing.T, name, engine string, bytes units.Bytes, least, most float64,
	time func(*Set, *hw.Device) units.Seconds) {
	const tolerance = 0.03
	var times [2]units.Seconds
	for i, d := range []*hw.Device{device(t, "h100-sxm-80gb"), device(t, "h200-sxm-141gb")} {
		s, _, err := Load(d, engine, "")
		if err != nil {
			t.Fatal(err)
		}
		times[i] = time(s, d)
	}
	f := float64(bytes) / float64(times[0]) / float64(device(t, "h100-sxm-80gb").Bandwidth)
	ratio := float64(times[1] / times[0])
	if low, high := 1-most*f-tolerance, 1-least*f+tolerance; ratio < low || ratio > high || math.IsNaN(f) {
		t.Errorf("%s, %s: takes %.3f of its time on H100, where it reaches %.2f of the bandwidth; want %.3f to %.3f", name, engine, ratio, f, low, high)
	}
}
