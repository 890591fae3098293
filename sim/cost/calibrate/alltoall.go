package calibrate

import (
	"fmt"
	"io/fs"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// communicationSMs is how many SMs DeepEP's kernels for many tokens take by default (Buffer.num_sms).
const communicationSMs = 20

// mostNodes is the largest number of nodes that is believed.
const mostNodes = 1 << 10

// allToAllProblems reads a device's expert dispatch and combine kernels.
func allToAllProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	low := prefix + "_deepep_low_latency.csv.gz"
	lows := newProblemSet(d, low)
	err := readRows(dir, low, func(r *Row) {
		lows.addExchange(r, "alltoall.low-dispatch", "dispatch_avg_t_us", (*kernels.AllToAll).Dispatch)
		lows.addExchange(r, "alltoall.low-combine", "combine_avg_t_us", (*kernels.AllToAll).Combine)
	})
	if err != nil {
		return nil, err
	}
	many := prefix + "_deepep_normal.csv.gz"
	manys := newProblemSet(d, many)
	err = readRows(dir, many, func(r *Row) {
		manys.addExchange(r, "alltoall.dispatch", "dispatch_transmit_us", (*kernels.AllToAll).Dispatch)
		manys.addExchange(r, "alltoall.combine", "combine_transmit_us", (*kernels.AllToAll).Combine)
	})
	return append(lows.sorted(), manys.sorted()...), err
}

// addExchange adds one direction of a row.
func (set *problemSet) addExchange(r *Row, law, column string,
	time func(*kernels.AllToAll, *hw.Device, kernels.AllToAllShape) units.Seconds) {
	d := set.device
	p := set.of(law, r.Text("engine"))
	p.Engine, p.Version = sharedEngine, "" // DeepEP's kernels, whichever engine calls them
	p.Fixed = map[string]string{"network": "measured within one node only"}
	nodes := r.Within("node_num", 1, mostNodes)
	shape := kernels.AllToAllShape{Tokens: r.Size("num_token"), Hidden: r.Size("hidden_size"),
		TopK: r.Within("num_topk", 1, mostExperts), Experts: r.Within("num_experts", 1, mostExperts),
		Ranks: nodes * d.GPUsPerNode, RanksPerNode: d.GPUsPerNode, Format: units.FP8, LowLatency: r.Text("dispatch_sms") == ""}
	measured := r.Time(column, units.Microsecond)
	if shape.TopK > shape.Experts {
		r.fail("num_topk", "use at most num_experts", "%d of %d experts", shape.TopK, shape.Experts)
	}
	switch {
	case shape.Experts < 4*shape.Ranks:
		p.drop("fewer than 4 experts a rank")
	case shape.Tokens > 16384:
		p.drop("more tokens than a step has")
	case !shape.LowLatency && r.Count("dispatch_sms") != communicationSMs:
		p.drop("not the default number of SMs")
	default:
		p.add(r.Text("engine"), Sample{
			Group:    fmt.Sprintf("hidden=%d topk=%d experts=%d", shape.Hidden, shape.TopK, shape.Experts),
			Shape:    fmt.Sprintf("tokens=%d", shape.Tokens),
			Measured: measured,
			Predict:  func(s *kernels.Set) units.Seconds { return time(&s.AllToAll, d, shape) }})
	}
}
