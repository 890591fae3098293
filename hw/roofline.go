package hw

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/portable"
)

// Roofline bounds how fast work can run: by arithmetic or by memory (Williams, Waterman, Patterson:
// "Roofline: an insightful visual performance model for multicore architectures", CACM 52(4), 2009).
type Roofline struct {
	Peak      units.FLOPsPerSecond
	Bandwidth units.BytesPerSecond
}

// Time is how long work of flops operations on bytes of traffic takes when arithmetic and memory overlap as
// far as the exponent p says: the p-norm of the time of each alone. The hard roofline, their maximum, is p =
// +Inf; p = 1 is their sum, no overlap at all. Kernels near the ridge show p of about 3.
func (r Roofline) Time(flops units.FLOPs, bytes units.Bytes, p float64) units.Seconds {
	return PNorm(r.ComputeTime(flops), r.MemoryTime(bytes), p)
}

// ComputeTime is the time of the arithmetic alone.
func (r Roofline) ComputeTime(flops units.FLOPs) units.Seconds {
	return units.Seconds(float64(flops) / float64(r.Peak))
}

// MemoryTime is the time of the traffic alone.
func (r Roofline) MemoryTime(bytes units.Bytes) units.Seconds {
	return units.Seconds(float64(bytes) / float64(r.Bandwidth))
}

// Ridge is the arithmetic intensity in FLOP/B at which arithmetic and memory take the same time.
func (r Roofline) Ridge() float64 { return float64(r.Peak) / float64(r.Bandwidth) }

// Attainable is the largest throughput at an intensity in FLOP/B: the roof itself.
func (r Roofline) Attainable(intensity float64) units.FLOPsPerSecond {
	return min(r.Peak, units.FLOPsPerSecond(intensity*float64(r.Bandwidth)))
}

// PNorm joins two times that overlap: (a^p + b^p)^(1/p) for p from 1, their maximum for p = +Inf. The larger
// time is taken out of the power, so that nothing overflows or vanishes. The result has the same bits on
// every machine.
func PNorm(a, b units.Seconds, p float64) units.Seconds {
	long, short := max(a, b), min(a, b)
	switch {
	case short <= 0 || math.IsInf(p, 1) || math.IsInf(float64(long), 1):
		return long
	case p == 1:
		return long + short
	}
	x := float64(short / long)
	return units.Seconds(float64(long) * portable.Pow(1+portable.Pow(x, p), 1/p))
}
