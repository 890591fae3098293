package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Shares of the memory's time that show where an SM's instructions widen what it reads. From H100 to H200,
// with 43% more bandwidth and the same SMs, kernels on int4 weights take 1 − 0.12·f of their time, f being
// the share of the old bandwidth that they reached, where all of the memory's time showing would give 1 −
// 0.30·f; experts in mxfp4 and attention over fp8 caches gained 2–6%, which at the f of 0.3 to 0.85 that they
// reach is about 1 − 0.075·f (silicon/calibration_notes.md, 10).
const (
	exposedInt4 = 0.12 / 0.30
	exposedFP   = 0.075 / 0.30
)

// Widening is the time to read bytes of a format narrower than what they are multiplied with (int4 and mxfp4
// weights, fp8 caches), when an SM reads and widens rate bytes a second. It is bound by instructions, and
// hardly by the memory, of whose time only the share exposed shows.
func Widening(d *hw.Device, bytes units.Bytes, rate, exposed float64) units.Seconds {
	memory := units.Seconds(exposed * float64(bytes) / float64(d.Bandwidth))
	return memory + units.Seconds(float64(bytes)/(float64(d.SMs)*rate))
}
