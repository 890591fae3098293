package explain

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// scenario is made of settings given as key, value, key, value, …
func scenario(t *testing.T, settings ...any) *scenarios.Scenario {
	t.Helper()
	s, err := with(scenarios.Empty(""), "test", settings...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func explained(t *testing.T, step Step, settings ...any) *Explanation {
	t.Helper()
	step, err := step.Complete()
	if err != nil {
		t.Fatal(err)
	}
	e, err := Explain(scenario(t, settings...), step)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func operator(t *testing.T, e *Explanation, name string) *cost.OperatorTime {
	t.Helper()
	for i := range e.Operators {
		if e.Operators[i].Name == name {
			return &e.Operators[i]
		}
	}
	t.Fatalf("no operator %s", name)
	return nil
}

// Every way to sum an explanation up gives the step.
func TestSumsAreTheStep(t *testing.T) {
	for _, step := range []Step{{Batch: 32, Context: 5000}, {Prefill: 3000},
		{Batch: 3, Prefill: 100, Context: 2000}} {
		e := explained(t, step, "model.name", "deepseek-v3", "hardware.gpus", 16, "parallel.tp", 8, "parallel.dp", 2, "parallel.ep", 16)
		var operators, categories, bounds units.Seconds
		for i := range e.Operators {
			operators += e.Operators[i].Time
		}
		for _, c := range cost.Categories {
			categories += e.CategoryTime(c)
		}
		for _, b := range []cost.Bound{cost.BoundCompute, cost.BoundMemory, cost.BoundNetwork, cost.BoundOverhead} {
			bounds += e.BoundTime(b)
		}
		for _, sum := range []units.Seconds{operators, categories, bounds} {
			if math.Abs(float64(sum/e.Time)-1) > 1e-5 { // a step rounds each key to the clock
				t.Errorf("%+v: operators %v, categories %v, bounds %v; the step takes %v", step, operators, categories, bounds, e.Time)
			}
		}
	}
}

// Absorbed MLA with all 128 heads on a rank lies near the H100's ridge; with 16, as under TP 8, far below it,
// because the latent is read whole on every rank.
func TestLatentDecodeAndTheRidge(t *testing.T) {
	step := Step{Batch: 64, Context: 32768}
	wide := explained(t, step, "model.name", "deepseek-v3", "hardware.gpus", 8, "parallel.tp", 1, "parallel.dp", 8, "parallel.ep", 8)
	narrow := explained(t, step, "model.name", "deepseek-v3", "hardware.gpus", 8, "parallel.tp", 8)
	ridge := wide.Parts.Device.Ridge(units.BF16)
	if at := operator(t, wide, "decode_attention").Intensity(); at < 0.75*ridge || at > 1.1*ridge {
		t.Errorf("128 heads: %.0f FLOP/B, the ridge is at %.0f", at, ridge)
	}
	if at := operator(t, narrow, "decode_attention").Intensity(); at > ridge/8 {
		t.Errorf("16 heads: %.0f FLOP/B, the ridge is at %.0f", at, ridge)
	}
}

// Capacity decides whether a step fits, and never whether it is explained.
func TestFits(t *testing.T) {
	one := []any{"model.name", "llama-3.1-8b", "hardware.gpus", 1}
	for _, c := range []struct {
		step           Step
		settings       []any
		weights, whole bool
	}{
		{Step{Batch: 8, Context: 4096}, one, true, true},
		{Step{Batch: 8, Context: 131072}, one, true, false},
		{Step{Batch: 1, Context: 4096}, []any{"model.name", "llama-3.1-70b", "hardware.gpus", 1}, false, false},
	} {
		if e := explained(t, c.step, c.settings...); e.WeightsFit() != c.weights || e.Fits() != c.whole ||
			e.Time <= 0 {
			t.Errorf("%+v: weights fit %t, all fits %t", c.step, e.WeightsFit(), e.Fits())
		}
	}
}

// The shortest step of several is said, and the steps that are as short as far as one can tell.
func TestStepsAsShortAsAnyAreTies(t *testing.T) {
	models := []string{"llama-3.1-8b", `llama-3.1-8b+label="the same"`, "llama-3.1-70b", "qwen3-8b"}
	c, err := Compare(scenario(t, "hardware.device", "h100", "hardware.gpus", 4), models, nil,
		Step{Batch: 32, Context: 2048}, Best)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Cases[c.Quickest].Scenario.Model.Name; got != models[0] || c.Close[c.Quickest] {
		t.Errorf("%s is the quickest, and close to itself: %v", got, c.Close[c.Quickest])
	}
	if !c.Close[1] || c.Close[2] || !c.Close[3] {
		t.Errorf("close to the 8B of Llama: %v; its copy and Qwen's 8B are, within 10%%, and the 70B is not", c.Close)
	}
	for _, w := range []struct{ one, other, want float64 }{
		{0, 0, LeastLead}, {0.03, 0.04, 0.05}, {0.001, 0, LeastLead},
	} {
		if got := Tie(w.one, w.other); math.Abs(got-w.want) > 1e-12 {
			t.Errorf("half-widths %v and %v make a tie of %v, want %v", w.one, w.other, got, w.want)
		}
	}
}

// A comparison gives everyone the same GPUs, and no plan that is slower than tensor parallelism over all of
// them.
func TestCompare(t *testing.T) {
	step := Step{Batch: 64, Context: 131072}
	c, err := Compare(scenario(t, "hardware.device", "h100-sxm-80gb"), []string{"llama-3.1-70b", "deepseek-v3"}, nil, step, Best)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cases) != 2 || !c.ChosenGPUs || c.Rule != Best {
		t.Fatalf("%+v", c)
	}
	for _, e := range c.Cases {
		if e.Parts.Plan.GPUs() != 16 || !e.WeightsFit() {
			t.Errorf("%s: %+v", e.Parts.Model.Name, e.Parts.Plan)
		}
		all := explained(t, step, "model.name", e.Parts.Model.Name, "hardware.gpus", 16)
		if e.Time > all.Time {
			t.Errorf("%s: %+v takes %v, tp 16 %v", e.Parts.Model.Name, e.Parts.Plan, e.Time, all.Time)
		}
	}
	given, err := Compare(scenario(t, "model.name", "llama-3.1-8b", "parallel.tp", 2), []string{"llama-3.1-8b", "qwen3-8b"},
		[]string{"a100-sxm-80gb", "h100-sxm-80gb"}, step, Best)
	if err != nil {
		t.Fatal(err)
	}
	if len(given.Cases) != 4 || given.Rule != AsGiven || given.Cases[3].Parts.Plan.TP != 2 ||
		given.Cases[2].Parts.Device.Name != "a100-sxm-80gb" {
		t.Errorf("%+v", given)
	}
}

// Every model of the catalogue can be explained on both measured devices, and no operator is faster than the
// data sheet allows.
func TestNothingIsAboveTheRoof(t *testing.T) {
	for _, name := range arch.Names() {
		for _, device := range []string{"a100-sxm-80gb", "h100-sxm-80gb"} {
			for _, step := range []Step{{Batch: 1, Context: 1024}, {Batch: 64, Context: 8192}, {Prefill: 4096}} {
				e := explained(t, step, "model.name", name, "hardware.device", device)
				for i := range e.Operators {
					if o := &e.Operators[i]; float64(o.Roof) > float64(o.Time)*(1+1e-12) {
						t.Errorf("%s on %s, %+v: %s %s takes %v, the roof is %v", name, device, step, o.Layer, o.Name, o.Time, o.Roof)
					}
				}
			}
		}
	}
}
