package calibrate

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// measuredExperts is a row of one layer.
func measuredExperts(tokens, tensorRanks, ranks int, milliseconds float64) expertsRow {
	return expertsRow{version: "trtllm-1", tensorRanks: tensorRanks,
		latency: units.Seconds(milliseconds) * units.Millisecond,
		shape: kernels.ExpertsShape{Tokens: tokens, Hidden: 4096, Inter: 1024 / tensorRanks, TopK: 8, Experts: 128,
			Ranks:   ranks,
			Routing: kernels.PowerLaw{Alpha: 1.01}}}
}

func TestRowsSlowerThanWithMoreWorkAreBounded(t *testing.T) {
	rows := []expertsRow{
		measuredExperts(256, 1, 1, 2.0), measuredExperts(512, 1, 1, 6.0), measuredExperts(1024, 1, 1, 2.5),
		measuredExperts(256, 1, 2, 1.1), measuredExperts(256, 2, 1, 0.5),
	}
	for i, want := range []float64{1.0, 2.5, 2.5, 1.1, 0.5} {
		if got := rows[i].bound(rows).Milliseconds(); got != want {
			t.Errorf("row %d (%g ms) is bounded by %g ms, want %g", i, rows[i].latency.Milliseconds(), got, want)
		}
	}
}

func TestNemotronsExpertsHaveNoGateWhereEnginesKnowIt(t *testing.T) {
	for version, ungated := range map[string]bool{"vllm-0.19.0": false, "vllm-0.24.0": true, "sglang-0.5.10": false} {
		row := measuredExperts(1, 1, 1, 1)
		row.version, row.shape.TopK = version, 22
		if row.ungated() != ungated {
			t.Errorf("%s: ungated %v, want %v", version, !ungated, ungated)
		}
	}
}
