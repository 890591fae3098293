package calibrate

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// expertsFormats says which law and formats the file's moe_dtype means.
var expertsFormats = map[string]struct {
	law                  string
	weights, activations units.Format
}{
	"bfloat16":    {"experts.bf16", units.BF16, units.BF16},
	"fp8":         {"experts.fp8", units.FP8, units.FP8},
	"fp8_block":   {"experts.fp8-block", units.FP8Block, units.FP8},
	"nvfp4":       {"experts.nvfp4", units.NVFP4, units.NVFP4},
	"int4_wo":     {"experts.weight4", units.INT4, units.BF16},
	"w4a16_mxfp4": {"experts.mxfp4", units.MXFP4, units.BF16},
	// checkpoints in mxfp4 say nothing of activations: whether they are narrowed before is the engine's choice
	narrowed: {"experts.mxfp4", units.MXFP4, units.BF16},
}

// narrowed is the moe_dtype of experts in mxfp4 whose tokens are cast to mxfp8 before.
const narrowed = "w4a8_mxfp4_mxfp8"

// routings are the file's distributions that are used. With its "balanced" one, routers that limit tokens to
// groups of experts hit fewer experts than it means to.
var routings = map[string]kernels.Routing{
	"power_law_1.01": kernels.PowerLaw{Alpha: 1.01},
	"power_law_1.2":  kernels.PowerLaw{Alpha: 1.2},
}

// expertsRow is a measured expert layer with what decides whether it is used.
type expertsRow struct {
	version, kernel, dtype string
	shape                  kernels.ExpertsShape
	tensorRanks            int
	latency                units.Seconds
}

// expertsProblems reads a device's fused expert layers.
func expertsProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_moe.csv.gz"
	set := newProblemSet(d, source)
	byLaw := make(map[*Problem][]expertsRow)
	err := set.read(dir, func(r *Row) {
		format, ok := expertsFormats[r.Text("moe_dtype")]
		if !ok {
			return
		}
		row := expertsRow{version: r.Text("engine"), kernel: r.Text("kernel"), dtype: r.Text("moe_dtype"),
			tensorRanks: r.Size("moe_tp_size"), latency: r.Latency()}
		row.shape = kernels.ExpertsShape{Tokens: r.Size("num_tokens"), Hidden: r.Size("hidden_size"), Inter: r.Size("inter_size") / row.tensorRanks,
			TopK: r.Within("topk", 1, mostExperts), Experts: r.Within("num_experts", 1, mostExperts), Ranks: r.Within("moe_ep_size", 1, mostExperts),
			Weights: format.weights, Activations: format.activations, Routing: routings[r.Text("distribution")]}
		if row.version == tenfold {
			row.latency /= 10
		}
		row.check(r)
		row.shape.Gated = !row.ungated()
		p := set.of(format.law, row.version)
		if reason := row.foreign(d, format.law); reason != "" {
			p.drop(reason)
			return
		}
		byLaw[p] = append(byLaw[p], row)
	})
	problems := set.sorted()
	for _, p := range problems {
		p.addExperts(byLaw[p])
		if p.Law == "experts.mxfp4" {
			p.Fixed = map[string]string{"prologue": "two shapes of one width cannot tell it",
				"own": "two numbers of experts cannot tell it"}
			if oneWidth(byLaw[p]) {
				p.Most = map[string]float64{"fixed": mostFixed}
			}
		}
	}
	return problems, err
}

// mostFixed is the most seconds that a layer of experts in mxfp4 is taken to have whatever its width, where
// rows of one width cannot tell: what rows of several widths say is 22 to 34 µs, of every engine (H100's of
// trtllm-1.2.0rc5, B200's of the others). Left alone, two versions' fits gave 73 µs to what is 27 µs in all
// over eight ranks.
const mostFixed = 35e-6

// oneWidth tells whether all rows are of one inner width.
func oneWidth(rows []expertsRow) bool {
	return !slices.ContainsFunc(rows, func(r expertsRow) bool { return r.shape.Inter != rows[0].shape.Inter })
}

