package calibrate

import (
	"fmt"
	"io/fs"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// gemmFormats says which law and formats the file's gemm_dtype means.
var gemmFormats = map[string]struct {
	law                  string
	weights, activations units.Format
	tilings              []string
}{
	"bfloat16":  {"gemm.bf16", units.BF16, units.BF16, []string{"heuristic"}},
	"fp8":       {"gemm.fp8", units.FP8, units.FP8, []string{"heuristic", "dispatched"}},
	"fp8_block": {"gemm.fp8-block", units.FP8Block, units.FP8, []string{"heuristic", "dispatched"}},
	"sq":        {"gemm.int8", units.INT8, units.INT8, []string{"heuristic"}},
	"int8_wo":   {"gemm.weight8", units.INT8, units.BF16, []string{"narrow"}},
	"int4_wo":   {"gemm.weight4", units.INT4, units.BF16, []string{"narrow"}},
}

// smallestGEMM is the least n and k that is used: what engines run with less are routers of a few columns and
// gates, and the rows below are nothing but launch times.
const smallestGEMM = 128

// gemmProblems reads a device's dense matrix multiplications.
func gemmProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_gemm.csv.gz"
	set := newProblemSet(d, source)
	err := readRows(dir, source, func(r *Row) {
		format, ok := gemmFormats[r.Text("gemm_dtype")]
		if !ok {
			return
		}
		engine := r.Text("engine")
		// These rows have a floor of 55–95 µs, the host's, far beyond m = 1024; the kernel is DeepGEMM, which
		// sglang measured too.
		if engine == "vllm-0.24.0" && format.law == "gemm.fp8-block" {
			return
		}
		p := set.of(format.law, engine)
		p.Variants = format.tilings
		shape := kernels.GEMMShape{M: r.Size("m"), N: r.Size("n"), K: r.Size("k"),
			Weights: format.weights, Activations: format.activations}
		sample := Sample{
			Group: fmt.Sprintf("n=%d k=%d", shape.N, shape.K), Shape: fmt.Sprintf("m=%d", shape.M), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.GEMM.Time(d, shape) }}
		if shape.N < smallestGEMM || shape.K < smallestGEMM {
			p.leaveOut("n or k below 128", sample)
			return
		}
		p.add(engine, sample)
	})
	return set.sorted(), err
}
