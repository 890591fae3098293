package capacity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/scenarios"
)

// Trial is one simulation of a search for capacity.
type Trial struct {
	Load     float64 // what was searched over: the rate scale, the users, or the number of GPUs or replicas
	GPUs     int     // of all replicas
	Run      *scenarios.Run
	Metrics  map[string]float64 // those that have a value
	Failures []string           // objectives that were not met, and an overload; empty where all is well
	NoFit    bool               // the plan does not fit, and nothing was simulated
}

// Met tells whether the trial met every objective.
func (t *Trial) Met() bool { return len(t.Failures) == 0 && !t.NoFit }

// queueGrows is how a trial fails whose load is more than it serves.
const queueGrows = "the queue grows without end"

// WithoutQueue is the trial as if its queue did not grow.
func (t *Trial) WithoutQueue() *Trial {
	other := *t
	other.Failures = slices.DeleteFunc(slices.Clone(t.Failures), func(f string) bool { return f == queueGrows })
	return &other
}

// Goodput is the requests a second within the limits of the objectives.
func (t *Trial) Goodput() float64 { return t.Metrics[scenarios.Goodput] }

// Shift makes all times of a system longer by Z half-widths of a Sureness; the zero value makes none longer.
type Shift struct {
	Sureness *scenarios.Sureness
	Z        float64
}

// Attempt simulates a scenario under objectives. A system that falls behind meets none, however short its
// latencies at the beginning are.
func Attempt(ctx context.Context, s *scenarios.Scenario, objectives []Objective, load float64) (*Trial,
	error) {
	return AttemptShifted(ctx, s, objectives, load, Shift{})
}

// AttemptShifted is Attempt with times that are longer or shorter.
func AttemptShifted(ctx context.Context, s *scenarios.Scenario, objectives []Objective, load float64,
	by Shift) (*Trial, error) {
	return attempt(s, objectives, load, func(b *scenarios.Built) (*scenarios.Run, []scenarios.Metric, error) {
		if by.Sureness != nil {
			return b.Shifted(ctx, by.Sureness, by.Z, limited(objectives))
		}
		r, err := b.Run(ctx, scenarios.Hooks{})
		if err != nil {
			return nil, nil, err
		}
		return r, r.AllMetrics(), nil
	})
}

// limited are the metrics that objectives limit.
func limited(objectives []Objective) (list []string) {
	for _, o := range objectives {
		list = append(list, o.Metric)
	}
	return list
}

// AttemptDraw is Attempt under a draw of how far the prediction is off, and with a seed of its own for the
// workload.
func AttemptDraw(ctx context.Context, s *scenarios.Scenario, objectives []Objective,
	sureness *scenarios.Sureness, draw int) (*Trial, error) {
	return attempt(seeded(s, draw), objectives, float64(draw),
		func(b *scenarios.Built) (*scenarios.Run, []scenarios.Metric, error) {
			return b.Draw(ctx, sureness, draw, limited(objectives))
		})
}

// AttemptSeed is Attempt with another seed of the workload: i is which, from 0 on.
func AttemptSeed(ctx context.Context, s *scenarios.Scenario, objectives []Objective, i int) (*Trial, error) {
	return Attempt(ctx, seeded(s, i), objectives, float64(i))
}

// seeded is a scenario with another seed of its workload.
func seeded(s *scenarios.Scenario, i int) *scenarios.Scenario {
	other := *s
	other.Workload.Seed = cmp.Or(s.Workload.Seed, 1) + uint64(i) + 1 // 1 is what is left out
	if other.Workload.Synthetic.Seed != 0 {
		other.Workload.Synthetic.Seed += uint64(i) + 1
	}
	return &other
}

func attempt(s *scenarios.Scenario, objectives []Objective, load float64,
	run func(*scenarios.Built) (*scenarios.Run, []scenarios.Metric, error)) (*Trial, error) {
	watched := *s
	if !watched.SLO.IsSet() {
		limits := requestLimits(objectives)
		limits.Classes = watched.SLO.Classes
		watched.SLO = limits
	}
	t := &Trial{Load: load, Metrics: map[string]float64{}}
	built, err := watched.Build()
	var noFit *scenarios.NoFit
	if errors.As(err, &noFit) {
		t.NoFit, t.Failures = true, []string{err.Error()}
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	defer built.Close()
	var metrics []scenarios.Metric
	if t.Run, metrics, err = run(built); err != nil {
		return nil, err
	}
	t.GPUs = t.Run.Scenario.AllGPUs()
	t.Metrics = scenarios.Values(metrics)
	if t.Run.Overloaded() {
		t.Failures = append(t.Failures, queueGrows)
	}
	if g := &t.Run.Result.Gate; g.Rejected+g.TimedOut > 0 {
		t.Failures = append(t.Failures, fmt.Sprintf("the gateway rejects %d requests and gives up %d", g.Rejected, g.TimedOut))
	}
	for _, v := range scenarios.Judge(expectations(objectives), metrics, nil) {
		if !v.Kept {
			t.Failures = append(t.Failures, v.Finding())
		}
	}
	return t, nil
}
