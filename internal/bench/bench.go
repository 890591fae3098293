package bench

import (
	"context"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
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
	// Exponents say how CPU time grows with the number of requests, by load, where a load has several sizes: 1
	// is in proportion.
	Exponents map[string]float64 `json:"exponents"`
}

// Measurement is one load at one size. Times are user CPU times; they and the peak are medians over the runs.
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

// Run measures the loads, which take turns: what disturbs a machine for some seconds meets a run of each, not
// all runs of one.
func Run(ctx context.Context, o Options) (*Report, error) {
	c, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	loads, err := c.choose(o.Loads)
	if err != nil {
		return nil, err
	}
	replays := func(l Load) bool { return l.From == fromMooncake }
	first := slices.IndexFunc(loads, replays)
	if o.Mooncake != "" && first < 0 {
		return nil, &fault.Error{Key: "mooncake", Wrong: "no load that was chosen replays it", Right: "add --load mooncake, or leave it out"}
	}
	if o.Mooncake == "" {
		if len(o.Loads) > 0 && first >= 0 {
			return nil, &fault.Error{Key: "load", Wrong: loads[first].Name + " needs its trace", Right: "name the file with --mooncake"}
		}
		loads = slices.DeleteFunc(loads, replays)
	}
	var feeds []feed
	for i := range loads {
		for _, n := range loads[i].sizes(o.Quick) {
			feeds = append(feeds, feed{load: &loads[i], requests: n, service: &c.Service, mooncake: o.Mooncake,
				trials: trials{quick: o.Quick}})
		}
	}
	for i := range feeds {
		remove, err := feeds[i].prepare()
		if err != nil {
			return nil, err
		}
		defer remove()
	}
	r := &Report{Machine: describe()}
	if err := takeTurns(ctx, feeds, newWork(feeds, o.OnProgress)); err != nil {
		return nil, err
	}
	for i := range feeds {
		r.Loads = append(r.Loads, feeds[i].trials.medians())
	}
	r.Exponents = exponents(r.Loads)
	return r, nil
}

// takeTurns runs each load once, then again those that need further runs, and so on.
func takeTurns(ctx context.Context, feeds []feed, w *work) error {
	for open := true; open; {
		open = false
		for i := range feeds {
			f := &feeds[i]
			if f.trials.suffice() {
				continue
			}
			if err := f.try(ctx, w); err != nil {
				return err
			}
			open = open || !f.trials.suffice()
		}
	}
	return nil
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
		above += float64((p[0] - x) * (p[1] - y))
		below += float64((p[0] - x) * (p[0] - x))
	}
	return above / below
}
