package scenarios

import (
	"testing"

	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
)

// TestAQueueThatGrows: an overload is more than a hundredth of all requests waiting at the end, refused ones
// included, more than one for each replica, and more than at half time; users of a closed loop never
// overload.
func TestAQueueThatGrows(t *testing.T) {
	for _, c := range []struct {
		completed, failed, half, end int
		process                      string
		replicas                     int
		want                         bool
	}{
		{150, 50, 0, 2, "", 1, false}, {150, 50, 0, 3, "", 1, true}, {150, 50, 3, 3, "", 1, false},
		{150, 50, 2, 3, "poisson", 1, true}, {50, 150, 0, 2, "", 1, false}, {150, 0, 0, 2, "", 1, true},
		{150, 50, 0, 100, "closed", 1, false}, {10, 0, 0, 0, "", 1, false}, {10, 0, 0, 1, "", 1, false},
		{10, 0, 0, 2, "", 1, true}, {390, 10, 5, 6, "poisson", 8, false}, {390, 10, 5, 9, "poisson", 8, true},
		{390, 10, 5, 6, "poisson", 4, true},
	} {
		r := &Run{Scenario: Empty(""), Result: &sim.Result{Completed: c.completed, Failed: c.failed,
			QueueHalf: c.half, QueueEnd: c.end}}
		r.Scenario.Workload.Synthetic.Arrival.Process = c.process
		r.Scenario.Hardware.Replicas = c.replicas
		if got := r.Overloaded(); got != c.want {
			t.Errorf("%+v: overloaded %v", c, got)
		}
		pools := []Pool{{Replicas: 1}, {Replicas: c.replicas - 1}}
		if r.Scenario.Pool = pools; r.Overloaded() != c.want {
			t.Errorf("%+v in two pools: overloaded %v", c, !c.want)
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
