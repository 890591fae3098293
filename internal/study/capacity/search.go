package capacity

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/workloads"
)

// Search is a search for the edge of what meets objectives.
type Search struct {
	Objectives []Objective
	// Tolerance is the gap left between the last load that meets the objectives and the first that does not, as
	// a share: at least FinestTolerance.
	Tolerance float64
	// Shift, where set, makes the times of every trial longer or shorter.
	Shift Shift
	// OnTrial, where set, is called after each simulation.
	OnTrial func(*Trial)
}

// OverGPUs is what a search over the number of GPUs varies, each under the best plan for as many.
const OverGPUs = "hardware.gpus"

// Result is what a search found.
type Result struct {
	Over   string   // the key that was varied
	Best   *Trial   // the edge; nil where nothing meets the objectives
	Trials []*Trial // by load

	fewest bool // whether less of what is varied is better
	whole  bool // whether it comes in whole numbers
}

// FinestTolerance is the smallest gap worth searching for: a thousandth of a load is well below what one more
// draw of the same arrivals changes, and halving a gap of nothing never ends.
const FinestTolerance = 0.001

// mostLoad bounds the search: so few requests that even at a million times their rate all are served in time
// have no edge.
const mostLoad = 1e6

// alone is the mean number of requests in the system below which each has it to itself.
const alone = 0.1

// Load finds the largest load of a scenario that meets the objectives: the rate of its requests, or the users
// of a closed loop. Latencies grow with the load, so it doubles or halves the load until the edge lies
// between two trials, and then halves the gap.
func (c *Search) Load(ctx context.Context, s *scenarios.Scenario) (*Result, error) {
	found := &Result{Over: "workload.rate_scale"}
	start := cmp.Or(s.Workload.RateScale, 1)
	closed := s.Workload.Synthetic.Arrival.Process == "closed"
	found.whole = closed
	if closed {
		found.Over = "workload.synthetic.arrival.concurrency"
		start = float64(max(1, s.Workload.Synthetic.Arrival.Concurrency))
	}
	try := func(load float64) (*Trial, error) {
		varied := *s
		var value any = load
		if closed {
			value = int(load)
		}
		if err := varied.Set(found.Over, value, "load"); err != nil {
			return nil, err
		}
		return c.record(found, func() (*Trial, error) { return c.attempt(ctx, &varied, load) })
	}
	low, high, err := c.bracket(start, closed, try)
	if err != nil || low == 0 || high == 0 {
		return found, err
	}
	for high > low*(1+c.Tolerance) {
		middle := math.Sqrt(low) * math.Sqrt(high)
		if closed {
			middle = math.Floor((low + high) / 2)
			if middle == low {
				break
			}
		}
		t, err := try(middle)
		if err != nil {
			return found, err
		}
		if t.Met() {
			low = middle
		} else {
			high = middle
		}
	}
	return found, nil
}

// bracket finds a load that meets the objectives and one that does not, a factor of two apart. Either is 0
// where there is none within reach.
func (c *Search) bracket(start float64, whole bool, try func(float64) (*Trial, error)) (low, high float64,
	err error) {
	load := start
	for load <= mostLoad {
		t, err := try(load)
		if err != nil || t.NoFit {
			return 0, 0, err
		}
		if t.Met() {
			low = load
			load *= 2
		} else {
			high = load
			load /= 2
			// Either less load changes nothing, or the requests would arrive over more time than the clock counts.
			if t.Metrics["concurrency"] < alone || !whole && 2*t.Metrics["duration"] > workloads.MaxSpan {
				return 0, high, nil
			}
		}
		if low > 0 && high > 0 {
			return low, high, nil
		}
		if whole {
			load = math.Floor(load)
		}
		if load == 0 {
			return 0, high, nil
		}
	}
	return low, high, nil
}

func (c *Search) attempt(ctx context.Context, s *scenarios.Scenario, load float64) (*Trial, error) {
	return AttemptShifted(ctx, s, c.Objectives, load, c.Shift)
}

// record keeps a trial, and the best so far: the largest load, or the fewest GPUs, that meets the objectives.
func (c *Search) record(found *Result, run func() (*Trial, error)) (*Trial, error) {
	t, err := run()
	if err != nil {
		return nil, err
	}
	found.Trials = append(found.Trials, t)
	slices.SortStableFunc(found.Trials, func(a, b *Trial) int { return cmp.Compare(a.Load, b.Load) })
	if c.OnTrial != nil {
		c.OnTrial(t)
	}
	if t.Met() && (found.Best == nil || found.fewest == (t.Load < found.Best.Load)) {
		found.Best = t
	}
	return t, nil
}
