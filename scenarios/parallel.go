package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// Parallel says how one replica divides the model over its GPUs.
type Parallel struct {
	TP int `toml:"tp" json:"tp"`
	PP int `toml:"pp" json:"pp"`
	DP int `toml:"dp" json:"dp"`
	EP int `toml:"ep" json:"ep"`
	CP int `toml:"cp" json:"cp"`
}

var parallelTable = table{
	path: "parallel",
	does: "How one replica divides the model over its GPUs: tp·pp·dp·cp = `hardware.gpus`. " +
		"Where no degree is given, tensor parallelism takes the GPUs of a node, and what is beyond is data-parallel attention " +
		"with experts over all GPUs, or stages of a model without experts; where the GPUs are not given either, they are the fewest that hold the model.",
	example: `[hardware]
gpus = 8
[parallel]
tp = 4
dp = 2
`,
	keys: []key{{
		name: "tp", unit: "ranks", within: counted(maxGPUs), unset: "gpus/(pp·dp·cp)",
		does:    "Tensor-parallel ranks, over which heads and widths are divided.",
		example: "2",
	}, {
		name: "pp", unit: "stages", within: counted(maxGPUs), unset: "1",
		does:    "Pipeline stages, at most one for each layer.",
		example: "2",
	}, {
		name: "dp", unit: "ranks", within: counted(maxGPUs), unset: "1",
		does: "Data-parallel ranks of attention, which step together. Each has its own sequences and cache; " +
			"`engine.max_num_seqs` and the token budget are those of one.",
		example: "2",
	}, {
		name: "ep", unit: "ranks", within: counted(maxGPUs), unset: "1",
		does:    "Expert-parallel ranks, a divisor of tp·dp; within each, experts are tensor-parallel over tp·dp/ep.",
		example: "4",
	}, {
		name: "cp", unit: "ranks", within: counted(maxGPUs), unset: "1",
		does:    "Context-parallel ranks, which share the chunks of prompts.",
		example: "2",
	}},
}

// resolvePlan fills in the parallel degrees: what is missing follows from the number of GPUs, and where that
// is missing too, from the degrees given or else from the fewest GPUs that hold the model.
func (s *Scenario) resolvePlan(p *Parts) error {
	h, q := &s.Hardware, &s.Parallel
	given := q.TP > 0 || q.PP > 0 || q.DP > 0 || q.EP > 0 || q.CP > 0
	if !given {
		s.adopt(p)
	}
	q.PP, q.DP, q.EP, q.CP = cmp.Or(q.PP, 1), cmp.Or(q.DP, 1), cmp.Or(q.EP, 1), cmp.Or(q.CP, 1)
	others := q.PP * q.DP * q.CP
	if h.GPUs == 0 {
		h.GPUs = max(1, q.TP) * others
	}
	if q.TP == 0 {
		if h.GPUs%others != 0 {
			return s.source.faultf("hardware.gpus", "use a multiple of pp·dp·cp", "%d %s cannot be divided by pp·dp·cp = %d", h.GPUs, units.Plural(h.GPUs, "GPU"), others)
		}
		q.TP = h.GPUs / others
	}
	if q.TP*others != h.GPUs {
		return s.source.faultf(s.planKey(), "make tp·pp·dp·cp equal to gpus", "tp·pp·dp·cp = %d·%d·%d·%d = %d, but gpus = %d",
			q.TP, q.PP, q.DP, q.CP, q.TP*others, h.GPUs)
	}
	if h.Nodes == 0 {
		h.Nodes = units.CeilDiv(h.GPUs, p.Device.GPUsPerNode)
	}
	if h.GPUs%h.Nodes != 0 {
		return s.source.faultf("hardware.nodes", "use a number that divides gpus", "%d nodes cannot share %d %s evenly", h.Nodes, h.GPUs, units.Plural(h.GPUs, "GPU"))
	}
	if q.EP > 1 && !hasExperts(p.Model) {
		p.warn("ep = %d has no effect: %s has no routed experts", q.EP, p.Model.Name)
	}
	routed := s.source.has("engine.router") || s.source.has("router.policy")
	if routed && h.Replicas == 1 && s.source.pool == "" {
		p.warn("router = %q has no effect: there is one replica", s.Engine.Router)
	}
	p.Plan.TP, p.Plan.PP, p.Plan.DP, p.Plan.EP, p.Plan.CP = q.TP, q.PP, q.DP, q.EP, q.CP
	p.Plan.GPUsPerNode = h.GPUs / h.Nodes
	if hasExperts(p.Model) {
		p.Plan.Redundant = s.Routing.RedundantExperts
	}
	s.resolveOverlap(p)
	return s.checkPlan(p)
}

// planKey is the key that a contradiction between degrees and GPUs is blamed on.
func (s *Scenario) planKey() string {
	for _, key := range []string{"parallel.tp", "parallel.pp", "parallel.dp", "parallel.cp"} {
		if s.source.has(key) {
			return key
		}
	}
	return "hardware.gpus"
}

