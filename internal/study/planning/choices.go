package planning

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// choice is one that fits in memory.
type choice struct {
	Choice
	price float64 // USD of a GPU for an hour; 0 where unknown
	// aloneMS is the time of a step that decodes one sequence alone, less than which no output token takes; of a
	// prefill pool that of one that computes a prompt of typicalContext alone.
	aloneMS float64
	speed   float64 // tokens a second and GPU of a full step within the limits, by which choices are ordered
}

// Limits of the ways to divide a model over GPUs: what engines start.
const (
	mostStages = 16
	mostRanks  = 64 // data-parallel
)

// divisions are the ways to divide a model over at most so many GPUs, whole nodes where one is not enough.
// Data-parallel attention is for models with experts: others have replicas instead.
func divisions(m *arch.Model, perNode, most int) []Choice {
	var list []Choice
	experts := scenarios.ExpertLayer(m) != nil
	for gpus := 1; gpus <= most; gpus *= 2 {
		if gpus > perNode && gpus%perNode != 0 {
			continue
		}
		for _, p := range scenarios.Divisions(gpus, perNode, experts) {
			if p.PP <= min(m.Layers(), mostStages) && p.DP <= mostRanks && (experts || p.DP == 1) {
				list = append(list, Choice{Parallel: p, Nodes: max(1, gpus/perNode)})
			}
		}
	}
	return list
}

// gather lists the choices of a group that fit, the fastest first, and why others are left out; of a pool of
// that role, or of replicas of whole requests.
func (r *Question) gather(g group, role sim.Role) (list []choice, left []LeftOut, err error) {
	all, err := r.combinations(g, role)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		c := choice{Choice: all[i]}
		out, err := r.examine(&c, role)
		switch {
		case err != nil:
			return nil, nil, err
		case out.Reason != "":
			out.Choice, out.Role = c.Choice, role
			left = append(left, out)
		default:
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b choice) int { return cmp.Compare(b.speed, a.speed) })
	return list, left, nil
}

// combinations are the ways to divide a model over GPUs with each of the budgets, whether they can be or not.
func (r *Question) combinations(g group, role sim.Role) (list []Choice, err error) {
	base := Choice{Device: g.device, Weights: g.weights, Policy: g.policy,
		Parallel: scenarios.Parallel{TP: 1, PP: 1, DP: 1, EP: 1}, Nodes: 1}
	_, parts, err := r.alone(&base, role)
	if err != nil {
		return nil, err
	}
	for _, division := range divisions(parts.Model, parts.Device.GPUsPerNode, r.MaxGPUs) {
		for _, budget := range append([]int{0}, r.Budgets...) {
			c := base
			c.Parallel, c.Nodes, c.Budget = division.Parallel, division.Nodes, budget
			list = append(list, c)
		}
	}
	return list, nil
}

// alone resolves one replica of a choice, of a pool of that role by itself.
func (r *Question) alone(c *Choice, role sim.Role) (*scenarios.Scenario, *scenarios.Parts, error) {
	s := r.Scenario
	if len(s.Pool) > 0 {
		prefill, decode, err := s.PrefillAndDecode(planSearch)
		if err != nil {
			return nil, nil, err
		}
		if s = s.PoolAlone(decode); role == sim.Prefill {
			s = r.Scenario.PoolAlone(prefill)
		}
	}
	s, err := (&Arrangement{Choice: *c, Replicas: 1}).on(s)
	if err != nil {
		return nil, nil, err
	}
	return s.Resolve()
}

// tooSlow is why a choice is left out whose step with one sequence is over a limit.
const tooSlow = "one sequence alone takes too long"

// examine finds what is known of a choice without a simulation, and why it cannot serve; nothing where it
// may.
func (r *Question) examine(c *choice, role sim.Role) (out LeftOut, err error) {
	resolved, parts, err := r.alone(&c.Choice, role)
	if refused := (*fault.Error)(nil); errors.As(err, &refused) {
		return LeftOut{Reason: refused.Wrong}, nil
	}
	if err != nil {
		return out, err
	}
	c.GPU, c.Engine, c.Format = parts.Device.Name, resolved.Engine.Policy, resolved.Precision.WeightsText()
	if !parts.Memory.Fits() {
		return LeftOut{Reason: "does not fit in memory"}, nil
	}
	model, err := resolved.SharedCostModel(parts)
	if err != nil {
		return out, err
	}
	c.price = resolved.Hardware.PricePerHour
	if role == sim.Prefill {
		c.aloneMS = prefillMS(model, typicalContext)
		tokens := min(parts.Limits.MaxNumBatchedTokens, parts.Limits.MaxModelLen)
		c.speed = float64(tokens*parts.Plan.DP) / prefillMS(model, tokens) / float64(parts.Plan.GPUs())
		return out, nil
	}
	step := decodeMS(model, 1, 1)
	c.aloneMS = step
	for _, o := range r.Objectives {
		if l, _ := scenarios.LatencyOf(o.Metric); (l.Key == "tpot" || l.Key == "itl") && step > o.Limit {
			return LeftOut{Reason: tooSlow, AloneMS: step, Limit: o}, nil
		}
	}
	c.speed = r.fullSpeed(model, parts)
	return out, nil
}

// typicalContext stands for the contexts of a load where plans are only put in order, in tokens.
const typicalContext = 1024

// fullSpeed is about how many tokens a second and GPU the largest batch gives that decodes within the limits.
func (r *Question) fullSpeed(m *cost.Model, p *scenarios.Parts) float64 {
	best := 0.0
	most := min(p.Limits.MaxNumSeqs, p.Memory.Sequences(typicalContext))
	for batch := 1; batch <= max(1, most); batch *= 2 {
		step := decodeMS(m, batch, typicalContext)
		if batch > 1 && slices.ContainsFunc(r.Objectives, func(o capacity.Objective) bool {
			return strings.Contains(o.Metric, "tpot") && step > o.Limit
		}) {
			break
		}
		best = math.Max(best, float64(batch*p.Plan.DP)/step/float64(p.Plan.GPUs()))
	}
	return best
}

// prefillMS is the time of a step in which every rank computes a prompt of so many tokens.
func prefillMS(m *cost.Model, tokens int) float64 {
	var load arch.Load
	load.AddChunk(m.Reaches(), 0, tokens, true)
	return stepMS(m, load)
}

// decodeMS is the time of a step in which every rank decodes sequences of a context.
func decodeMS(m *cost.Model, sequences, context int) float64 {
	var load arch.Load
	for range sequences {
		load.AddDecode(m.Reaches(), context)
	}
	return stepMS(m, load)
}

// stepMS is the time of a step in which every rank has the same load.
func stepMS(m *cost.Model, load arch.Load) float64 {
	loads := make([]arch.Load, m.Plan.DP)
	for i := range loads {
		loads[i] = load
	}
	return m.Step(loads).Milliseconds()
}
