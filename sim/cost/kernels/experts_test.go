package kernels

import (
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

func expertsDevice() *hw.Device {
	return &hw.Device{SMs: 132, Bandwidth: 3.35e12, Peak: hw.Peaks{
		units.BF16: 989.4e12, units.FP8: 1978.9e12}}
}

func deepseekLayer(tokens int, weights, activations units.Format) ExpertsShape {
	return ExpertsShape{Tokens: tokens, Hidden: 7168, Inter: 2048, TopK: 8, Experts: 256, Ranks: 8, Gated: true,
		Weights: weights, Activations: activations}
}

func TestExpertsOnTheDataSheetAreTheRoofline(t *testing.T) {
	d, set := expertsDevice(), Datasheet()
	few := deepseekLayer(64, units.FP8Block, units.FP8)
	few.Routing = Balanced{}
	// 64 tokens choose 512 experts of 256: all 32 of a rank are read, 3·7168·2048 fp8 weights each.
	weights := float64(units.FP8Block.Bytes(32*3*7168*2048)) / 3.35e12
	if got := float64(set.Experts.Time(d, few)); got < weights || got > 1.1*weights {
		t.Errorf("64 tokens take %g s, reading the weights %g", got, weights)
	}
	many := few
	many.Tokens = 1 << 20
	flops := 2 * 3 * 7168 * 2048 * float64(many.Tokens)
	if got := float64(set.Experts.Time(d, many)); got < flops/1978.9e12 || got > 1.5*flops/1978.9e12 {
		t.Errorf("a million tokens take %g s, the arithmetic %g", got, flops/1978.9e12)
	}
}

func TestExpertsKeepTheirLaws(t *testing.T) {
	set := Default()
	for _, format := range []struct{ weights, activations units.Format }{
		{units.BF16, units.BF16}, {units.FP8, units.FP8}, {units.FP8Block, units.FP8}, {units.INT4, units.BF16},
		{units.MXFP4, units.BF16}, {units.FP8, units.BF16}, {units.NVFP4, units.NVFP4}, {units.INT8, units.INT8},
	} {
		d := expertsDevice()
		wide := *d
		wide.Bandwidth *= 1.43
		before := units.Seconds(0)
		for tokens := 1; tokens <= 1<<14; tokens *= 2 {
			shape := deepseekLayer(tokens, format.weights, format.activations)
			now := set.Experts.Time(d, shape)
			if now < before {
				t.Errorf("%v: %d tokens take %g s, half of them %g", format, tokens, now, before)
			}
			before = now
			if faster := set.Experts.Time(&wide, shape); faster > now || faster < now/1.43 {
				t.Errorf("%v: %d tokens take %g s with 1.43 times the bandwidth and %g before", format, tokens, faster, now)
			}
		}
	}
	if idle := set.Experts.Time(expertsDevice(), deepseekLayer(0, units.BF16, units.BF16)); idle != 0 {
		t.Errorf("no tokens take %g s", idle)
	}
}

// TestInt4GainsLittleFromBandwidth checks the measured law of transfer: 0.12·f of 43% more bandwidth.
func TestInt4GainsLittleFromBandwidth(t *testing.T) {
	d := expertsDevice()
	wide := *d
	wide.Bandwidth *= 1.43
	set := Default()
	set.Experts.Weight4.Rate = 30e9
	shape := deepseekLayer(64, units.INT4, units.BF16)
	gain := 1 - float64(set.Experts.Time(&wide, shape)/set.Experts.Time(d, shape))
	if gain < 0.02 || gain > 0.12 {
		t.Errorf("43%% more bandwidth saves %.1f%%, want 2 to 12%%", 100*gain)
	}
}

func BenchmarkExperts(b *testing.B) {
	d, set := expertsDevice(), Default()
	shape := deepseekLayer(256, units.FP8Block, units.FP8)
	for b.Loop() {
		set.Experts.Time(d, shape)
	}
}
