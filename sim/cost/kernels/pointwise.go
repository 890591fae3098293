package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Pointwise is the law of element-wise kernels (norms, rotary embedding, activations, residuals, cache
// writes): fixed + Traffic. No file measures them by themselves; the defaults are those of a kernel that
// copies. Whole MLA blocks of trtllm agree (h100_mla_generation_module, up to 64 sequences): what their
// matrix multiplications and core leave is 3–12 µs, where three of these kernels give 7.5–8.5; but a GEMM law
// that is 3% off moves that by 5 µs, so that nothing is fitted to it.
type Pointwise struct {
	Discrepancy
	Fixed units.Seconds // launch and drain
	Rate  float64       // bytes a second that one SM takes in, see Traffic
}

func (p *Pointwise) laws() []Named { return []Named{{"pointwise", p}} }

// Parameters implements Law. The defaults: the fixed time is that of the smallest bf16 GEMMs, which do little
// else (h100_gemm, 2.4–2.9 µs); the rate reaches 0.8 of the bandwidth on H100 (silicon/calibration_notes.md,
// 6).
func (p *Pointwise) Parameters() []Parameter {
	return []Parameter{fixedCost("fixed", (*float64)(&p.Fixed), 2.5e-6, 50e-6),
		issueRate("rate", &p.Rate, 100e9), p.parameter()}
}

// Time is how long it takes a number of kernels after each other to read and write bytes in all.
func (p *Pointwise) Time(d *hw.Device, kernels int, bytes units.Bytes) units.Seconds {
	if bytes == 0 {
		return 0
	}
	return p.scaled(units.Seconds(units.Seconds(kernels)*p.Fixed) + Traffic(d, bytes, p.Rate))
}
