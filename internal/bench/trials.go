package bench

import (
	"context"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// trials are what the runs of one load at one size took.
type trials struct {
	quick                 bool
	builds, times, ratios []float64 // user CPU s; ratios in steps of the calibration loop
	peaks                 []float64 // bytes
	spent                 float64   // sum of times
	tokens                int64
	found                 Measurement // what every run finds alike
}

// A load is run often enough that its median means something, unless a run takes long; in the short form the
// fewest times.
const (
	fewestRuns = 5
	quickRuns  = 3
	mostRuns   = 25
	enough     = 1.0  // s of CPU time in all
	long       = 20.0 // s: one run is enough
)

// suffice tells that there have been enough runs.
func (t *trials) suffice() bool {
	n := len(t.times)
	if t.quick {
		return n >= quickRuns
	}
	return n >= mostRuns || n >= fewestRuns && t.spent >= enough || t.spent >= long
}

// try runs a load once.
func (f *feed) try(ctx context.Context, w *work) error {
	step := calibrate()
	forgetPeak()
	var spent took
	for i := range max(1, f.load.Cases) {
		if err := f.simulate(ctx, i, w, &spent); err != nil {
			return err
		}
	}
	t := &f.trials
	t.builds, t.times, t.ratios = append(t.builds, spent.building), append(t.times, spent.running),
		append(t.ratios, spent.running/step)
	t.peaks = append(t.peaks, float64(peakBytes()))
	t.spent += spent.running
	t.found, t.tokens = f.found(&spent), spent.tokens
	w.finish()
	return nil
}

// took is what the simulations of a run took, in s of user CPU time, and what they found.
type took struct {
	building, running                  float64
	requests                           int
	steps, byStep, preemptions, tokens int64
	hitBlocks, blocks                  int64
	latencyP99, sketchError            float64 // of the last
}

// simulate runs case i of a load. Several cases are a sweep: building each is part of the run.
func (f *feed) simulate(ctx context.Context, i int, w *work, t *took) error {
	begin := cpuSeconds()
	b, err := f.build(i)
	if err != nil {
		return err
	}
	built := cpuSeconds()
	before := t.requests
	run, err := b.Run(ctx, scenarios.Hooks{OnProgress: func(n int) { w.within(before + n) },
		NumbersOnly: f.load.Cases > 0})
	if closeErr := b.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if f.load.Cases > 0 {
		t.running += built - begin
	} else {
		t.building += built - begin
	}
	t.running += cpuSeconds() - built
	t.add(run.Result)
	return nil
}

func (t *took) add(r *sim.Result) {
	t.requests += r.Completed + r.Failed
	t.steps += r.Steps
	t.byStep += r.ByStep
	t.preemptions += r.Preemptions
	t.tokens += r.OutputTokens
	t.hitBlocks += r.Prefix.HitBlocks
	t.blocks += r.Prefix.Blocks
	t.latencyP99, t.sketchError = r.TTFT.P99, r.SketchError
}

// found is what every run of a load finds alike.
func (f *feed) found(t *took) Measurement {
	n := float64(t.requests)
	m := Measurement{
		Load: f.load.Name, Title: f.load.Title, Requests: t.requests,
		Steps: float64(t.steps) / n, OneByOne: float64(t.byStep) / float64(max(1, t.steps)),
		Preemptions: float64(t.preemptions) / n, LatencyP99: t.latencyP99, RelativeErrors: t.sketchError,
	}
	if t.blocks > 0 {
		m.BlockHitRate = float64(t.hitBlocks) / float64(t.blocks)
	}
	return m
}

// medians are the times and peaks of the median runs.
func (t *trials) medians() Measurement {
	m := t.found
	m.Runs, m.PeakBytes = len(t.times), int64(median(t.peaks))
	m.BuildSeconds, m.Seconds = median(t.builds), median(t.times)
	n := float64(m.Requests)
	m.PerSecond, m.TokensPer, m.LoopSteps = n/m.Seconds, float64(t.tokens)/m.Seconds, median(t.ratios)/n
	return m
}
