package scenarios

import (
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// Parameters are the calibrated numbers that a simulation rests on.
type Parameters struct {
	Kernels  *kernels.Set
	Overhead engines.Overhead
}

// Parameters are those that b was built with.
func (b *Built) Parameters() Parameters {
	return Parameters{Kernels: b.cost.Kernels, Overhead: b.Parts.Engine.Overhead}
}

// With is the same scenario with other parameters, ready to run; b itself can still be run. Ensembles and fits build the
// same scenario many times, and only this part of building it depends on the parameters.
func (b *Built) With(p Parameters) (*Built, error) {
	engine := *b.Parts.Engine
	engine.Overhead = p.Overhead
	parts := *b.Parts
	parts.Engine = &engine
	config := b.cost.Config
	config.Kernels, config.Overhead = p.Kernels, p.Overhead.Cost(*b.Scenario.Engine.AsyncScheduling)
	model, err := cost.New(config)
	if err != nil {
		return nil, err
	}
	source, err := b.Scenario.open()
	if err != nil {
		return nil, err
	}
	return &Built{Scenario: b.Scenario, Parts: &parts, cost: model, source: source}, nil
}
