package bench

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

// TestRatesOfATrial: requests and tokens a second are those of the median run, the loop's steps are for each
// request.
func TestRatesOfATrial(t *testing.T) {
	f := &feed{load: &Load{Name: "l", Title: "T"}}
	var sum took
	for _, r := range []sim.Result{
		{Completed: 100, Failed: 20, Steps: 900, ByStep: 150, Preemptions: 15, OutputTokens: 3000,
			Prefix: sim.PrefixStats{Tokens: 500, HitTokens: 60, Blocks: 30, HitBlocks: 8}},
		{Completed: 50, Failed: 30, Steps: 100, ByStep: 100, Preemptions: 5, OutputTokens: 2000,
			Prefix: sim.PrefixStats{Tokens: 400, HitTokens: 40, Blocks: 10, HitBlocks: 2},
			TTFT:   sim.Distribution{P99: 7}, SketchError: 0.004},
	} {
		sum.add(&r)
	}
	found := f.found(&sum)
	trial := trials{builds: []float64{3, 1, 2}, times: []float64{8, 2, 4}, ratios: []float64{800, 100, 400},
		peaks:  []float64{30, 10, 20},
		tokens: sum.tokens, found: found}
	want := Measurement{Load: "l", Title: "T", Requests: 200, Runs: 3, BuildSeconds: 2, Seconds: 4,
		PerSecond: 50, TokensPer: 1250, LoopSteps: 2,
		PeakBytes: 20, Steps: 5, OneByOne: 0.25, Preemptions: 0.1, BlockHitRate: 0.25, LatencyP99: 7,
		RelativeErrors: 0.004}
	if got := trial.medians(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestEnoughRuns: a load is run five times and for a second, at most 25 times, once where it takes 20 s, and
// three times in short.
func TestEnoughRuns(t *testing.T) {
	for _, c := range []struct {
		quick bool
		runs  int
		spent float64
		want  bool
	}{
		{true, 2, 100, false}, {true, 3, 0, true},
		{false, 4, 19.9, false}, {false, 5, 0.99, false}, {false, 5, 1, true}, {false, 24, 0.5, false},
		{false, 25, 0.5, true}, {false, 1, 20, true},
	} {
		trial := trials{quick: c.quick, times: make([]float64, c.runs), spent: c.spent}
		if got := trial.suffice(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestSlopeByHand fits a line through points that lie on none: Σ(x−x̄)(y−ȳ)/Σ(x−x̄)² = 7/5.
func TestSlopeByHand(t *testing.T) {
	got := slope([][2]float64{{0, 1}, {1, 2}, {2, 4}, {3, 5}})
	if math.Abs(got-1.4) > 1e-12 {
		t.Errorf("slope %v, want 1.4", got)
	}
}
