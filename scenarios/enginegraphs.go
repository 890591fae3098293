package scenarios

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/engines"
)

// graphKeys are the engine's settings of CUDA graphs.
var graphKeys = []key{{
	name: "enforce_eager", unset: "false",
	does:    "Whether the engine goes without CUDA graphs: they take no memory, and the host launches every kernel.",
	example: "true",
}, {
	name: "cudagraph_mode", names: oneOf("mode", engines.GraphModes()...), unset: "the engine's in its version",
	does: "What the engine captures as CUDA graphs: whole decode steps, steps with prompts as well in the `piecewise` way " +
		"between attention kernels, every step so, or nothing (`enforce_eager`).",
	example: strconv.Quote(engines.GraphsFull),
}, {
	name: "cudagraph_capture_sizes", unit: "sequences", unset: "the engine's in its version",
	does: "The batches that are captured. A step is computed with as many rows as the smallest that holds it; what is larger " +
		"than all has its kernels launched by the host.",
	example: "[1, 2, 4, 8, 16, 32]",
}}

// resolveGraphs decides what the engine captures.
func (s *Scenario) resolveGraphs(p *Parts) error {
	e := &s.Engine
	const mode, sizes = "engine.cudagraph_mode", "engine.cudagraph_capture_sizes"
	switch {
	case e.EnforceEager && s.source.has(mode) && e.CUDAGraphMode != engines.GraphsNone:
		return s.source.faultf(mode, "leave out one of them", "%q stands beside enforce_eager, which captures none", e.CUDAGraphMode)
	case e.EnforceEager || e.CUDAGraphMode == engines.GraphsNone:
		p.Engine = p.Engine.Eager()
	case p.Engine.Graphs == nil && s.source.has(mode):
		return s.source.faultf(mode, "leave it out", "%s captures no CUDA graphs", p.Engine.Title)
	}
	g := p.Engine.Graphs
	if g == nil {
		if s.source.has(sizes) {
			return s.source.fault(sizes, "is for CUDA graphs, and there are none", "leave it out")
		}
		return nil
	}
	if e.CUDAGraphMode == "" {
		e.CUDAGraphMode = g.Mode
	}
	if e.CUDAGraphMode != engines.GraphsFull && g.Mode == engines.GraphsFull {
		return s.source.faultf(mode, "use "+quoted([]string{engines.GraphsFull, engines.GraphsNone}),
			"%s captures whole decode steps alone", p.Engine.Title)
	}
	return s.checkCaptured(sizes)
}

// checkCaptured refuses batches that cannot be captured.
func (s *Scenario) checkCaptured(key string) error {
	sizes := s.Engine.CUDAGraphCaptureSizes
	if !s.source.has(key) {
		return nil
	}
	few := len(sizes) > 0 && len(sizes) <= engines.MostCaptured
	if !few || slices.Min(sizes) < 1 || slices.Max(sizes) > engines.MostCaptured {
		return s.source.fault(key, "is no list of batches", fmt.Sprintf("list whole numbers from 1 to %d", engines.MostCaptured))
	}
	s.Engine.CUDAGraphCaptureSizes = slices.Compact(slices.Sorted(slices.Values(sizes)))
	return nil
}

// batches are what limits a deployment's captured batches.
func (s *Scenario) batches(p *Parts, plan arch.Plan) engines.Batches {
	return engines.Batches{Sequences: p.Limits.MaxNumSeqs, Tokens: p.Limits.MaxNumBatchedTokens,
		Queries: p.Speculation.queries(), Largest: p.Engine.Memory.Static.Largest(p.Device, plan)}
}

// captured are the sizes of the engine's graphs under a plan.
func (s *Scenario) captured(p *Parts, plan arch.Plan) []int {
	if p.Engine.Graphs == nil || len(s.Engine.CUDAGraphCaptureSizes) > 0 {
		return s.Engine.CUDAGraphCaptureSizes
	}
	return p.Engine.Graphs.Captured(s.batches(p, plan))
}

// graphsHeld is how many graphs take memory, and how many sequences the largest has by the engine's rule.
func (s *Scenario) graphsHeld(p *Parts, plan arch.Plan) (graphs, largest int) {
	g := p.Engine.Graphs
	if g == nil {
		return 0, 0
	}
	sizes := s.captured(p, plan)
	b := s.batches(p, plan)
	if given := s.Engine.CUDAGraphCaptureSizes; len(given) > 0 {
		b.Largest = slices.Max(given)
	}
	return g.Count(s.Engine.CUDAGraphMode, sizes, b), b.Largest
}

// graphs are the engine's CUDA graphs as step times depend on them.
func (s *Scenario) graphs(p *Parts) cost.Graphs {
	if p.Engine.Graphs == nil {
		return cost.Graphs{}
	}
	return p.Engine.Graphs.Costs(s.Engine.CUDAGraphMode, s.captured(p, p.Plan))
}
