package scenarios

import (
	"sync"

	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// Parameters are the calibrated numbers that a simulation rests on.
type Parameters struct {
	Kernels  *kernels.Set // as measured
	Overhead engines.Overhead
	Serving  *engines.Serving
}

// Parameters are those that b was built with.
func (b *Built) Parameters() Parameters {
	return Parameters{Kernels: b.Parts.Kernels, Overhead: b.Parts.Engine.Overhead,
		Serving: b.Parts.Engine.Serving}
}

// stepper is what times the run's steps.
func (b *Built) stepper() cost.Stepper {
	if b.meter == nil {
		b.meter = b.newMeter()
	}
	return b.meter
}

// plain is what times steps that draft nothing among others that do; nil where there are none.
func (b *Built) plain() cost.Stepper {
	if y := b.Parts.Speculation; y == nil || y.DisableAt == 0 {
		return nil
	}
	return cost.NewMeter(b.cost.Plain())
}

// newMeter is a meter for one goroutine's use, which giveBack takes back.
func (b *Built) newMeter() *cost.Meter {
	if b.system == nil {
		return cost.NewMeter(b.cost)
	}
	m := b.system.lend()
	b.lent.Lock()
	defer b.lent.Unlock()
	b.lent.meters = append(b.lent.meters, m)
	return m
}

// lent are the meters of its system that a scenario uses; workers ask for them at the same time.
type lent struct {
	sync.Mutex
	meters []*cost.Meter
}

// giveBack lets other scenarios of the system use the meters of one that has run.
func (b *Built) giveBack() {
	if b.system != nil {
		b.system.takeBack(b.lent.meters)
		b.meter, b.lent.meters = nil, nil
	}
}

// WithOverhead is the same scenario, of one pool, with another overhead of its engine, ready to run; serving
// may differ from b's in what is no kernel's. It takes over what b remembers of kernels' times; b cannot be
// run any more.
func (b *Built) WithOverhead(o engines.Overhead, serving *engines.Serving) (*Built, error) {
	parts := b.parts(Parameters{Overhead: o, Serving: serving})
	source, err := b.Scenario.open()
	if err != nil {
		return nil, err
	}
	overhead := parts.Engine.Cost(*b.Scenario.Engine.AsyncScheduling)
	b.system = nil // no other may use what passes on
	b.stepper()
	return &Built{Scenario: b.Scenario, Parts: parts, cost: b.cost.WithOverhead(overhead),
		meter:  b.meter.With(overhead),
		source: source}, nil
}

// parts are b's with other parameters of its engine.
func (b *Built) parts(p Parameters) *Parts {
	engine := *b.Parts.Engine
	engine.Overhead, engine.Serving = p.Overhead, p.Serving
	parts := *b.Parts
	parts.Engine = &engine
	if p.Kernels != nil {
		parts.Kernels = p.Kernels
	}
	return &parts
}

// With is the same scenario, or the same pool of one, with other parameters, ready to run; b itself can still
// be run. Ensembles and fits build the same scenario many times, and only this part of building it depends on
// the parameters.
func (b *Built) With(p Parameters) (*Built, error) {
	parts := b.parts(p)
	config := b.cost.Config
	config.Kernels = p.Serving.Apply(p.Kernels)
	config.Overhead = parts.Engine.Cost(*b.Scenario.Engine.AsyncScheduling)
	if b.Scenario.Routing.Kind == routingPopularity {
		config.Routing = p.Serving.Routing()
	}
	return b.rebuilt(config, parts)
}

// rebuilt is the same scenario with another cost model and parts, ready to run.
func (b *Built) rebuilt(config cost.Config, parts *Parts) (*Built, error) {
	model, err := cost.New(config)
	if err != nil {
		return nil, err
	}
	built := &Built{Scenario: b.Scenario, Parts: parts, cost: model}
	if b.source != nil { // else b is a pool beside the one that has it
		built.source, err = b.Scenario.open()
	}
	return built, err
}
