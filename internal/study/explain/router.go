package explain

import (
	"context"
	"fmt"
	"sync"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/experts"
)

// SmallBatch is a batch in which even a fair router's load is uneven, by chance: 2.1 for 8 of 256 experts.
const SmallBatch = 256

// Convergence is how the experts' load becomes even while a simulated router is trained, or does not, and
// what that does to the time of a step.
type Convergence struct {
	Scenario *scenarios.Scenario // resolved, with a simulated router
	Parts    *scenarios.Parts
	Step     Step
	Experts  *arch.MoE
	Routers  []TrainedRouter
}

// TrainedRouter is one way to balance.
type TrainedRouter struct {
	Balance   experts.Balance
	Speed     float64
	Redundant int // replicas of popular experts beside the experts, placed by their load
	Points    []RouterPoint
}

// RouterPoint is a router after some training. Loads are the largest over the mean.
type RouterPoint struct {
	Steps int     // of training
	Load  float64 // of an expert, counted over experts.SampleTokens tokens
	Small float64 // of an expert, counted over batches of SmallBatch tokens and averaged
	Rank  float64 // of an expert-parallel rank, counted over batches of the step's tokens and averaged
	Time  units.Seconds
}

// Final is the router after its training.
func (r *TrainedRouter) Final() RouterPoint { return r.Points[len(r.Points)-1] }

// RouterStep is the step whose time Converge follows unless another is asked for: it holds as many tokens as
// a router's sample, so that its experts are bound by arithmetic and the fullest rank's load sets their time.
func RouterStep() Step {
	return Step{Batch: experts.SampleTokens / defaultContext, Context: defaultContext, Prefill: defaultContext}
}

// Converge trains the scenario's router, and beside it one by each other way to balance, and the untrained
// one with replicas of its popular experts: as many as the scenario says, or one for each expert-parallel
// rank. After each of done's calls one more of Checkpoints is known.
func Converge(ctx context.Context, s *scenarios.Scenario, step Step, done func()) (*Convergence, error) {
	c, err := newConvergence(s, step)
	if err != nil {
		return nil, err
	}
	trainer, err := c.trainer()
	if err != nil {
		return nil, err
	}
	var workers sync.WaitGroup
	errs := make([]error, len(c.Routers))
	for i := range c.Routers {
		workers.Go(func() { errs[i] = trainer.train(ctx, &c.Routers[i], done) })
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newConvergence(s *scenarios.Scenario, step Step) (*Convergence, error) {
	simulated := *s
	if !s.Has("routing.kind") {
		if err := simulated.Set("routing.kind", "simulated", "--router"); err != nil {
			return nil, err
		}
	}
	r, parts, err := simulated.Resolve()
	if err != nil {
		return nil, err
	}
	c := &Convergence{Scenario: r, Parts: parts, Step: step, Experts: scenarios.ExpertLayer(parts.Model)}
	switch {
	case c.Experts == nil:
		return nil, &fault.Error{File: "--router", Wrong: parts.Model.Name + " has no routed experts", Right: "explain a mixture of experts, as in --model deepseek-v3"}
	case r.Routing.Kind != "simulated":
		return nil, &fault.Error{File: "--router", Wrong: fmt.Sprintf("routing.kind is %q", r.Routing.Kind), Right: `use kind = "simulated"`}
	}
	redundant := r.Routing.RedundantExperts
	if redundant == 0 {
		redundant = parts.Plan.EP
	}
	own := experts.Balance(r.Routing.Balance)
	for _, balance := range []experts.Balance{experts.BiasUpdate, experts.AuxiliaryLoss, experts.Unbalanced} {
		speed := balance.DefaultSpeed()
		if balance == own {
			speed = r.Routing.Speed
		}
		c.Routers = append(c.Routers, TrainedRouter{Balance: balance, Speed: speed})
	}
	c.Routers = append(c.Routers, TrainedRouter{Balance: experts.Unbalanced, Redundant: redundant})
	return c, nil
}

// trainer times steps under routers.
type trainer struct {
	*Convergence
	model *cost.Model
	loads []arch.Load
	// untrained is what routes before any training, which is the same for all.
	untrained func() (*experts.Sample, error)
}

func (c *Convergence) trainer() (*trainer, error) {
	untrained := *c.Scenario
	untrained.Routing = scenarios.Routing{Kind: "uniform"} // the trainer puts routers in its place
	model, err := untrained.CostModel(c.Parts)
	if err != nil {
		return nil, err
	}
	b := &trainer{Convergence: c, model: model, loads: c.Step.loads(model.Reaches(), c.Parts.Plan.DP)}
	b.untrained = sync.OnceValues(func() (*experts.Sample, error) {
		r, err := c.Scenario.Routing.Router(c.Experts)
		if err != nil {
			return nil, err
		}
		return r.Sample(experts.SampleTokens), nil
	})
	return b, nil
}

// checkpoints are the shares of the training after which a router is looked at.
var checkpoints = [...]float64{0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1}

// Checkpoints is how often Converge looks at routers: those that learn at every checkpoint, the others before
// and after.
const Checkpoints = 2*len(checkpoints) + 2*2

// train trains one router and looks at it on the way.
func (b *trainer) train(ctx context.Context, t *TrainedRouter, done func()) error {
	settings := b.Scenario.Routing
	settings.Balance, settings.Speed = string(t.Balance), t.Speed
	r, err := settings.Router(b.Experts)
	if err != nil {
		return err
	}
	at := 0
	for _, share := range checkpoints {
		next := int(float64(share*float64(settings.Steps)) + 0.5)
		learns := t.Balance != experts.Unbalanced
		if !learns && share > 0 && share < 1 {
			continue
		}
		for ; at < next; at++ {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.Train(1)
		}
		sample, err := b.untrained()
		if err != nil {
			return err
		}
		if learns && at > 0 {
			sample = r.Sample(experts.SampleTokens)
		}
		point, err := b.look(sample, t.Redundant)
		if err != nil {
			return err
		}
		point.Steps = next
		t.Points = append(t.Points, point)
		done()
	}
	return nil
}

// look measures a router's sample.
func (b *trainer) look(sample *experts.Sample, redundant int) (RouterPoint, error) {
	ranks := b.Parts.Plan.EP
	routing, err := sample.Routing(ranks, redundant)
	if err != nil {
		return RouterPoint{}, err
	}
	config := b.model.Config
	config.Routing = routing
	model, err := cost.New(config)
	if err != nil {
		return RouterPoint{}, err
	}
	tokens := b.Step.Tokens()
	fullest := routing.Spread(tokens, b.Experts.TopK, b.Experts.Experts, ranks).Copies
	return RouterPoint{Load: sample.MaxOverMean(), Small: sample.Imbalance(SmallBatch),
		Rank: fullest * float64(ranks) / float64(tokens*b.Experts.TopK), Time: model.Step(b.loads).Seconds()}, nil
}
