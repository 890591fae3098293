package scenarios

import (
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// breakdown opens up the mean decode step of a run.
func (b *Built) breakdown(r *sim.Result) []cost.OperatorTime {
	if loads := b.decodeLoads(r); loads != nil {
		return b.cost.Breakdown(loads)
	}
	return nil
}

// decodeLoads is the mean decode step of a run, its sequences spread evenly over data-parallel ranks; nil
// where none decoded.
func (b *Built) decodeLoads(r *sim.Result) []arch.Load {
	ranks := b.Parts.Plan.DP
	perRank := r.MeanDecode.Sequences / float64(ranks)
	if perRank == 0 {
		return nil
	}
	n := max(1, int(perRank+0.5))
	load := arch.Load{Decodes: n, Samples: n}
	for i, keys := range r.MeanDecode.Keys {
		load.DecodeKeys[i] = int64(keys / r.MeanDecode.Sequences * float64(n))
	}
	loads := make([]arch.Load, ranks)
	for i := range loads {
		loads[i] = load
	}
	return loads
}

// MeanContext is the mean context of the sequences in a decode step, in tokens.
func (r *Run) MeanContext() float64 {
	m := r.Result.MeanDecode
	if m.Sequences == 0 || len(m.Keys) == 0 {
		return 0
	}
	return m.Keys[0] / m.Sequences
}
