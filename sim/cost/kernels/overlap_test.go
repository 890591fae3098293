package kernels

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

func TestOverlapLiesBetweenTheLargerAndTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := units.Seconds(rapid.Float64Range(0, 1).Draw(t, "a"))
		b := units.Seconds(rapid.Float64Range(0, 1).Draw(t, "b"))
		serial := rapid.Float64Range(0, 1).Draw(t, "serial")
		got := Overlap(a, b, serial)
		if got < max(a, b)-1e-12 || got > a+b+1e-12 {
			t.Fatalf("Overlap(%v, %v, %v) = %v", a, b, serial, got)
		}
		// Where b is far longer both are b, but for the last bit.
		if more := Overlap(a+0.1, b, serial); more < got-1e-12 {
			t.Fatalf("a longer activity makes %v of %v", more, got)
		}
	})
	if got := Overlap(1, 1, 0.25); math.Abs(float64(got)-1.25) > 1e-15 {
		t.Errorf("two equal activities take %v; want 1.25", got)
	}
}

// The measured rule for a device with 43% more bandwidth and the same SMs: a kernel that reached the share f
// of the old bandwidth takes 1 − 0.3·f of its time (silicon/calibration_notes.md, 10).
func TestTrafficTransfersToMoreBandwidth(t *testing.T) {
	old := &hw.Device{SMs: 132, Bandwidth: 3.352e12}
	faster := &hw.Device{SMs: 132, Bandwidth: 4.8e12}
	for _, rate := range []float64{10e9, 50e9, 150e9, 350e9} {
		before, after := Traffic(old, 1e9, rate), Traffic(faster, 1e9, rate)
		share := 1e9 / float64(before) / float64(old.Bandwidth)
		if got, want := float64(after/before), 1-0.3017*share; math.Abs(got-want) > 0.001 {
			t.Errorf("a kernel at %.2f of the bandwidth takes %.3f of its time; want %.3f", share, got, want)
		}
	}
}
