package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// selected are the laws of a mixer with kernels of its own; nil for others.
func (m *Model) selected(o *arch.Attention) *kernels.Selected {
	switch o.Kernels {
	case arch.OfCompressed:
		return &m.Kernels.Compressed
	case arch.OfBlocks:
		return m.Kernels.Blocks.Of(m.Plan.Precision.KV)
	default:
		return nil
	}
}

// selectedShape is what they ask of an operator, without its load.
func (m *Model) selectedShape(o *arch.Attention) kernels.SelectedShape {
	return kernels.SelectedShape{Heads: o.Heads, KeyHeads: o.KVHeads, Values: o.KeyDim + o.ValueDim,
		KeyBytes: o.KeyBytes(&m.Plan.Precision), Chosen: float64(m.chosen(*o)) * o.KeyShare}
}

// selectedDecode is the time of n rows of so many heads, before the share of keys.
func (m *Model) selectedDecode(l *kernels.SelectedStepLaw, o *arch.Attention,
	n, heads int) (fixed, slope units.Seconds) {
	shape := m.selectedShape(o)
	shape.Sequences, shape.Heads = n, heads
	if o.Form == arch.Indexer {
		return l.Index(m.Device, shape)
	}
	return l.Core(m.Device, shape)
}

// selectedPrefill is the time of a rank's chunks.
func (m *Model) selectedPrefill(law *kernels.SelectedManyLaw, o *arch.Attention, l *arch.Load) units.Seconds {
	shape := m.selectedShape(o)
	shape.Tokens, shape.Pairs = int64(l.ChunkTokens), share(l.ChunkPairs[o.Reach], o.KeyShare)
	if o.Form == arch.Indexer {
		return law.Index(m.Device, shape)
	}
	return law.Core(m.Device, shape)
}
