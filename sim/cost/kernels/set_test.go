package kernels

import (
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

func device(t testing.TB, name string) *hw.Device {
	t.Helper()
	d, err := hw.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLawsAndParametersAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, law := range Default().Laws() {
		if seen[law.Name] {
			t.Errorf("two laws are called %s", law.Name)
		}
		seen[law.Name] = true
		names := map[string]bool{}
		for _, p := range law.Law.Parameters() {
			if names[p.Name] || p.Name == "" || p.Unit == "" {
				t.Errorf("%s: parameter %q in %q is unnamed, has no unit or comes twice", law.Name, p.Name, p.Unit)
			}
			names[p.Name] = true
			if !(p.Low > 0 && p.Low <= p.Default && p.Default <= p.High) {
				t.Errorf("%s.%s: default %g lies outside [%g, %g]", law.Name, p.Name, p.Default, p.Low, p.High)
			}
			if *p.Value != p.Default {
				t.Errorf("%s.%s: %g in the default set; want %g", law.Name, p.Name, *p.Value, p.Default)
			}
		}
	}
}

func TestCopiesAreIndependent(t *testing.T) {
	a := Default()
	b := *a
	*b.Laws()[0].Law.Parameters()[0].Value *= 2
	if a.Launch == b.Launch {
		t.Error("changing a copy changes the set")
	}
}

func TestDatasheetIsTheRoofline(t *testing.T) {
	d, s := device(t, "h100-sxm-80gb"), Datasheet()
	peak, bandwidth := float64(d.Peak[units.BF16]), float64(d.Bandwidth)
	small := GEMMShape{M: 1, N: 8192, K: 8192, Weights: units.BF16, Activations: units.BF16}
	large := GEMMShape{M: 16384, N: 8192, K: 8192, Weights: units.BF16, Activations: units.BF16}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"GEMM of one row", float64(s.GEMM.Time(d, small)), 2 * (8192*8192 + 2*8192) / bandwidth},
		{"GEMM of many rows", float64(s.GEMM.Time(d, large)), 2 * 16384 * 8192 * 8192 / peak},
		{"prefill", float64(s.Prefill.Time(d, PrefillShape{Sequences: 1, Tokens: 8192, Pairs: 8192 * 8193 / 2, Keys: 8192,
			Heads: 64, KVHeads: 8, KeyDim: 128, ValueDim: 128, KV: units.BF16})),
			2 * 8192 * 8193 / 2 * 64 * 256 / peak},
		{"pointwise", float64(s.Pointwise.Time(d, 1, 1e6)), 1e6 / bandwidth},
		{"all-reduce of two", float64(s.AllReduce.Time(d, 2, 8, 1e6)), 1e6 / float64(d.Link.Bandwidth)},
	} {
		if c.got < c.want*0.9999 || c.got > c.want*1.001 {
			t.Errorf("%s: %g s; the roofline is %g s", c.what, c.got, c.want)
		}
	}
	if fixed, perKey := s.Decode.Coefficients(d,
		DecodeShape{Sequences: 4, Heads: 8, KVHeads: 1, KeyDim: 128, ValueDim: 128, KV: units.BF16}); fixed != 0 ||
		float64(perKey) < 512/bandwidth*0.9999 || float64(perKey) > 512/bandwidth*1.001 {
		t.Errorf("decode: %v + %v a key; the roofline is %g a key", fixed, perKey, 512/bandwidth)
	}
}

func TestMoreBandwidthIsNeverSlower(t *testing.T) {
	slow := device(t, "h100-sxm-80gb")
	fast := *slow
	fast.Bandwidth *= 1.43
	for _, engine := range []string{"vllm", "sglang", "trtllm"} {
		s, _, err := Load(slow, engine, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, weights := range []units.Format{units.BF16, units.FP8, units.FP8Block, units.INT4} {
			activations := units.FP8
			if weights == units.BF16 || weights == units.INT4 {
				activations = units.BF16
			}
			for m := 1; m <= 16384; m *= 4 {
				shape := GEMMShape{M: m, N: 5120, K: 7168, Weights: weights, Activations: activations}
				before, after := s.GEMM.Time(slow, shape), s.GEMM.Time(&fast, shape)
				if after > before || after < before/1.43 {
					t.Errorf("%s, %v: %v becomes %v with 43%% more bandwidth", engine, shape, before, after)
				}
			}
		}
	}
}

// Where the tensor cores lack a format, weights are unpacked to bf16 and still save memory traffic.
func TestFormatsThatAreNotSupportedFallBack(t *testing.T) {
	d, s := device(t, "a100-sxm-80gb"), Default()
	bf16 := s.GEMM.Time(d, GEMMShape{M: 8, N: 16384, K: 16384, Weights: units.BF16, Activations: units.BF16})
	fp8 := s.GEMM.Time(d, GEMMShape{M: 8, N: 16384, K: 16384, Weights: units.FP8, Activations: units.FP8})
	if !(fp8 < bf16) {
		t.Errorf("fp8 weights on A100 take %v, bf16 weights %v", fp8, bf16)
	}
}

func BenchmarkGEMM(b *testing.B) {
	d, s := device(b, "h100-sxm-80gb"), Default()
	shape := GEMMShape{M: 64, N: 5120, K: 7168, Weights: units.BF16, Activations: units.BF16}
	for b.Loop() {
		s.GEMM.Time(d, shape)
	}
}

// From H100 to H200, with 43% more bandwidth, attention over fp8 caches gained 2–6%
// (silicon/calibration_notes.md, 10).
func TestNarrowCachesGainLittleFromBandwidth(t *testing.T) {
	h100, h200 := device(t, "h100-sxm-80gb"), device(t, "h200-sxm-141gb")
	shape := DecodeShape{Sequences: 64, Heads: 8, KVHeads: 1, KeyDim: 128, ValueDim: 128, KV: units.FP8}
	for _, engine := range []string{"vllm", "sglang", "trtllm"} {
		s, _, err := Load(h100, engine, "")
		if err != nil {
			t.Fatal(err)
		}
		time := func(d *hw.Device) units.Seconds {
			fixed, perKey := s.Decode.Coefficients(d, shape)
			return fixed + perKey*64*4096
		}
		if ratio := time(h200) / time(h100); ratio < 0.94 || ratio > 0.98 {
			t.Errorf("%s: a step on H200 takes %.3f of its time on H100; want 0.94 to 0.98", engine, ratio)
		}
	}
}
