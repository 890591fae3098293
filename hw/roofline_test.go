package hw_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"pgregory.net/rapid"
)

func drawRoofline(t *rapid.T) hw.Roofline {
	return hw.Roofline{
		Peak:      units.FLOPsPerSecond(rapid.Float64Range(1e12, 1e16).Draw(t, "peak")),
		Bandwidth: units.BytesPerSecond(rapid.Float64Range(1e11, 1e13).Draw(t, "bandwidth")),
	}
}

func drawWork(t *rapid.T) (units.FLOPs, units.Bytes, float64) {
	return units.FLOPs(rapid.Float64Range(0, 1e15).Draw(t, "flops")), units.Bytes(rapid.Float64Range(0,
			1e12).Draw(t, "bytes")),
		rapid.Float64Range(1, 12).Draw(t, "p")
}

const tiny = 1e-13 // relative: a few roundings of pow

func TestKneeLiesAtTheRidge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoofline(t)
		bytes := units.Bytes(1e9)
		flops := units.FLOPs(r.Ridge() * float64(bytes))
		compute, memory := r.ComputeTime(flops), r.MemoryTime(bytes)
		if math.Abs(float64(compute/memory)-1) > tiny {
			t.Fatalf("at the ridge arithmetic takes %v, memory %v", compute, memory)
		}
		// There the p-norm is 2^(1/p) times either.
		p := rapid.Float64Range(1, 12).Draw(t, "p")
		if got, want := float64(r.Time(flops, bytes, p)/memory), math.Pow(2, 1/p); math.Abs(got/want-1) > tiny {
			t.Fatalf("at the ridge the norm is %v times either, want %v", got, want)
		}
		if got := r.Attainable(r.Ridge()); math.Abs(float64(got/r.Peak)-1) > tiny {
			t.Fatalf("the roof at the ridge is %v, not the peak %v", got, r.Peak)
		}
		if got, want := r.Attainable(r.Ridge()/2), r.Peak/2; math.Abs(float64(got/want)-1) > tiny {
			t.Fatalf("the roof below the ridge is %v, want %v", got, want)
		}
	})
}

func TestBetterHardwareIsNeverSlower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoofline(t)
		flops, bytes, p := drawWork(t)
		better := r
		better.Peak *= units.FLOPsPerSecond(rapid.Float64Range(1, 4).Draw(t, "more peak"))
		better.Bandwidth *= units.BytesPerSecond(rapid.Float64Range(1, 4).Draw(t, "more bandwidth"))
		if slow, fast := r.Time(flops, bytes, p), better.Time(flops, bytes, p); fast > slow*(1+tiny) {
			t.Fatalf("%v on %v, but %v on the better %v", slow, r, fast, better)
		}
	})
}

func TestNormLiesBetweenMaximumAndSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoofline(t)
		flops, bytes, p := drawWork(t)
		hard, sum, got := r.Time(flops, bytes, math.Inf(1)), r.Time(flops, bytes, 1), r.Time(flops, bytes, p)
		if hard != max(r.ComputeTime(flops), r.MemoryTime(bytes)) {
			t.Fatalf("the hard roofline is %v", hard)
		}
		if got < hard*(1-tiny) || got > sum*(1+tiny) {
			t.Fatalf("the norm %v is outside [%v, %v]", got, hard, sum)
		}
		if large := r.Time(flops, bytes, 1e6); math.Abs(float64(large-hard)) > 1e-5*float64(hard) {
			t.Fatalf("p = 1e6 gives %v, the maximum is %v", large, hard)
		}
	})
}

func TestNoPeakNeverEnds(t *testing.T) {
	if got := (hw.Roofline{Bandwidth: 1}).Time(1, 1, 3); !math.IsInf(float64(got), 1) {
		t.Errorf("arithmetic that the device lacks takes %v", got)
	}
	if got := (hw.Roofline{Peak: 1, Bandwidth: 1}).Time(0, 0, 3); got != 0 {
		t.Errorf("no work takes %v", got)
	}
}
