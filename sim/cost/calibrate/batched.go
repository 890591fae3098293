package calibrate

import (
	"fmt"
	"io/fs"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// DeepSeek-V2/V3's sizes, which all rows have: a head's queries without position, the latent, a head's
// values.
const (
	absorbedQuery = 128
	absorbedRank  = 512
	absorbedValue = 128
)

// batchedProblems reads a device's multiplications by W_UK (pre) and W_UV (post) in MLA's absorbed form.
func batchedProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_mla_bmm.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		law, format := "batched.bf16", units.BF16
		if r.Choice("bmm_dtype", "bfloat16", "fp8") == "fp8" {
			law, format = "batched.fp8", units.FP8
		}
		shape := kernels.BatchedShape{Batch: r.Size("num_heads"), M: r.Size("num_tokens"), N: absorbedRank,
			K: absorbedQuery, Format: format}
		if r.Choice("op_name", "mla_gen_pre", "mla_gen_post") == "mla_gen_post" {
			shape.N, shape.K = absorbedValue, absorbedRank
		}
		set.of(law, r.Text("engine")).add(r.Text("engine"), Sample{
			Group: fmt.Sprintf("%s heads=%d", r.Text("op_name"), shape.Batch), Shape: fmt.Sprintf("m=%d", shape.M), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.Batched.Time(d, shape) }})
	})
	return set.sorted(), err
}