// tenfold is the version whose times are those of ten runs: at every shape they are ten times what versions
// before and after it take, and at many shapes ten times what the memory takes to deliver the weights.
const tenfold = "sglang-0.5.6.post2"

// mostExperts is the largest number of experts that is believed.
const mostExperts = 1 << 14

// check refuses a layer that cannot be divided so.
func (r *expertsRow) check(from *Row) {
	s := &r.shape
	switch {
	case s.Inter < 1:
		from.fail("moe_tp_size", "use a share of inter_size", "%d ranks share experts of %s", r.tensorRanks, from.Text("inter_size"))
	case s.TopK > s.Experts:
		from.fail("topk", "use at most num_experts", "%d of %d experts", s.TopK, s.Experts)
	case s.Ranks > s.Experts:
		from.fail("moe_ep_size", "use at most num_experts", "%d ranks for %d experts", s.Ranks, s.Experts)
	}
}

// ungated tells whether an engine ran the shape without a gate, as Nemotron's layers (22 of 512 experts, or
// 2688 wide) want it: versions before vllm-0.24 and sglang-0.5.14 ran them with one.
func (r *expertsRow) ungated() bool {
	nemotron := r.shape.TopK == 22 || r.shape.Hidden == 2688
	return nemotron && (r.version == "vllm-0.24.0" || r.version == "sglang-0.5.14" || strings.HasSuffix(r.kernel, "nongated"))
}

// mostTokens is the largest number of tokens in a step that the fit looks at: what engines allow by default.
const mostTokens = 8192

// mostRanks bounds the ranks whose rows are used: here every rank has every token, and beyond a few nodes
// engines exchange tokens instead.
const mostRanks = 32

// repetitions is how often a measurement ran the layer, with different tokens each time, before the same
// experts came again.
const repetitions = 5

// crowds are the versions whose collector gave the measured rank all experts that were chosen, where choices
// were fewer than experts: a token that chooses 8 of 256 took as long on one of 8 ranks as 7 experts' weights
// do, in later collectors' rows as long as one expert's.
var crowds = map[string]bool{"sglang-0.5.9": true, "trtllm-1.2.0rc5": true, "trtllm-1.3.0rc10": true,
	"vllm-0.14.0": true}

// foreign says why a row is not of the kernels with which the engine serves; empty if it is.
func (r *expertsRow) foreign(d *hw.Device, law string) string {
	s := &r.shape
	switch {
	case s.Routing == nil:
		return "balanced routing"
	case crowds[r.version] && s.Ranks > 1 && s.Tokens*s.TopK <= s.Experts:
		return "fewer choices than experts, all put on the rank that was measured"
	case r.version == "vllm-0.24.0" && law == "experts.fp8", r.version == "vllm-0.19.0" && law == "experts.weight4":
		return "2 to 5 times slower than the same kernel elsewhere"
	case r.version == "vllm-0.14.0" && law == "experts.weight4" && s.Ranks > 1:
		return "2 to 3 times slower than vllm-0.24 on the same share of the experts"
	case d.Generation == "blackwell":
		return r.foreignOnBlackwell(law)
	case r.kernel == "moe_torch_flow_min_latency":
		return "a kernel for few tokens of one model, beside the engine's own"
	case r.kernel == "sglang_flashinfer_cutlass_moe", law == "experts.mxfp4" && strings.Contains(r.kernel, "marlin"):
		return "a kernel for one model only"
	}
	return ""
}

