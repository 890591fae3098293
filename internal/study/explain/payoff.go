package explain

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost"
)

// Payoff is what drafts give: how many times the tokens a second of steps that do without them.
type Payoff struct {
	Length float64 // tokens that a step gives a sequence, on average
	Gain   float64 // of the step that is explained
	Curve  []Gain  // at batches that double, each of sequences of the step's context
}

// Gain is that of one batch.
type Gain struct {
	Batch int     // sequences
	Times float64 // the rate of tokens over that without drafts
}

// mostDrafted is the largest batch that a Payoff looks at: four times what engines run unless told otherwise.
const mostDrafted = 1024

// withPayoff adds what drafts give to a step that verifies any: a dozen steps more, which are not taken of
// plans that nobody sees.
func (e *Explanation) withPayoff() (*Explanation, error) {
	if e.Parts.Speculation == nil || !e.Step.Decodes() {
		return e, nil
	}
	alone := *e.Parts
	alone.Speculation = nil
	plain, err := e.Scenario.CostModel(&alone)
	if err != nil {
		return nil, err
	}
	time := func(m *cost.Model, s Step) units.Seconds {
		return m.Step(s.loads(m.Reaches(), alone.Plan.DP)).Seconds()
	}
	length := e.Parts.Speculation.Length()
	gain := func(s Step) float64 { return length * float64(time(plain, s)/time(e.model, s)) }
	e.Payoff = &Payoff{Length: length, Gain: gain(e.Step)}
	for batch := 1; batch <= mostDrafted; batch *= 2 {
		s := e.Step
		s.Batch = batch
		e.Payoff.Curve = append(e.Payoff.Curve, Gain{batch, gain(s)})
	}
	return e, nil
}

// PaysTo is the largest batch of the curve up to which drafts give more than they take; 0 where they never
// do.
func (p *Payoff) PaysTo() int {
	batch := 0
	for _, g := range p.Curve {
		if g.Times <= 1 {
			break
		}
		batch = g.Batch
	}
	return batch
}
