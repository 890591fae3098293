package report

import (
	"testing"

	"github.com/roofserve/roofserve/sim"
)

// TestLatencyPanelHoldsItsDistribution looks for the first and last observation within the axes, narrow
// distributions and wide ones alike.
func TestLatencyPanelHoldsItsDistribution(t *testing.T) {
	for _, d := range []sim.Distribution{
		{Median: 27, P90: 200, P99: 390, CDF: [][2]float64{{5, 0.25}, {50, 0.5}, {400, 1}}},
		{Median: 6.5, P90: 6.6, P99: 6.7, CDF: [][2]float64{{6.4, 0.01}, {6.7, 0.995}, {48, 1}}},
		{Median: 6.5, P90: 6.5, P99: 6.5, CDF: [][2]float64{{6.5, 1}}},
	} {
		p, err := cdfPanel(page("latency", "of a test", 720, 560), "TTFT", "requests", &d, 0)
		if err != nil {
			t.Fatal(err)
		}
		first, last := d.CDF[0][0], d.CDF[len(d.CDF)-1][0]
		if p.X.Min >= first || p.X.Max <= last || p.Y.Min != 0 || p.Y.Max < 1 {
			t.Errorf("the axes reach from (%v, %v) to (%v, %v); the values from %v to %v",
				p.X.Min, p.Y.Min, p.X.Max, p.Y.Max, first, last)
		}
	}
}
