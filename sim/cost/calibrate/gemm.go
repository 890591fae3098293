package calibrate

import (
	"fmt"
	"io/fs"
	"slices"

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
	"nvfp4":     {"gemm.nvfp4", units.NVFP4, units.NVFP4, []string{"heuristic"}},
	"sq":        {"gemm.int8", units.INT8, units.INT8, []string{"heuristic"}},
	"int8_wo":   {"gemm.weight8", units.INT8, units.BF16, []string{"narrow"}},
	"int4_wo":   {"gemm.weight4", units.INT4, units.BF16, []string{"narrow"}},
}

// addQuantisation adds the kernels that quantise activations for gemm.fp8 where a version's were measured by
// themselves: that is what tells their launches from the multiplication's. Where they were not, one launch of
// a small kernel stands for them.
func (set *problemSet) addQuantisation(dir fs.FS, source string) error {
	parts := map[[3]string]units.Seconds{}
	add := func(r *Row, both units.Seconds) {
		p := set.byName[problemName("gemm.fp8", r.Text("engine"))]
		m, k := r.Size("m"), r.Size("k")
		if p == nil || m > maxQuantised {
			return
		}
		p.alone = true
		p.add(r.Text("engine"), Sample{Group: fmt.Sprintf("quantisation k=%d", k), Shape: fmt.Sprintf("m=%d", m), Measured: both,
			Predict: func(s *kernels.Set) units.Seconds { return s.GEMM.Quantisation(set.device, m, k) }})
	}
	err := readRows(dir, source, func(r *Row) {
		key := [3]string{r.Text("engine"), r.Text("m"), r.Text("k")}
		time := r.Latency()
		if r.Text("kernel") == "sglang" { // takes more than SGLang's GEMMs with their quantisation
			return
		}
		if other, known := parts[key]; known {
			add(r, time+other)
		} else {
			parts[key] = time
		}
	})
	for _, p := range set.byName {
		if slices.Contains([]string{"gemm.fp8", "gemm.fp8-block", "gemm.nvfp4"}, p.Law) && !p.alone {
			p.Fixed = map[string]string{"cast": "quantisation was not measured by itself"}
		}
	}
	return err
}

// mostSerial is how badly a kernel overlaps copies with multiplication where copies have an engine of their
// own (the TMA, since Hopper). Rows can hardly tell it from the rate of copies: held-out errors are the same,
// but with more of it weights of 128 MB and more would stream 6 to 17% slower than measured.
const mostSerial = 0.3

// maxQuantised is the most rows of what is quantised that the fit looks at: what a step has.
const maxQuantised = 8192

// untuned is why TensorRT-LLM's nvfp4 rows are not used: they are all of one tile of 128×256 over the whole
// of K, which its fp4_gemm falls back to (getDefaultGemmConfig of cpp/tensorrt_llm/thop/fp4Gemm.cpp). An
// engine's autotuner, on by default, chooses a tile for each number of rows before it serves.
const untuned = "the tile that no autotuner chose, up to three times slower than what an engine runs"

// smallestGEMM is the least n and k that is used: what engines run with less are routers of a few columns and
// gates, and the rows below are nothing but launch times.
const smallestGEMM = 128

// gemmProblems reads a device's dense matrix multiplications.
func gemmProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_gemm.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
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
		// Here a chain of PyTorch's kernels quantises, which passes ten times over the activations and takes 8 to
		// 20 µs for the least of them. In service a compiler fuses the chain, as the later versions' own kernel
		// does.
		if engine == "vllm-0.14.0" && (format.law == "gemm.fp8" || format.law == "gemm.fp8-block") {
			return
		}
		p := set.of(format.law, engine)
		p.Variants = format.tilings
		if d.Generation != "ampere" {
			p.Most = map[string]float64{"serial": mostSerial}
		}
		if engine == "trtllm-1.2.0rc5" && r.Text("m") == "0" {
			p.drop("nothing to multiply")
			return
		}
		shape := kernels.GEMMShape{M: r.Size("m"), N: r.Size("n"), K: r.Size("k"),
			Weights: format.weights, Activations: format.activations}
		sample := Sample{
			Group: fmt.Sprintf("n=%d k=%d", shape.N, shape.K), Shape: fmt.Sprintf("m=%d", shape.M), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return s.GEMM.Time(d, shape) }}
		if p.Engine == "trtllm" && format.law == "gemm.nvfp4" {
			p.drop(untuned)
			return
		}
		if shape.N < smallestGEMM || shape.K < smallestGEMM {
			p.leaveOut("n or k below 128", sample)
			return
		}
		p.add(engine, sample)
	})
	if err != nil {
		return nil, err
	}
	return set.sorted(), set.addQuantisation(dir, prefix+"_quantize.csv.gz")
}
