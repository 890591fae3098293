package compare

import (
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/internal/study/explain"
)

// The context lengths compared: powers of two.
const (
	firstContext = 1 << 10
	lastContext  = 1 << 20
)

// saturatedOutput is the length of answers where as many sequences run as fit.
const saturatedOutput = 256

// filling is a load of users whose sequences end at a context: prompts are shorter than it by their answers.
func filling(context, users int) deployments.ClosedLoop {
	return deployments.ClosedLoop{Users: users, Requests: 2 * users,
		Input: max(1, context-saturatedOutput), Output: saturatedOutput}
}

// mostSaturated bounds the users of a saturated deployment: beyond it arithmetic is the bound, not memory.
const mostSaturated = 512

// contexts are the lengths up to the longest that a model was published for.
func contexts(longest int) []int {
	var list []int
	for c := firstContext; c <= min(longest, lastContext); c *= 2 {
		list = append(list, c)
	}
	return list
}

// point measures the model on so many GPUs at one context, under the plan that is chosen for it.
func (c *candidate) point(b *deployments.Bench, gpus, context int) (ContextPoint, error) {
	p, err := c.divided(c.request.Plan, gpus, context)
	at := ContextPoint{Context: context, Plan: p.Placement, Sequences: p.Sequences, TPOT: p.TPOT}
	if err != nil || at.Sequences == 0 {
		return at, err
	}
	users := min(at.Sequences, mostSaturated)
	saturated, err := b.Run(c.on(p.Placement), filling(context, users))
	if err != nil {
		return at, err
	}
	at.Output, at.USD = saturated.Output, saturated.USDPerMillionOut
	return at, nil
}

// decode is the time per output token of the request's batch with sequences of a context, in ms: that of a
// step in which all of them decode, of a round where they pass through a pipeline.
func (c *candidate) decode(d deployments.Deployment, context int) (float64, error) {
	s, err := d.Scenario()
	if err != nil {
		return 0, err
	}
	e, err := explain.Explain(s, explain.Step{Batch: c.request.Batch, Context: context})
	if err != nil {
		return 0, err
	}
	return float64(e.Time) * 1e3, nil
}
