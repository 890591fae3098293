package capacity

import (
	"context"
	"errors"

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

// Goodput is the requests a second within the limits of the objectives.
func (t *Trial) Goodput() float64 { return t.Metrics[scenarios.Goodput] }

// Attempt simulates a scenario under objectives. A system that falls behind meets none, however short its
// latencies at the beginning are.
func Attempt(ctx context.Context, s *scenarios.Scenario, objectives []Objective, load float64) (*Trial,
	error) {
	return attempt(s, objectives, load, func(b *scenarios.Built) (*scenarios.Run, error) {
		return b.Run(ctx, scenarios.Hooks{})
	})
}

// AttemptDraw is Attempt under a draw of the kernels' parameters, as intervals make them, and with a seed of
// its own for the workload.
func AttemptDraw(ctx context.Context, s *scenarios.Scenario, objectives []Objective, draw int) (*Trial,
	error) {
	seeded := *s
	seeded.Workload.Seed += uint64(draw) + 1
	if seeded.Workload.Synthetic.Seed != 0 {
		seeded.Workload.Synthetic.Seed += uint64(draw) + 1
	}
	return attempt(&seeded, objectives, float64(draw), func(b *scenarios.Built) (*scenarios.Run, error) {
		return b.Draw(ctx, draw)
	})
}

func attempt(s *scenarios.Scenario, objectives []Objective, load float64,
	run func(*scenarios.Built) (*scenarios.Run, error)) (*Trial, error) {
	watched := *s
	if !watched.SLO.IsSet() {
		watched.SLO = requestLimits(objectives)
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
	if t.Run, err = run(built); err != nil {
		return nil, err
	}
	h := &t.Run.Scenario.Hardware
	t.GPUs = h.GPUs * h.Replicas
	metrics := t.Run.Metrics()
	t.Metrics = scenarios.Values(metrics)
	if t.Run.Overloaded() {
		t.Failures = append(t.Failures, "the queue grows without end")
	}
	for _, v := range scenarios.Judge(expectations(objectives), metrics, nil) {
		if !v.Kept {
			t.Failures = append(t.Failures, v.Finding())
		}
	}
	return t, nil
}
