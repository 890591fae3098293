package compare

import (
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
)

// describe fills in what follows from the architecture, and the fewest GPUs that hold it.
func (c *candidate) describe() (*Entry, error) {
	s, parts, err := c.resolve()
	if err != nil {
		return nil, err
	}
	m := parts.Model
	e := &Entry{Model: c.label, Device: parts.Device.Name, MaxContext: m.MaxContext,
		KVBytesPerToken: float64(parts.Memory.KVBytesPerToken),
		StateBytes:      float64(parts.Memory.StateBytesPerSequence)}
	e.Params, e.ActiveParams, _ = m.Params()
	if !parts.Memory.Fits() {
		return nil, s.NoFit(parts)
	}
	e.Smallest, e.Warnings = planOf(s, parts.Plan), append([]string{}, parts.Warnings...)
	return e, nil
}

// divided is the plan by which a rule divides the model over so many GPUs, and what the batch's step at a
// context takes under it.
func (c *candidate) divided(rule explain.Rule, gpus, context int) (RulePlan, error) {
	e, err := c.chosen(rule, gpus, context)
	if err != nil {
		return RulePlan{}, err
	}
	p := RulePlan{Rule: rule, Placement: planOf(e.Scenario, e.Parts.Plan)}
	p.Sequences = e.Capacity()
	p.WeightBytesPerGPU = float64(e.Parts.Memory.WeightBytesPerGPU)
	p.PoolBytesPerGPU = float64(e.Parts.Memory.PoolBytesPerGPU)
	if e.Fits() {
		p.TPOT = float64(e.Time) * 1e3
	}
	return p, nil
}

// resolve looks up the candidate under the request's changes, on the fewest GPUs.
func (c *candidate) resolve() (*scenarios.Scenario, *scenarios.Parts, error) {
	s, err := c.under(c.Deployment, 1)
	if err != nil {
		return nil, nil, err
	}
	return s.Resolve()
}

func planOf(s *scenarios.Scenario, p arch.Plan) Placement {
	return Placement{GPUs: p.GPUs(), Replicas: 1, TP: p.TP, PP: p.PP, DP: p.DP, EP: p.EP,
		Weights: s.Precision.WeightsText(), KV: s.Precision.KV}
}

// divide fills in where a plan's memory goes, with sequences of a context.
func (c *candidate) divide(p *Placement, context int) error {
	s, err := c.under(c.on(*p), 1)
	if err != nil {
		return err
	}
	_, parts, err := s.Resolve()
	if err != nil {
		return err
	}
	p.WeightBytesPerGPU = float64(parts.Memory.WeightBytesPerGPU)
	p.PoolBytesPerGPU = float64(parts.Memory.PoolBytesPerGPU)
	p.Sequences = parts.Memory.Sequences(context) * p.DP * p.Replicas
	return nil
}
