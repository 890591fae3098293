package compare

import (
	"errors"
	"testing"

	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// compare and explain --compare give every model the same plan and the same time at the same point, under
// each rule, so that one never contradicts the other.
func TestCompareAndExplainAgree(t *testing.T) {
	models := []string{"llama-3.1-70b", "deepseek-v3"}
	r := request(t, models...)
	list := r.candidates()
	for _, rule := range explain.Rules {
		for _, context := range []int{32 << 10, 128 << 10} {
			s := scenarios.Empty("agree")
			if err := s.Set("hardware.device", r.Devices[0], "test"); err != nil {
				t.Fatal(err)
			}
			side, err := explain.Compare(s, models, nil, explain.Step{Batch: r.Batch, Context: context}, rule)
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				e := side.Cases[i]
				p, err := list[i].divided(rule, e.Parts.Plan.GPUs(), context)
				if err != nil {
					t.Fatal(err)
				}
				tpot := 0.0
				if e.Fits() {
					tpot = float64(e.Time) * 1e3
				}
				plan := &e.Parts.Plan
				if same := planOf(e.Scenario, *plan); p.TP != same.TP || p.PP != same.PP || p.DP != same.DP ||
					p.EP != same.EP || p.TPOT != tpot || p.Sequences != e.Capacity() {
					t.Errorf("%s, %d tokens, %s: compare %+v, explain %+v in %v ms", rule, context, models[i], p, plan, tpot)
				}
			}
		}
	}
}

// Degrees that the request gives hold for every model, and tell how many GPUs there are.
func TestGivenDegreesDivideAll(t *testing.T) {
	r := request(t, small, "qwen3-30b-a3b")
	r.Requests, r.TP, r.EP = 40, 2, 1
	s, err := Run(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.Entries {
		if e.Same.TP != 2 || e.Same.GPUs != 2 || len(e.Rules) > 0 || s.Rule != explain.AsGiven {
			t.Errorf("%s: %+v under %q", e.Model, e.Same, s.Rule)
		}
	}
	r.TP, r.EP, r.GPUs = 0, 0, 4
	if s, err = Run(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	for _, e := range s.Entries {
		if e.Same.GPUs != 4 || len(e.Rules) != len(explain.Rules) {
			t.Errorf("%s: %+v", e.Model, e.Same)
		}
	}
}

// GPUs that do not hold a model are told with those that would.
func TestTooFewGPUs(t *testing.T) {
	r := request(t, "llama-3.1-70b")
	r.Requests, r.GPUs = 40, 1
	_, err := Run(t.Context(), r, nil)
	var noFit *scenarios.NoFit
	if !errors.As(err, &noFit) || noFit.Smallest == nil || noFit.Smallest.GPUs() < 2 {
		t.Errorf("%v", err)
	}
}
