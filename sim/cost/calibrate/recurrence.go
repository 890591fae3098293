package calibrate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// recurrenceFiles are the measured files of each kind of recurrence.
var recurrenceFiles = []struct{ kind, file string }{
	{"gdn", "_gated_delta_net.csv.gz"},
	{"kda", "_kimi_delta_attention.csv.gz"},
	{"mamba2", "_mamba2.csv.gz"},
}

// recurrenceProblems reads a device's linear-attention and state-space kernels.
func recurrenceProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	var all []*Problem
	for _, f := range recurrenceFiles {
		source := prefix + f.file
		set := newProblemSet(d, source)
		err := set.read(dir, func(r *Row) { set.addRecurrence(f.kind, r) })
		if err != nil {
			return nil, err
		}
		all = append(all, set.sorted()...)
	}
	return all, nil
}

// addRecurrence adds one row to the problem of its law.
func (set *problemSet) addRecurrence(kind string, r *Row) {
	shape := recurrenceShape(kind, r)
	part, predict := "scan", (*kernels.Recurrence).Scan
	convolution := strings.HasPrefix(r.Text("kernel"), "causal_conv1d")
	switch step := r.Text("phase") == "generation"; {
	case convolution && step:
		part, predict = "conv-step", (*kernels.Recurrence).ConvStep
	case convolution:
		part, predict = "conv-scan", (*kernels.Recurrence).ConvScan
	case step:
		part, predict = "step", (*kernels.Recurrence).Step
	}
	d := set.device
	p := set.of(kind+"."+part, r.Text("engine"))
	state := units.Bytes(8 * float64(shape.Sequences*shape.Heads) * float64(shape.KeyDim*shape.ValueDim))
	switch {
	case r.Text("phase") == "verify":
		p.drop("verification of drafted tokens")
	case part == "step" && state > d.L2/16 && state < 2*d.L2: // read and written: both count
		p.drop("states stay in L2 between repetitions")
	default:
		p.add(r.Text("engine"), Sample{
			Group:    fmt.Sprintf("heads=%d:%d dims=%dx%d channels=%d", shape.KeyHeads, shape.Heads, shape.KeyDim, shape.ValueDim, shape.ConvDim),
			Shape:    fmt.Sprintf("batch=%d tokens=%d %s", shape.Sequences, shape.Tokens/shape.Sequences, r.Text("model_name")),
			Measured: r.Latency(),
			Predict:  func(s *kernels.Set) units.Seconds { return predict(&s.Recurrence, d, shape) }})
	}
}

// recurrenceShape is a row's shape; the files name the sizes of a state as each kind's papers do.
func recurrenceShape(kind string, r *Row) kernels.RecurrenceShape {
	s := kernels.RecurrenceShape{Kind: kind, Sequences: r.Size("batch_size"), ConvWidth: r.Size("d_conv")}
	s.Tokens = s.Sequences * r.Size("seq_len")
	if kind == "mamba2" {
		s.KeyHeads, s.Heads, s.KeyDim, s.ValueDim = r.Size("n_groups"), r.Size("nheads"), r.Size("d_state"), r.Size("head_dim")
	} else {
		s.KeyHeads, s.Heads, s.KeyDim, s.ValueDim = r.Size("num_k_heads"), r.Size("num_v_heads"), r.Size("head_k_dim"), r.Size("head_v_dim")
	}
	s.ConvDim = 2*s.KeyHeads*s.KeyDim + s.Heads*s.ValueDim
	if r.Text("engine") == "sglang-0.5.10" { // whose times are the same for any number of value heads
		s.ConvDim = s.KeyHeads * s.KeyDim
	}
	return s
}