// checkPlan refuses degrees that the model cannot be divided by.
func (s *Scenario) checkPlan(p *Parts) error {
	if err := p.Plan.Check(); err != nil {
		key, rest, _ := strings.Cut(err.Error(), ": ")
		wrong, right, _ := strings.Cut(rest, "; ")
		return s.source.fault(key, wrong, right)
	}
	err := p.Model.CheckSplit(p.Plan.Split())
	if wrong := (*fault.Error)(nil); errors.As(err, &wrong) {
		key := s.planKey()
		switch byExperts := strings.Contains(wrong.Wrong, "expert-parallel"); {
		case byExperts && p.Plan.Redundant > 0:
			return s.source.faultf("routing.redundant_experts",
				fmt.Sprintf("make experts and replicas together a multiple of ep = %d", p.Plan.EP),
				"%s of %s with %d replicas: %s", wrong.Key, p.Model.Name, p.Plan.Redundant, wrong.Wrong)
		case byExperts && s.source.has("parallel.ep"):
			key = "parallel.ep"
		}
		return s.source.faultf(key, cmp.Or(wrong.Right, "use a number of ranks that divides it"), "%s of %s: %s", wrong.Key, p.Model.Name, wrong.Wrong)
	}
	if err := s.checkScaleBlocks(p); err != nil {
		return err
	}
	if p.Plan.PP > p.Model.Layers() {
		return s.source.faultf("parallel.pp", "use fewer stages", "%d stages for %d %s", p.Plan.PP, p.Model.Layers(), units.Plural(p.Model.Layers(), "layer"))
	}
	return err
}

// checkScaleBlocks refuses degrees that cut blocks of fp8 weights, with the nearest ones that do not: fewer
// tensor-parallel ranks, or experts that stay whole.
func (s *Scenario) checkScaleBlocks(p *Parts) error {
	err := p.Model.CheckScaleBlocks(p.Plan.Split(), &p.Plan.Precision)
	wrong := (*fault.Error)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	starts := func(plan arch.Plan) bool {
		return plan.Check() == nil && p.Model.CheckSplit(plan.Split()) == nil &&
			p.Model.CheckScaleBlocks(plan.Split(), &plan.Precision) == nil
	}
	var nearest []string
	whole := p.Plan
	if whole.EP = whole.TP * whole.DP; starts(whole) {
		nearest = append(nearest, fmt.Sprintf("ep %d, which keeps experts whole", whole.EP))
	}
	fewer := p.Plan
	for fewer.TP, fewer.EP = fewer.TP-1, 1; fewer.TP > 0; fewer.TP-- {
		if p.Plan.TP%fewer.TP == 0 && starts(fewer) {
			nearest = append(nearest, fmt.Sprintf("tp %d on %d %s", fewer.TP, fewer.GPUs(), units.Plural(fewer.GPUs(), "GPU")))
			break
		}
	}
	right := "use another number format"
	if len(nearest) > 0 {
		right = "the nearest that starts: " + strings.Join(nearest, ", or ")
	}
	return s.source.faultf(s.planKey(), right, "%s of %s: %s", wrong.Key, p.Model.Name, wrong.Wrong)
}

// adopt divides the model where no degree is given: over the GPUs of a scenario that names them, or else over
// the fewest that hold it; one where none do, so that the error says by how much. Another number than a power
// of two is nobody's smallest plan: tensor parallelism then has to take all of it.
func (s *Scenario) adopt(p *Parts) {
	h := &s.Hardware
	plan, ok := arch.Plan{}, false
	switch {
	case h.GPUs == 0:
		h.GPUs = 1
		if plan, ok = s.SmallestPlan(p, 0); ok {
			h.GPUs = plan.GPUs()
		}
	case bits.OnesCount(uint(h.GPUs)) != 1:
	case h.Nodes == 0:
		plan, ok = planFor(p.Model, h.GPUs, p.Device.GPUsPerNode, &p.Plan.Precision)
	case h.GPUs%h.Nodes == 0:
		plan, ok = planFor(p.Model, h.GPUs, h.GPUs/h.Nodes, &p.Plan.Precision)
	}
	if ok {
		s.Parallel = Parallel{TP: plan.TP, PP: plan.PP, DP: plan.DP, EP: plan.EP}
	}
}

// twoBatches is the order in which a step's halves take turns, where it may run so.
func (s *Scenario) twoBatches(p *Parts) cost.TwoBatches {
	switch on := s.Engine.TwoBatchOverlap; {
	case on == nil || !*on:
		return cost.NoHalves
	case p.Engine.SplitsAttention:
		return cost.SplitAttention
	}
	return cost.Alternate
}

// resolveOverlap decides whether steps run in halves where nothing says so: published plans that exchange
// tokens between nodes do (DeepSeek's profile-data and SGLang's large-scale EP, 2025).
func (s *Scenario) resolveOverlap(p *Parts) {
	q, e := &s.Parallel, &s.Engine
	exchanges := hasExperts(p.Model) && q.DP > 1 && q.EP > 1 &&
		p.Engine.Gathers.On(p.Device) != cost.GatherAlways
	switch {
	case e.TwoBatchOverlap != nil && !exchanges:
		p.warn("two_batch_overlap has no effect: no tokens are exchanged between data-parallel ranks")
		e.TwoBatchOverlap = nil
	case e.TwoBatchOverlap == nil && exchanges && q.EP > p.Plan.GPUsPerNode:
		on := true
		e.TwoBatchOverlap = &on
	}
}
