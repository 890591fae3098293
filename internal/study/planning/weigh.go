package planning

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
)

const (
	// weighed is how many plans, from the best on, are drawn.
	weighed = 3
	// draws is how many draws a probability rests on: its standard error is at most 0.11.
	draws = 20
	// apart is by how much two probabilities of that many draws have to differ so that chance explains it in one
	// of ten cases: 1.28 standard deviations of the difference of two shares near one half.
	apart = 0.2
)

// weigh finds the probability that each of the best plans meets the limits, and which cannot be told from the
// best: as good by the goal, and as probable.
func (a *Answer) weigh(ctx context.Context) error {
	for i := range a.Plans[:min(weighed, len(a.Plans))] {
		if err := a.Question.draw(ctx, &a.Plans[i]); err != nil {
			return err
		}
	}
	best, goal := &a.Plans[0], a.Question.Goal
	for i := range a.Plans[:min(weighed, len(a.Plans))] {
		p := &a.Plans[i]
		p.Close = i > 0 && goal.cost(p) == goal.cost(best) && best.Probability-p.Probability < apart
	}
	return nil
}

// sureness is how far the latencies of a plan may be off.
func (r *Question) sureness(p *Sizing) (*scenarios.Sureness, error) {
	s, err := p.on(r.Scenario)
	if err != nil {
		return nil, err
	}
	return s.SurenessOf(p.Trial.Run)
}

// draw simulates a plan under draws of how far its latencies are off, each with a seed of its own.
func (r *Question) draw(ctx context.Context, p *Sizing) error {
	sureness, err := r.sureness(p)
	if err != nil {
		return err
	}
	var met atomic.Int64
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, r.Jobs))
	for i := range draws {
		work.Go(func() error {
			s, err := p.on(r.Scenario)
			if err != nil {
				return err
			}
			t, err := capacity.AttemptDraw(ctx, s, r.Objectives, sureness, i)
			if err != nil {
				return err
			}
			if t.Met() {
				met.Add(1)
			}
			if r.OnTrial != nil {
				r.OnTrial()
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	p.Probability = float64(met.Load()) / draws
	return nil
}
