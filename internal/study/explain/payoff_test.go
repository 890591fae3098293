package explain

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// TestDraftsPayAsTheirStepsSay compares what drafts give with the two steps that it is made of.
func TestDraftsPayAsTheirStepsSay(t *testing.T) {
	explain := func(settings ...string) *Explanation {
		s, err := scenarios.Load("systems/k7-mtp")
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range settings {
			if err := s.SetText(text); err != nil {
				t.Fatal(err)
			}
		}
		e, err := Choose(s, Step{Batch: 32, Context: 4096}, AsGiven)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	drafted := explain()
	plain, err := scenarios.Load("systems/k7-plain")
	if err != nil {
		t.Fatal(err)
	}
	alone, err := Choose(plain, Step{Batch: 32, Context: 4096}, AsGiven)
	if err != nil {
		t.Fatal(err)
	}
	if alone.Payoff != nil {
		t.Error("steps without drafts have something that drafts give")
	}
	want := drafted.TokensPerSecond() / alone.TokensPerSecond()
	if got := drafted.Payoff.Gain; math.Abs(got/want-1) > 1e-12 {
		t.Errorf("%g times the tokens; the two steps say %g", got, want)
	}
	if at := drafted.Payoff.Curve[5]; at.Batch != 32 || math.Abs(at.Times/want-1) > 1e-12 {
		t.Errorf("the curve has %+v; the step %g", at, want)
	}
	if to := drafted.Payoff.PaysTo(); to != mostDrafted {
		t.Errorf("nearly all drafts are accepted, and they pay up to %d", to)
	}
	if to := explain("speculative.acceptance=0.0").Payoff.PaysTo(); to != 0 {
		t.Errorf("no draft is accepted, and they pay up to %d", to)
	}
}

func TestDraftsPayUpToTheFirstBatchWhereTheyDoNot(t *testing.T) {
	p := Payoff{Curve: []Gain{{1, 1.5}, {2, 1.01}, {4, 1}, {8, 1.2}}}
	if to := p.PaysTo(); to != 2 {
		t.Errorf("pays up to %d", to)
	}
}
