package cost

import (
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// A Meter's tables have fewer places than there are loads: those that share a place are told apart.
func TestMeterTellsLoadsOfOnePlaceApart(t *testing.T) {
	m := newModel(t, "mixtral-8x7b", arch.Plan{TP: 2, PP: 1, DP: 1, EP: 2}, kernels.Default())
	meter := NewMeter(m)
	var loads []arch.Load
	for _, tokens := range []int{1, 7, memoPrompts - 1, memoPrompts, memoPrompts + 1, memoPrompts + 7,
		3*memoPrompts + 7, memoRows, memoRows + 1} {
		for _, cached := range []int{0, 1, memoPrompts, 5 * memoPrompts, 1 << 20} {
			for _, decodes := range []int{0, 1, 9} {
				var l arch.Load
				l.AddChunk(m.Reaches(), cached, tokens, decodes == 9)
				for range decodes {
					l.AddDecode(m.Reaches(), 300)
				}
				loads = append(loads, l)
			}
		}
	}
	for round := range 3 {
		for i := range loads {
			l := loads[(i*7)%len(loads)] // in another order than they were made
			if got, want := meter.Step([]arch.Load{l}), m.Step([]arch.Load{l}); got != want {
				t.Fatalf("round %d: %d tokens after %d beside %d: %d ps, computed anew %d", round,
					l.ChunkTokens, l.Earlier, l.Decodes, got, want)
			}
		}
	}
}
