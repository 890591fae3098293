package scenarios

import (
	"testing"

	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
)

// TestAQueueThatGrows: an overload is more than a hundredth of all requests waiting at the end, refused ones
// included, and more than at half time by more than chance; users of a closed loop never overload.
func TestAQueueThatGrows(t *testing.T) {
	for _, c := range []struct {
		completed, failed, half, end int
		process                      string
		want                         bool
	}{
		{490, 10, 0, 5, "", false}, {490, 10, 0, 6, "", true}, {490, 10, 6, 6, "", false},
		{150, 50, 2, 8, "poisson", false}, {150, 50, 2, 9, "poisson", true}, {390, 10, 5, 6, "poisson", false},
		{9000, 0, 100, 130, "", false}, {9000, 0, 100, 131, "", true}, {500, 100, 0, 6, "", false},
		{500, 0, 0, 6, "", true}, {150, 50, 0, 100, "closed", false},
		{10, 0, 0, 0, "", false}, {10, 0, 0, 4, "", false}, {10, 0, 0, 5, "", true},
	} {
		r := &Run{Scenario: Empty(""), Result: &sim.Result{Completed: c.completed, Failed: c.failed,
			QueueHalf: c.half, QueueEnd: c.end}}
		r.Scenario.Workload.Synthetic.Arrival.Process = c.process
		if got := r.Overloaded(); got != c.want {
			t.Errorf("%+v: overloaded %v", c, got)
		}
	}
}

// TestMeanDecodeStepByHand: 9 sequences and 9,000 keys over two data-parallel ranks are 5 sequences of 1,000
// keys on each.
func TestMeanDecodeStepByHand(t *testing.T) {
	b := &Built{Parts: &Parts{Plan: arch.Plan{DP: 2}}}
	r := &sim.Result{MeanDecode: sim.MeanStep{Sequences: 9, Keys: []float64{9000, 900}}}
	want := arch.Load{Decodes: 5, Samples: 5}
	want.DecodeKeys[0], want.DecodeKeys[1] = 5000, 500
	loads := b.decodeLoads(r)
	if len(loads) != 2 || loads[0] != want || loads[1] != want {
		t.Errorf("loads %+v, want %+v twice", loads, want)
	}
	if got := (&Run{Result: r}).MeanContext(); got != 1000 {
		t.Errorf("a mean context of %v tokens, want 1000", got)
	}
	// At least one sequence decodes on each rank, where any does.
	few := &sim.Result{MeanDecode: sim.MeanStep{Sequences: 0.2, Keys: []float64{20}}}
	if loads := b.decodeLoads(few); loads[0].Decodes != 1 || loads[0].DecodeKeys[0] != 100 {
		t.Errorf("loads %+v of a fifth of a sequence", loads)
	}
	if loads := b.decodeLoads(&sim.Result{}); loads != nil {
		t.Errorf("loads %+v of nothing", loads)
	}
}
