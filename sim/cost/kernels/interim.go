package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// INTERIM, so that sim/cost compiles: whoever writes a family's own file deletes its types here (the field of Set with the
// same name then shadows the one here). The signatures are what sim/cost/operators.go calls.
type interim struct {
	SparsePrefill interimPrefill
	Indexer       interimIndexer
}

type IndexerShape struct{ Sequences, Heads, KeyDim int }

type interimPrefill struct{}

func (interimPrefill) Time(d *hw.Device, s PrefillShape) units.Seconds {
	flops := 2 * float64(s.Pairs) * float64(s.Heads) * float64(s.KeyDim+s.ValueDim)
	return 12e-6 + units.Seconds(flops/(0.6*float64(d.Peak[units.BF16])))
}

type interimIndexer struct{}

func (interimIndexer) Coefficients(d *hw.Device, s IndexerShape) (fixed, perKey units.Seconds) {
	return 10e-6, units.Seconds(float64(s.KeyDim+4) / float64(d.Bandwidth))
}
func (interimIndexer) Prefill(d *hw.Device, s PrefillShape) units.Seconds {
	return 12e-6 + units.Seconds(2*float64(s.Pairs)*float64(s.Heads)*float64(s.KeyDim)/(0.5*float64(peak(d, units.FP8))))
}
