package compare

import (
	"context"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// tolerance is how exactly the edge of a capacity is found.
const tolerance = 0.02

// edge finds an entry's largest load within the objectives on the same GPUs; its outcome is nil where there
// is none. The trial is one that ran, for what it says of the workload.
func (c *candidate) edge(ctx context.Context, e *Entry) (*capacity.Trial, error) {
	s, err := c.under(c.on(e.Same), c.request.RateScale)
	if err != nil {
		return nil, err
	}
	search := capacity.Search{Objectives: c.request.Objectives, Tolerance: tolerance}
	found, err := search.Load(ctx, s)
	if err != nil {
		return nil, err
	}
	if found.Best == nil {
		return found.Trials[0], nil
	}
	e.Edge = outcomeOf(found.Best)
	if c.request.Interval {
		r, err := search.Range(ctx, s, found, (*capacity.Search).Load)
		if err != nil {
			return nil, err
		}
		if r.Slower != nil {
			e.Slower = outcomeOf(r.Slower)
		}
		if r.Faster != nil {
			e.Faster = outcomeOf(r.Faster)
		}
	}
	return found.Best, nil
}

// doubt is how far the latencies of a trial may be off; nothing is known of one that could not run.
func doubt(t *capacity.Trial) (HalfWidths, error) {
	if t.Run == nil {
		return HalfWidths{}, nil
	}
	s, err := t.Run.Scenario.SurenessOf(t.Run)
	if err != nil {
		return HalfWidths{}, err
	}
	return HalfWidths{TPOT: s.TPOT, TTFT: s.TTFT}, nil
}

// enough finds the fewest GPUs that serve the workload within the objectives; nil where none do.
func (c *candidate) enough(ctx context.Context, p Placement) (*Placement, *Outcome, error) {
	s, err := c.under(c.on(p), c.request.RateScale)
	if err != nil {
		return nil, nil, err
	}
	search := capacity.Search{Objectives: c.request.Objectives}
	found, err := planning.Fewest(ctx, &search, s)
	if err != nil || found.Best == nil {
		return nil, nil, err
	}
	plan := planOf(found.Best.Run.Scenario, found.Best.Run.Parts.Plan)
	plan.GPUs, plan.Replicas = found.Best.GPUs, found.Best.Run.Scenario.Hardware.Replicas
	o := outcomeOf(found.Best)
	o.RateScale = c.request.RateScale
	return &plan, o, nil
}

// at simulates the workload at one rate on a plan.
func (c *candidate) at(ctx context.Context, p Placement, rateScale float64) (*Outcome, error) {
	s, err := c.under(c.on(p), rateScale)
	if err != nil {
		return nil, err
	}
	t, err := capacity.Attempt(ctx, s, c.request.Objectives, rateScale)
	if err != nil {
		return nil, err
	}
	return outcomeOf(t), nil
}

func outcomeOf(t *capacity.Trial) *Outcome {
	m := t.Metrics
	o := &Outcome{
		RateScale:  t.Load,
		MedianTTFT: m["median_ttft_ms"], P99TTFT: m["p99_ttft_ms"], MedianTPOT: m["median_tpot_ms"], P99TPOT: m["p99_tpot_ms"],
		Served: m["request_throughput"], Output: m["output_throughput"], Goodput: m[scenarios.Goodput], Running: m["concurrent_sequences.mean"],
		KVUsage: m["kv_cache_usage.max"], USD: m["price.usd_per_million_output_tokens"],
	}
	if t.Run != nil {
		o.Rate, o.Overloaded = arrivalRate(t.Run.Result), t.Run.Overloaded()
	}
	return o
}

// arrivalRate is the requests a second that came, until the last of them.
func arrivalRate(r *sim.Result) float64 {
	var requests int64
	var until float64
	for _, w := range r.Series {
		if w.Arrivals > 0 {
			requests += w.Arrivals
			until = float64(w.End.Seconds())
		}
	}
	if until == 0 {
		return 0
	}
	return float64(requests) / until
}
