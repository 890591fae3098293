package bench

import (
	"context"

	"github.com/roofserve/roofserve/scenarios"
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
	begin := cpuSeconds()
	b, err := f.build()
	if err != nil {
		return err
	}
	built := cpuSeconds()
	run, err := b.Run(ctx, scenarios.Hooks{OnProgress: w.within})
	seconds := cpuSeconds() - built
	if closeErr := b.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	t := &f.trials
	t.builds, t.times, t.ratios = append(t.builds, built-begin), append(t.times, seconds), append(t.ratios,
		seconds/step)
	t.peaks = append(t.peaks, float64(peakBytes()))
	t.spent += seconds
	t.found, t.tokens = f.found(run), run.Result.OutputTokens
	w.finish()
	return nil
}

// found is what every run of a load finds alike.
func (f *feed) found(run *scenarios.Run) Measurement {
	r := run.Result
	requests := r.Completed + r.Failed
	n := float64(requests)
	m := Measurement{
		Load: f.load.Name, Title: f.load.Title, Requests: requests,
		Steps: float64(r.Steps) / n, OneByOne: float64(r.ByStep) / float64(max(1, r.Steps)),
		Preemptions: float64(r.Preemptions) / n, LatencyP99: r.TTFT.P99, RelativeErrors: r.SketchError,
	}
	if r.Prefix.Blocks > 0 {
		m.BlockHitRate = float64(r.Prefix.HitBlocks) / float64(r.Prefix.Blocks)
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
