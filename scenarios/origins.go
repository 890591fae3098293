package scenarios

import (
	"slices"
	"strings"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// warnOfOrigins says which kernels' efficiencies were not measured on this device with this engine, of those
// that this model's steps depend on.
func (p *Parts) warnOfOrigins(m *cost.Model) {
	var assumed, borrowed []string
	loads := probe(p.Model, p.Plan.DP)
	for _, o := range p.origins {
		switch {
		case o.Kind == kernels.Measured || o.Kind == kernels.Bounded || !m.Asks(o.Law, loads):
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
}

// lacks is of what no deployment was measured end to end: the engine, or under it a format or a mixer; empty
// where all were.
func (p *Parts) lacks() string {
	g := &engines.Grounds{}
	g.Formats, g.Mixers = p.FormatsAndMixers()
	engines.InDoubt().Lacks(g, p.Engine.Name)
	under := " under " + p.Engine.Name
	switch {
	case g.NewEngine && slices.Contains(engines.Names(), p.Engine.Name):
		return "" // the vLLM of 2023, which results/fidelity/splitwise holds against rows of its own
	case g.NewEngine:
		return p.Engine.Name
	case g.NewFormat && g.NewMixer:
		return strings.Join(append(g.Formats, g.Mixers...), ", ") + under
	case g.NewFormat:
		return strings.Join(g.Formats, ", ") + under
	case g.NewMixer:
		return strings.Join(g.Mixers, ", ") + under
	default:
		return ""
	}
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
