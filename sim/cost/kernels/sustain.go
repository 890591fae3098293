package kernels

// Sustain lets matrix multiplications reach a share of the rate at which they were measured, in short bursts:
// in service power bounds the tensor cores' clock.
func (s *Set) Sustain(share float64) {
	for _, l := range s.GEMM.every() {
		l.Efficiency *= share
	}
	for _, l := range s.Experts.every() {
		l.Efficiency *= share
	}
}

// every is all ways to multiply.
func (g *GEMM) every() []*GEMMLaw {
	return []*GEMMLaw{&g.BF16, &g.FP8, &g.FP8Block, &g.NVFP4, &g.INT8, &g.Weight8, &g.Weight4}
}

// every is all ways to multiply.
func (e *Experts) every() []*ExpertsLaw {
	return []*ExpertsLaw{&e.BF16, &e.FP8, &e.FP8Block, &e.NVFP4, &e.Weight4, &e.MXFP4, &e.Sorted, &e.Masked}
}