// foreignOnBlackwell is foreign there, where an engine has several kernels for 4-bit experts and the
// collector ran most of them. TensorRT-LLM's backend TRTLLM is what its guides and public benchmarks serve
// with (docs/source/deployment-guide; measured as moe_torch_flow_min_latency): at 64 tokens it takes half of
// the time of CUTLASS. It and SGLang cast gpt-oss's tokens to mxfp8 (model_config.py, get_mxfp4_quant_algo;
// server_args.py, flashinfer_mxfp4_moe_precision), vLLM by itself does not.
func (r *expertsRow) foreignOnBlackwell(law string) string {
	narrows := !strings.HasPrefix(r.version, "vllm")
	switch {
	case law == "experts.nvfp4" && (r.kernel == "moe_torch_flow_cutlass" || r.kernel == "moe_torch_flow_nongated"):
		return "CUTLASS, beside the faster kernel that is served with"
	case law == "experts.mxfp4" && narrows != (r.dtype == narrowed):
		return "activations of another width than are served with"
	case law == "experts.mxfp4" && r.version == "vllm-0.19.0":
		return "4 to 15 times slower than vllm-0.24: a fallback"
	case r.version == "sglang-0.5.14" && r.kernel == "sglang_fused_moe_triton":
		return "the fallback for models that the engine's own kernel does not take"
	case strings.Contains(r.kernel, "flashinfer_cutlass"), law == "experts.mxfp4" && strings.Contains(r.kernel, "marlin"):
		return "a kernel for one model only"
	}
	return ""
}

// beyond says why the law is not meant for a row; empty if it is.
func (r *expertsRow) beyond(d *hw.Device, law string) string {
	s := &r.shape
	hit := s.Routing.Spread(s.Tokens, s.TopK, s.Experts, s.Ranks).Experts
	switch {
	case s.Tokens > mostTokens:
		return "more tokens than a step has"
	case s.Inter%32 != 0 && law != "experts.mxfp4":
		return "experts' width on a rank is not a multiple of 32"
	case law == "experts.mxfp4" && s.Ranks > 2:
		return "gpt-oss's experts over more than 2 ranks"
	case s.Ranks > mostRanks:
		return "more than 32 ranks without an exchange of tokens"
	case s.Weights.Bytes(repetitions*hit*3*float64(s.Hidden)*float64(s.Inter)) < d.L2:
		return "weights stay in L2 between repetitions"
	}
	return ""
}

// outlier is how many times more than a bound from other rows a time may be before it is taken for a failed
// choice of tiles.
const outlier = 1.5

// addExperts adds rows as samples, but those that took much longer than the same layer with more work (more
// tokens, or a larger share of the experts), or more than twice as long as with half the work: there the
// engine's tuner failed.
func (p *Problem) addExperts(rows []expertsRow) {
	groups := make(map[string][]expertsRow)
	for _, r := range rows {
		key := fmt.Sprint(r.version, r.kernel, r.group())
		groups[key] = append(groups[key], r)
	}
	for _, r := range rows {
		shape := r.shape
		sample := Sample{
			Group:    r.group(),
			Shape:    fmt.Sprintf("%s tokens=%d tp=%d ep=%d %v", r.version, shape.Tokens, r.tensorRanks, shape.Ranks, shape.Routing),
			Measured: r.latency,
			Predict:  func(s *kernels.Set) units.Seconds { return s.Experts.Time(p.Device, shape) }}
		if r.latency > outlier*r.bound(groups[fmt.Sprint(r.version, r.kernel, r.group())]) {
			p.drop("slower than with more work")
		} else if reason := r.beyond(p.Device, p.Law); reason != "" {
			p.leaveOut(reason, sample)
		} else {
			p.add(r.version, sample)
		}
	}
}

// group names the layer's expert shape.
func (r *expertsRow) group() string {
	return fmt.Sprintf("hidden=%d inter=%d topk=%d experts=%d", r.shape.Hidden, r.shape.Inter*r.tensorRanks, r.shape.TopK, r.shape.Experts)
}

// bound is the least time of rows with at least as much work, or twice that of rows with half of it.
func (r *expertsRow) bound(same []expertsRow) units.Seconds {
	least := r.latency
	for _, o := range same {
		switch {
		case o.shape.Tokens >= r.shape.Tokens && o.tensorRanks <= r.tensorRanks && o.shape.Ranks <= r.shape.Ranks:
			least = min(least, o.latency)
		case o.shape.Tokens == r.shape.Tokens && o.tensorRanks*o.shape.Ranks == 2*r.tensorRanks*r.shape.Ranks &&
			o.tensorRanks >= r.tensorRanks && o.shape.Ranks >= r.shape.Ranks:
			least = min(least, 2*o.latency)
		}
	}
	return least
}
