package kernels

import (
	"math/rand/v2"
	"testing"

	"github.com/roofserve/roofserve/hw"
)

func TestLoadChoosesTheNearestOrigin(t *testing.T) {
	for _, c := range []struct {
		device, engine, law string
		want                OriginKind
		measuredOn          string
	}{
		{"h100-sxm-80gb", "vllm", "gemm.bf16", Measured, "h100-sxm-80gb"},
		{"h100-sxm-80gb", "vllm", "collective.all-gather", Measured, "h100-sxm-80gb"},
		{"h100-sxm-80gb", "vllm", "gemm.fp8-block", Measured, "h100-sxm-80gb"},
		{"h100-sxm-80gb", "trtllm", "gemm.weight4", OtherDevice, "a100-sxm-80gb"},
		{"h100-sxm-80gb", "vllm", "pointwise", Assumed, ""},
		{"h200-sxm-141gb", "sglang", "decode.wide", Relative, "h100-sxm-80gb"},
		{"b200-sxm-180gb", "vllm", "gemm.bf16", Measured, "b200-sxm-180gb"},
		{"b300-sxm-288gb", "trtllm", "gemm.fp8", Relative, "b200-sxm-180gb"},
		{"rtx-pro-6000-96gb", "trtllm", "gemm.nvfp4", OtherDeviceAndEngine, "b200-sxm-180gb"},
		{"b300-sxm-288gb", "trtllm", "gemm.nvfp4", RelativeOtherEngine, "b200-sxm-180gb"},
		{"l4-24gb", "vllm", "gemm.bf16", OtherDevice, "h100-sxm-80gb"},
		{"h800-sxm-80gb", "vllm", "gemm.bf16", Relative, "h100-sxm-80gb"},
		{"a40-48gb", "vllm", "gemm.bf16", OtherDevice, "a100-sxm-80gb"},
		{"h200-sxm-141gb", "sglang", "gemm.weight4", OtherDeviceAndEngine, "a100-sxm-80gb"},
	} {
		d, err := hw.Lookup(c.device)
		if err != nil {
			t.Fatal(err)
		}
		_, origins, err := Load(d, c.engine, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range origins {
			if o.Law == c.law && (o.Kind != c.want || o.Device != c.measuredOn) {
				t.Errorf("%s, %s: %v of kind %d; want kind %d from %q", c.device, c.engine, o, o.Kind, c.want, c.measuredOn)
			}
		}
	}
}

// Of an engine's versions the nearest measured one counts, for each law by itself.
func TestLoadChoosesTheNearestVersion(t *testing.T) {
	for _, c := range []struct{ engine, asked, law, want string }{
		{"vllm", "0.12.0", "gemm.bf16", "0.14.0"}, {"vllm", "0.18.0", "gemm.bf16", "0.19.0"}, {"vllm", "", "gemm.bf16", "0.24.0"},
		{"vllm", "nightly", "gemm.bf16", "0.24.0"}, {"vllm", "0.14.0", "gemm.fp8", "0.19.0"}, {"vllm", "", "gemm.fp8-block", "0.19.0"},
		{"sglang", "0.5.8.post1", "decode.wide", "0.5.9"}, {"trtllm", "1.0.0rc3", "gemm.fp8", "1.2.0rc5"},
	} {
		_, origins, err := Load(device(t, "h100-sxm-80gb"), c.engine, c.asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range origins {
			if o.Law == c.law && o.Version != c.want {
				t.Errorf("%s %s: %s is of version %s, want %s", c.engine, c.asked, c.law, o.Version, c.want)
			}
		}
	}
}

func TestDrawsScatterAroundTheSetAndRepeat(t *testing.T) {
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := Load(d, "vllm", "")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := s.Draw(rand.New(rand.NewPCG(1, 2))), s.Draw(rand.New(rand.NewPCG(1, 2))); a.GEMM != b.GEMM {
		t.Error("the same source gives two different sets")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	const draws = 400
	below := 0
	for range draws {
		if s.Draw(rng).GEMM.BF16.Fixed < s.GEMM.BF16.Fixed {
			below++
		}
	}
	if below < draws/3 || below > draws*2/3 {
		t.Errorf("%d of %d draws below the fitted value", below, draws)
	}
}
