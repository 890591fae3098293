package kernels

import (
	"math"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Overlap is the time of two activities that run at once on the same kernel: (a + b + √((a−b)² +
// 4·serial²·a·b))/2. serial 0 is the bare roofline max(a, b), 1 is no overlap at all (a + b), and where a = b
// the time is (1 + serial)·a. It takes the place of the customary p-norm (serial = 2^(1/p) − 1), whose powers
// differ in the last bit between machines.
func Overlap(a, b units.Seconds, serial float64) units.Seconds {
	a, b = units.Seconds(a), units.Seconds(b) // where this is inlined, they may be products not yet rounded
	difference := float64(a - b)
	squares := float64(difference*difference) + float64(4*serial*serial*float64(a)*float64(b))
	return units.Seconds((a + b + units.Seconds(math.Sqrt(squares))) / 2)
}

// Traffic is the time to move bytes between memory and the SMs: bytes/bandwidth + bytes/(SMs·rate). The first
// term is the data sheet's, the second is what the SMs need to take the bytes in, one SM moving rate bytes a
// second; a kernel whose bandwidth efficiency is e has rate = bandwidth/SMs · e/(1−e). Keeping them apart is
// how a kernel transfers to a device with the same SMs and more bandwidth: measured memory-bound bf16 and fp8
// kernels take 1 − 0.3·f of their time when bandwidth grows by 43% (H100 → H200), f being the share of the
// old bandwidth that they reached (silicon/calibration_notes.md, 10), which is exactly this sum: only the
// bytes/bandwidth part shrinks, by 1 − 1/1.43 = 0.3.
func Traffic(d *hw.Device, bytes units.Bytes, rate float64) units.Seconds {
	return units.Seconds(float64(bytes)/float64(d.Bandwidth)) +
		units.Seconds(float64(bytes)/(float64(d.SMs)*rate))
}
