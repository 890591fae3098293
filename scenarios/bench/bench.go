package bench

import (
	"context"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/fault"
	"github.com/roofserve/roofserve/scenarios"
)

// Options say what to measure.
type Options struct {
	Loads    []string // by name; none: all of them
	Quick    bool     // the short form: one small size of each
	Mooncake string   // the Mooncake conversation trace's file; its load is left out without
	// OnProgress, where set, is told the share of the work that is done.
	OnProgress func(share float64)
}

// Report is what a bench found.
type Report struct {
	Machine Machine       `json:"machine"`
	Loads   []Measurement `json:"loads"`
	// Exponents say how CPU time grows with the number of requests, by load, where a load has several sizes: 1 is in proportion.
	Exponents map[string]float64 `json:"exponents"`
}

// Measurement is one load at one size. Times are user CPU times, medians over the runs.
type Measurement struct {
	Load           string  `json:"load"`
	Title          string  `json:"title"`
	Requests       int     `json:"requests"`
	Runs           int     `json:"runs"`
	BuildSeconds   float64 `json:"build_cpu_s"` // reading the scenario and compiling its cost model
	Seconds        float64 `json:"cpu_s"`       // simulating
	PerSecond      float64 `json:"requests_per_cpu_s"`
	TokensPer      float64 `json:"output_tokens_per_cpu_s"`
	LoopSteps      float64 `json:"loop_steps_per_request"` // steps of the calibration loop that take as long as a request
	PeakBytes      int64   `json:"peak_bytes"`             // resident
	Steps          float64 `json:"steps_per_request"`
	OneByOne       float64 `json:"one_by_one"` // share of the steps that were pure decodes but could not be skipped through
	Preemptions    float64 `json:"preemptions_per_request"`
	BlockHitRate   float64 `json:"block_hit_rate"`
	LatencyP99     float64 `json:"p99_ttft_ms"`
	RelativeErrors float64 `json:"sketch_error"` // bound of quantiles' relative error
}

// Run measures the loads, one after the other.
func Run(ctx context.Context, o Options) (*Report, error) {
	c, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	loads, err := c.choose(o.Loads)
	if err != nil {
		return nil, err
	}
	if o.Mooncake != "" && len(o.Loads) > 0 && !slices.Contains(o.Loads, fromMooncake) {
		return nil, &fault.Error{Key: "mooncake", Wrong: "no load that was chosen replays it", Right: "add --load mooncake, or leave it out"}
	}
	if o.Mooncake == "" {
		if slices.Contains(o.Loads, fromMooncake) {
			return nil, &fault.Error{Key: "load", Wrong: "mooncake needs its trace", Right: "name the file with --mooncake"}
		}
		loads = slices.DeleteFunc(loads, func(l Load) bool { return l.From == fromMooncake })
	}
	var feeds []feed
	for i := range loads {
		for _, n := range loads[i].sizes(o.Quick) {
			feeds = append(feeds, feed{load: &loads[i], requests: n, quick: o.Quick, service: &c.Service, mooncake: o.Mooncake})
		}
	}
	r := &Report{Machine: describe()}
	work := newWork(feeds, o.OnProgress)
	for i := range feeds {
		m, err := feeds[i].measure(ctx, work)
		if err != nil {
			return nil, err
		}
		r.Loads = append(r.Loads, *m)
	}
	r.Exponents = exponents(r.Loads)
	return r, nil
}

func (l *Load) sizes(quick bool) []int {
	switch {
	case quick:
		return []int{l.Quick}
	case len(l.Requests) == 0:
		return []int{0}
	default:
		return l.Requests
	}
}

// A load is run often enough that its median means something, unless a run takes long; in the short form the fewest times.
const (
	fewestRuns = 3
	mostRuns   = 25
	enough     = 1.0  // s of CPU time in all
	long       = 20.0 // s: one run is enough
)

// measure runs a load a few times.
func (f *feed) measure(ctx context.Context, w *work) (*Measurement, error) {
	remove, err := f.prepare()
	if err != nil {
		return nil, err
	}
	defer remove()
	var builds, times, ratios []float64
	var last *scenarios.Run
	var peak int64
	for spent := 0.0; ; {
		step := calibrate()
		forgetPeak()
		begin := cpuSeconds()
		b, err := f.build()
		if err != nil {
			return nil, err
		}
		built := cpuSeconds()
		last, err = b.Run(ctx, scenarios.Hooks{OnProgress: w.within})
		seconds := cpuSeconds() - built
		if closeErr := b.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return nil, err
		}
		peak = max(peak, peakBytes())
		builds, times = append(builds, built-begin), append(times, seconds)
		ratios = append(ratios, seconds/step)
		spent += seconds
		if n := len(times); n >= mostRuns || n >= fewestRuns && (f.quick || spent >= enough) || spent >= long {
			break
		}
	}
	w.finish(f)
	return f.sum(last, median(builds), median(times), median(ratios), peak, len(times)), nil
}

func (f *feed) sum(run *scenarios.Run, build, seconds, steps float64, peak int64, runs int) *Measurement {
	r := run.Result
	requests := r.Completed + r.Failed
	n := float64(requests)
	m := &Measurement{
		Load: f.load.Name, Title: f.load.Title, Requests: requests, Runs: runs, BuildSeconds: build, Seconds: seconds,
		PerSecond: n / seconds, TokensPer: float64(r.OutputTokens) / seconds, LoopSteps: steps / n, PeakBytes: peak,
		Steps: float64(r.Steps) / n, OneByOne: float64(r.ByStep) / float64(max(1, r.Steps)),
		Preemptions: float64(r.Preemptions) / n, LatencyP99: r.TTFT.P99, RelativeErrors: r.SketchError,
	}
	if r.Prefix.Blocks > 0 {
		m.BlockHitRate = float64(r.Prefix.HitBlocks) / float64(r.Prefix.Blocks)
	}
	return m
}

// exponents fits CPU time = c·requests^exponent by least squares of the logarithms.
func exponents(list []Measurement) map[string]float64 {
	points := map[string][][2]float64{}
	for _, m := range list {
		points[m.Load] = append(points[m.Load], [2]float64{math.Log(float64(m.Requests)), math.Log(m.Seconds)})
	}
	slopes := map[string]float64{}
	for name, p := range points {
		if len(p) > 1 {
			slopes[name] = slope(p)
		}
	}
	return slopes
}

func slope(points [][2]float64) float64 {
	var x, y float64
	for _, p := range points {
		x += p[0] / float64(len(points))
		y += p[1] / float64(len(points))
	}
	var above, below float64
	for _, p := range points {
		above += (p[0] - x) * (p[1] - y)
		below += (p[0] - x) * (p[0] - x)
	}
	return above / below
}
