package calibrate

import (
	"fmt"
	"io/fs"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// exchangedProblems reads a device's expert layers behind an exchange of tokens: DeepGEMM's grouped
// multiplications, of sorted tokens for prompts and of masked slots for decoding. Their rows leave it to the
// layer to find the tokens that chose its experts among all.
func exchangedProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	var problems []*Problem
	for _, of := range []struct {
		file, law string
		delivery  kernels.Delivery
	}{{"context", "experts.sorted", kernels.Sent}, {"generation", "experts.masked", kernels.SentFew}} {
		source := prefix + "_wideep_" + of.file + "_moe.csv.gz"
		set := newProblemSet(d, source)
		err := readRows(dir, source, func(r *Row) { set.addExchanged(r, of.law, of.delivery) })
		if err != nil {
			return nil, err
		}
		problems = append(problems, set.sorted()...)
	}
	return problems, nil
}

// addExchanged adds a row.
func (set *problemSet) addExchanged(r *Row, law string, delivery kernels.Delivery) {
	d, format := set.device, expertsFormats["fp8_block"]
	row := expertsRow{tensorRanks: r.Size("moe_tp_size")}
	row.shape = kernels.ExpertsShape{Tokens: r.Size("num_tokens"), Hidden: r.Size("hidden_size"),
		Inter: r.Size("inter_size") / row.tensorRanks, TopK: r.Within("topk", 1, mostExperts),
		Experts: r.Within("num_experts", 1, mostExperts), Ranks: r.Within("moe_ep_size", 1, mostExperts), Gated: true,
		Weights: format.weights, Activations: format.activations, Routing: kernels.Balanced{}, Delivery: delivery}
	row.check(r)
	p := set.of(law, r.Text("engine"))
	shape := row.shape
	switch {
	case r.Text("moe_dtype") != "fp8_block":
		p.drop("another format")
	case r.Text("distribution") != "uniform":
		p.drop("skewed: which of the ranks was measured is not said")
	case shape.Tokens > mostTokens*shape.Ranks:
		p.drop("more tokens than a step has")
	case r.Latency() < delivered(d, &shape):
		p.drop("faster than the memory delivers the experts' weights")
	default:
		p.add(r.Text("engine"), Sample{
			Group:    fmt.Sprintf("ranks=%d", shape.Ranks),
			Shape:    fmt.Sprintf("tokens=%d", shape.Tokens),
			Measured: r.Latency(),
			Predict:  func(s *kernels.Set) units.Seconds { return s.Experts.Time(d, shape) }})
	}
}

// delivered is the least time in which the memory delivers the weights of the experts that tokens chose.
func delivered(d *hw.Device, s *kernels.ExpertsShape) units.Seconds {
	hit := s.Routing.Spread(s.Tokens, s.TopK, s.Experts, s.Ranks).Experts
	bytes := s.Weights.Bytes(hit * 3 * float64(s.Hidden) * float64(s.Inter))
	return units.Seconds(float64(bytes) / float64(d.Bandwidth))
}
