package explain

import (
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// Each rule's choice is the best by its own measure among all the ways to divide the model.
func TestEachRuleChoosesByItsMeasure(t *testing.T) {
	for _, model := range []string{"llama-3.1-70b", "deepseek-v3"} {
		s := scenario(t, "model.name", model, "hardware.device", "h100-sxm-80gb", "hardware.gpus", 16)
		step := Step{Batch: 32, Context: 32768}
		chosen := map[Rule]*Explanation{}
		for _, rule := range Rules {
			e, err := Choose(s, step, rule)
			if err != nil {
				t.Fatal(err)
			}
			chosen[rule] = e
		}
		alone := func(e *Explanation) *Explanation {
			one, err := Explain(e.Scenario, Step{Batch: 1, Context: step.Context})
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
		found := 0
		for _, p := range scenarios.Divisions(16, 8, model == "deepseek-v3") {
			way, err := with(s, "test", "parallel.tp", p.TP, "parallel.pp", p.PP, "parallel.dp", p.DP, "parallel.ep", p.EP)
			if err != nil {
				t.Fatal(err)
			}
			e, err := Explain(way, step)
			if err != nil {
				continue
			}
			if found++; found == 1 && e.Parts.Plan != chosen[Fixed].Parts.Plan {
				t.Errorf("%s: fixed is %+v, the first way %+v", model, chosen[Fixed].Parts.Plan, e.Parts.Plan)
			}
			if e.Fits() && (!chosen[Best].Fits() || e.Time < chosen[Best].Time) {
				t.Errorf("%s: %+v takes %v, best %v", model, p, e.Time, chosen[Best].Time)
			}
			if e.Capacity() > chosen[Memory].Capacity() {
				t.Errorf("%s: %+v holds %d, memory %d", model, p, e.Capacity(), chosen[Memory].Capacity())
			}
			if p.PP == 1 && e.WeightsFit() && alone(e).Fits() && alone(e).Time < alone(chosen[Latency]).Time {
				t.Errorf("%s: alone %+v takes %v, latency %v", model, p, alone(e).Time, alone(chosen[Latency]).Time)
			}
		}
		if found < 8 || chosen[Best].Parts.Plan == chosen[Memory].Parts.Plan {
			t.Errorf("%s: %d ways, best %+v, memory %+v", model, found, chosen[Best].Parts.Plan, chosen[Memory].Parts.Plan)
		}
	}
}

// Where degrees are given there is nothing to choose, and what a flag says must be a rule.
func TestGivenDegreesGoBeforeRules(t *testing.T) {
	s := scenario(t, "model.name", "deepseek-v3", "hardware.gpus", 16, "parallel.tp", 2, "parallel.dp", 8)
	for _, rule := range Rules {
		e, err := Choose(s, Step{Batch: 4, Context: 1024}, rule)
		if err != nil || e.Parts.Plan.TP != 2 || e.Parts.Plan.EP != 1 {
			t.Errorf("%s: %+v, %v", rule, e, err)
		}
	}
	if r, err := ParseRule("memory", "--plan"); r != Memory || err != nil {
		t.Error(r, err)
	}
	if _, err := ParseRule("", "--plan"); err == nil {
		t.Error("an empty name is a rule")
	}
}
