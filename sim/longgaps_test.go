package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/workloads"
)

// The longest tenth of the times between a request's tokens, in ms, worked out by hand for steps of 1 ms.
func TestLongGapsByHand(t *testing.T) {
	alone := vllmMicro(100)
	alone.Policy = "vllm0"
	for _, x := range []struct {
		name     string
		c        Config
		requests []workloads.Request
		want     []float64
	}{
		// The prompt at 3.2 takes the step from 4, that at 4.2 the step from 5: the tokens at 4 and 7 are 3 apart,
		// the 19 others 1. Of 20 gaps two are a tenth.
		{"two prompts go first", alone, []workloads.Request{at(0, 16, 21), at(3.2, 16, 1), at(4.2, 16, 1)}, []float64{2, 0, 0}},
		// Of 10 gaps one is.
		{"one gap of ten", alone, []workloads.Request{at(0, 16, 11), at(3.2, 16, 1)}, []float64{2, 0}},
		{"prompts beside answers", vllmMicro(100), []workloads.Request{at(0, 16, 21), at(3.2, 16, 1)}, []float64{1, 0}},
		// Tokens at 1, 2.5 and 3.5; the second comes at 2, is driven out, and comes at 4.5 and 5.5.
		{"between pools, and once more", parted(33, room(5)), asks(2, 32, 3), []float64{1.5, 2.5}},
		// The client waits for the first token until 2.5, which is no gap.
		{"the decode side's first token", parted(32, again), asks(1, 32, 3), []float64{1}},
	} {
		x.c.LongGaps = true
		_, finished := outcome(t, x.c, &fixture.List{Requests: x.requests}, engine)
		slices.SortFunc(finished, func(a, b Finished) int { return a.Index - b.Index })
		for i, want := range x.want {
			if got := finished[i].LongGaps; got != units.Picoseconds(want*1e9) {
				t.Errorf("%s: request %d: %v ps; want %v ms", x.name, i, got, want)
			}
		}
	}
}
