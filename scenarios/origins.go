package scenarios

import (
	"strings"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// warnOfOrigins says which kernels' efficiencies were not measured on this device with this engine, of those
// that this model's steps depend on.
func (p *Parts) warnOfOrigins(config cost.Config, origins []kernels.Origin) error {
	var assumed, borrowed []string
	for _, o := range origins {
		if o.Kind == kernels.Measured {
			continue
		}
		used, err := depends(config, o.Law)
		switch {
		case err != nil:
			return err
		case !used:
		case o.Kind == kernels.Assumed:
			assumed = append(assumed, o.Law)
		default:
			borrowed = append(borrowed, o.Law)
		}
	}
	if len(assumed) > 0 {
		p.warn("uncalibrated: typical efficiencies, not measured ones, stand for %s on %s", strings.Join(assumed, ", "), p.Device.Name)
	}
	if len(borrowed) > 0 {
		p.warn("efficiencies of %s were not measured on %s with %s: its nearest measured relative's stand for them",
			strings.Join(borrowed, ", "), p.Device.Name, p.Engine.Name)
	}
	return nil
}

// depends tells whether the time of a step with decodes and a chunk changes with a law's parameters.
func depends(config cost.Config, law string) (bool, error) {
	changed := *config.Kernels
	for _, named := range changed.Laws() {
		if named.Name != law {
			continue
		}
		for _, parameter := range named.Law.Parameters() {
			*parameter.Value *= 1.5
		}
	}
	other := config
	other.Kernels = &changed
	before, err := cost.New(config)
	if err != nil {
		return false, err
	}
	after, err := cost.New(other)
	if err != nil {
		return false, err
	}
	loads := probe(config.Model, config.Plan.DP)
	return before.Step(loads) != after.Step(loads), nil
}

// probe is a step that exercises everything a model has: sequences that decode at some depth, and a chunk in
// the middle of a prompt.
func probe(m *arch.Model, ranks int) []arch.Load {
	loads := make([]arch.Load, ranks)
	for i := range loads {
		for range 16 {
			loads[i].AddDecode(m.Reaches(), 2000)
		}
		loads[i].AddChunk(m.Reaches(), 512, 512, true)
	}
	return loads
}
