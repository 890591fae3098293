package explain

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
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

// payoff compares a model whose steps verify drafts with one that does without.
func payoff(r *scenarios.Scenario, parts *scenarios.Parts, drafting *cost.Model, step Step) (*Payoff, error) {
	alone := *parts
	alone.Speculation = nil
	plain, err := r.CostModel(&alone)
	if err != nil {
		return nil, err
	}
	time := func(m *cost.Model, s Step) units.Seconds {
		return m.Step(s.loads(m.Reaches(), parts.Plan.DP)).Seconds()
	}
	length := parts.Speculation.Length()
	gain := func(s Step) float64 { return length * float64(time(plain, s)/time(drafting, s)) }
	p := &Payoff{Length: length, Gain: gain(step)}
	for batch := 1; batch <= mostDrafted; batch *= 2 {
		s := step
		s.Batch = batch
		p.Curve = append(p.Curve, Gain{batch, gain(s)})
	}
	return p, nil
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
