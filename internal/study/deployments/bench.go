package deployments

import (
	"cmp"
	"context"
	"fmt"

	"github.com/roofserve/roofserve/scenarios"
)

// Bench runs measurements and remembers them. It is for one goroutine.
type Bench struct {
	ctx    context.Context
	points map[string]*Point
}

// NewBench is a bench whose runs end with ctx.
func NewBench(ctx context.Context) *Bench {
	return &Bench{ctx: ctx, points: map[string]*Point{}}
}

// Context ends the bench's runs.
func (b *Bench) Context() context.Context { return b.ctx }

// ClosedLoop is a closed loop of users who each wait for their answer before they ask again.
type ClosedLoop struct {
	Users         int
	Requests      int // 0: three for each user
	Input, Output int // tokens of every request, or characters where Language is set
	// Language of the text, and the vocabulary that turns it into tokens; an empty Vocabulary is the model's.
	Language, Vocabulary string
	// Budget is the most tokens of a step; 0: the engine's default.
	Budget int
	// Scheduler is another than the engine's; empty: its own.
	Scheduler string
	// Planned tells that every step is planned when the one before it is over, whatever the engine does.
	Planned bool
	// Blocks of cache of each data-parallel rank; 0: as many as fit.
	Blocks int
}

// rounds is how many requests each user sends where a load does not say.
const rounds = 3

// Point is what a deployment does under a load.
type Point struct {
	TTFT, TPOT       float64 // median, in ms
	Output, Total    float64 // tokens a second: of answers, and with prompts
	USDPerMillionOut float64 // for a million output tokens
	Running          float64 // the largest number of sequences at once
	MeanRunning      float64
	Preemptions      int64
}

// Run simulates a deployment under a load. A plan that does not fit is a *scenarios.NoFit.
func (b *Bench) Run(d Deployment, l ClosedLoop) (*Point, error) {
	key := fmt.Sprintf("%v|%+v", d, l)
	if p, ok := b.points[key]; ok {
		return p, nil
	}
	s, err := d.Scenario()
	if err != nil {
		return nil, err
	}
	if err := l.apply(s, d.String()); err != nil {
		return nil, err
	}
	p, run, err := b.RunScenario(s)
	if err != nil {
		return nil, err
	}
	if run.Result.Completed == 0 {
		return nil, fmt.Errorf("%v: no request of %d + %d tokens can run", d, l.Input, l.Output)
	}
	b.points[key] = p
	return p, nil
}

// RunScenario simulates a scenario that is described already.
func (b *Bench) RunScenario(s *scenarios.Scenario) (*Point, *scenarios.Run, error) {
	run, err := s.Simulate(b.ctx)
	if err != nil {
		return nil, nil, err
	}
	return pointOf(run), run, nil
}

// apply writes the load into a scenario. Every user's request may run at once: the load, not the engine's
// defaults, says how many sequences there are.
func (l ClosedLoop) apply(s *scenarios.Scenario, label string) error {
	requests := l.Requests
	if requests == 0 {
		requests = rounds * l.Users
	}
	if l.Planned {
		if err := s.Set("engine.async_scheduling", false, label); err != nil {
			return err
		}
	}
	if l.Scheduler != "" {
		if err := s.Set("engine.profile", cmp.Or(s.Engine.Policy, "vllm"), label); err != nil {
			return err
		}
		if err := s.Set("engine.policy", l.Scheduler, label); err != nil {
			return err
		}
	}
	for _, setting := range []struct {
		key   string
		value any
	}{
		{"workload.synthetic.requests", requests},
		{"workload.synthetic.arrival.process", "closed"},
		{"workload.synthetic.arrival.concurrency", l.Users},
		{"workload.synthetic.input.distribution", "fixed"},
		{"workload.synthetic.input.value", l.Input},
		{"workload.synthetic.output.distribution", "fixed"},
		{"workload.synthetic.output.value", l.Output},
		{"workload.synthetic.language", l.Language},
		{"workload.synthetic.vocabulary", l.Vocabulary},
		{"engine.max_num_seqs", l.Users},
		{"engine.max_num_batched_tokens", l.Budget},
		{"engine.num_gpu_blocks", l.Blocks},
		{"engine.max_model_len", l.Input + l.Output},
		{"engine.prefix_caching", false},
	} {
		if setting.value == 0 || setting.value == "" {
			continue
		}
		if err := s.Set(setting.key, setting.value, label); err != nil {
			return err
		}
	}
	return nil
}

const secondsPerHour = 3600

func pointOf(run *scenarios.Run) *Point {
	r := run.Result
	seconds := float64(r.Duration.Seconds())
	h := &run.Scenario.Hardware
	p := &Point{
		TTFT: r.TTFT.Median, TPOT: r.TPOT.Median,
		Output: float64(r.OutputTokens) / seconds, Total: float64(r.InputTokens+r.OutputTokens) / seconds,
		Running: r.ConcurrentSequences.Max, MeanRunning: r.ConcurrentSequences.Mean, Preemptions: r.Preemptions,
	}
	p.USDPerMillionOut = h.PricePerHour * float64(h.GPUs*h.Replicas) / secondsPerHour / p.Output * 1e6
	return p
}
