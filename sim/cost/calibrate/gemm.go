package calibrate

import (
	"fmt"
	"io/fs"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// gemmProblems reads a device's dense matrix multiplications.
func gemmProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_gemm.csv.gz"
	set := newProblemSet(d, source)
	err := readRows(dir, source, func(r *Row) {
		if r.Text("gemm_dtype") != "bfloat16" {
			return
		}
		engine := r.Text("engine")
		p := set.of("gemm.bf16", engine)
		shape := kernels.GEMMShape{M: r.Int("m"), N: r.Int("n"), K: r.Int("k"), Weights: units.BF16, Activations: units.BF16}
		p.add(engine, Sample{
			Group: fmt.Sprintf("n=%d k=%d", shape.N, shape.K), Shape: fmt.Sprintf("m=%d", shape.M), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.GEMM.Time(d, shape) }})
	})
	return set.sorted(), err
}
