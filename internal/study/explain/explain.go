package explain

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost"
)

// Explanation is one step of a scenario's replica, opened up.
type Explanation struct {
	Scenario  *scenarios.Scenario // resolved
	Parts     *scenarios.Parts
	Step      Step
	Operators []cost.OperatorTime // of the slowest rank, in the order in which a layer runs them
	Time      units.Seconds       // of the step; of a round through the pipeline where there is one
	Graph     cost.GraphUse       // the CUDA graph that it runs in
	Evidence  *scenarios.Evidence // what the time rests on
	Payoff    *Payoff             // what drafts give; nil of steps that verify none, and of those not chosen
	model     *cost.Model
}

// Explain opens up a step of a scenario.
func Explain(s *scenarios.Scenario, step Step) (*Explanation, error) {
	r, parts, err := admitting(s, step)
	if err != nil {
		return nil, err
	}
	model, err := r.CostModel(parts)
	if err != nil {
		return nil, err
	}
	parts.WarnOfContext(step.Context)
	loads := step.loads(model.Reaches(), parts.Plan.DP)
	e := &Explanation{Scenario: r, Parts: parts, Step: step, Operators: model.Breakdown(loads),
		Time: model.Step(loads).Seconds(), Graph: model.InGraph(loads),
		Evidence: parts.Evidence(model, loads, "this step"), model: model}
	if all := e.timeOf(func(*cost.OperatorTime) bool { return true }); all > units.Forever.Seconds()/2 {
		return nil, &fault.Error{File: fmt.Sprintf("--batch %d --context %d", step.Batch, step.Context),
			Wrong: fmt.Sprintf("takes %.2g s, which the clock cannot count", float64(all)), Right: "use fewer sequences, or a shorter context"}
	}
	return e, nil
}

// admitting is the scenario resolved, with an engine that lets all of the step's sequences run at once where
// nothing says how many it does.
func admitting(s *scenarios.Scenario, step Step) (*scenarios.Scenario, *scenarios.Parts, error) {
	r, parts, err := s.Resolve()
	if err != nil || !step.Decodes() || s.Has("engine.max_num_seqs") {
		return r, parts, err
	}
	rank := units.CeilDiv(step.Batch, parts.Plan.DP)
	if rank <= parts.Limits.MaxNumSeqs {
		return r, parts, nil
	}
	wide := *s
	if err := wide.Set("engine.max_num_seqs", int64(rank), fmt.Sprintf("--batch %d", step.Batch)); err != nil {
		return nil, nil, err
	}
	return wide.Resolve()
}

// WeightsFit tells whether the weights and the workspace leave room for any cache.
func (e *Explanation) WeightsFit() bool { return e.Parts.Memory.Fits() }

// Capacity is how many sequences of the step's context the replica's caches hold.
func (e *Explanation) Capacity() int {
	return e.Parts.Memory.Sequences(e.Step.Context) * e.Parts.Plan.DP
}

// Fits tells whether the weights and the caches of all the step's sequences fit.
func (e *Explanation) Fits() bool { return e.Capacity() >= e.Step.Batch }

// TokensPerSecond is the rate at which such steps, one after the other, handle tokens: decoded ones or the
// prompts'. With drafts a step decodes as many as it gives a sequence on average.
func (e *Explanation) TokensPerSecond() float64 {
	tokens := float64(e.Step.Tokens())
	if e.Step.Decodes() {
		tokens *= e.Parts.Speculation.Length()
	}
	return tokens / float64(e.Time)
}

// Share is an operator's part of the step.
func (e *Explanation) Share(o *cost.OperatorTime) float64 { return float64(o.Time / e.Time) }

// Work is the arithmetic and the memory traffic of one GPU in the step; what GPUs send to each other is not
// memory traffic.
func (e *Explanation) Work() (flops units.FLOPs, bytes units.Bytes) {
	for i := range e.Operators {
		o := &e.Operators[i]
		flops += o.FLOPs
		if o.Bound != cost.BoundNetwork {
			bytes += o.Bytes
		}
	}
	return flops, bytes
}

// Sent is what one GPU sends to others in the step.
func (e *Explanation) Sent() units.Bytes {
	var bytes units.Bytes
	for i := range e.Operators {
		if o := &e.Operators[i]; o.Bound == cost.BoundNetwork {
			bytes += o.Bytes
		}
	}
	return bytes
}

// CategoryTime is the time of the operators of one category.
func (e *Explanation) CategoryTime(c cost.Category) units.Seconds {
	return e.timeOf(func(o *cost.OperatorTime) bool { return o.Category == c })
}

// BoundTime is the time of the operators of one bound.
func (e *Explanation) BoundTime(b cost.Bound) units.Seconds {
	return e.timeOf(func(o *cost.OperatorTime) bool { return o.Bound == b })
}

func (e *Explanation) timeOf(counts func(*cost.OperatorTime) bool) units.Seconds {
	var t units.Seconds
	for i := range e.Operators {
		if counts(&e.Operators[i]) {
			t += e.Operators[i].Time
		}
	}
	return t
}
