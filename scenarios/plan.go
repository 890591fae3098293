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
	"github.com/roofserve/roofserve/sim/kv"
)

// resolvePlan fills in the parallel degrees: what is missing follows from the number of GPUs, and where that is missing
// too, from the degrees given or else from the fewest GPUs that hold the model.
func (s *Scenario) resolvePlan(p *Parts) error {
	h, q := &s.Hardware, &s.Parallel
	given := q.TP > 0 || q.PP > 0 || q.DP > 0 || q.EP > 0 || q.CP > 0
	if h.GPUs == 0 && !given {
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
	if s.source.has("engine.router") && h.Replicas == 1 {
		p.warn("router = %q has no effect: there is one replica", s.Engine.Router)
	}
	p.Plan.TP, p.Plan.PP, p.Plan.DP, p.Plan.EP, p.Plan.CP = q.TP, q.PP, q.DP, q.EP, q.CP
	p.Plan.GPUsPerNode = h.GPUs / h.Nodes
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
		if strings.Contains(wrong.Wrong, "expert-parallel") && s.source.has("parallel.ep") {
			key = "parallel.ep"
		}
		return s.source.faultf(key, cmp.Or(wrong.Right, "use a number of ranks that divides it"), "%s of %s: %s", wrong.Key, p.Model.Name, wrong.Wrong)
	}
	if p.Plan.PP > p.Model.Layers() {
		return s.source.faultf("parallel.pp", "use fewer stages", "%d stages for %d %s", p.Plan.PP, p.Model.Layers(), units.Plural(p.Model.Layers(), "layer"))
	}
	return err
}

// adopt takes the smallest plan that fits; one GPU where none does, so that the error says by how much.
func (s *Scenario) adopt(p *Parts) {
	s.Hardware.GPUs = 1
	if plan, ok := s.SmallestPlan(p); ok {
		s.Hardware.GPUs = plan.GPUs()
		s.Parallel = Parallel{TP: plan.TP, PP: plan.PP, DP: plan.DP, EP: plan.EP}
	}
}

// resolveMemory divides the GPUs' memory.
func (s *Scenario) resolveMemory(p *Parts) error {
	p.Memory = kv.Fit(p.Model, p.Device, p.Plan, s.memorySettings(p))
	if s.source.has("engine.prefix_caching") && *s.Engine.PrefixCaching && p.Memory.Layout.Full == 0 {
		p.warn("prefix_caching has no effect: no layer of %s keeps every token", p.Model.Name)
	}
	if s.Engine.NumGPUBlocks > 0 {
		p.warn("num_gpu_blocks = %d overrides what the memory model gives", s.Engine.NumGPUBlocks)
	}
	return nil
}

func (s *Scenario) memorySettings(p *Parts) kv.Settings {
	return kv.Settings{Utilization: s.Engine.GPUMemoryUtilization, Reserved: p.Engine.Reserved(),
		BlockTokens: s.Engine.BlockSize, Blocks: s.Engine.NumGPUBlocks}
}

// maxPlanGPUs bounds the search for a plan that fits.
const maxPlanGPUs = 1024

// SmallestPlan is the plan with the fewest GPUs that fits in the same formats: tensor-parallel within a node; over
// several nodes attention is data-parallel and experts spread over all GPUs, or, without experts, stages are pipelined.
func (s *Scenario) SmallestPlan(p *Parts) (arch.Plan, bool) { return s.SmallestPlanFrom(p, 1) }

// SmallestPlanFrom is the smallest plan among those of at least so many GPUs.
func (s *Scenario) SmallestPlanFrom(p *Parts, least int) (arch.Plan, bool) {
	for gpus := 1; gpus <= maxPlanGPUs; gpus *= 2 {
		if gpus < least {
			continue
		}
		plan, ok := planFor(p.Model, gpus, p.Device.GPUsPerNode)
		plan.Precision = p.Plan.Precision
		if !ok {
			continue
		}
		memory := kv.Fit(p.Model, p.Device, plan, s.memorySettings(p))
		if memory.Fits() {
			return plan, true
		}
	}
	return arch.Plan{}, false
}

// planFor divides a model over GPUs, a power of two, with as many tensor-parallel ranks of a node as its heads allow. Of a
// node's GPUs it takes a power of two as well: 64 of a rack's 72.
func planFor(m *arch.Model, gpus, perNode int) (arch.Plan, bool) {
	perNode = 1 << (bits.Len(uint(perNode)) - 1)
	for tp := min(gpus, perNode); tp >= 1; tp /= 2 {
		plan := arch.Plan{TP: tp, PP: 1, DP: 1, EP: 1, GPUsPerNode: min(gpus, perNode)}
		if hasExperts(m) {
			plan.DP, plan.EP = gpus/tp, gpus
		} else {
			plan.PP = gpus / tp
		}
		if plan.Check() == nil && m.CheckSplit(plan.Split()) == nil && plan.PP <= m.Layers() {
			return plan, true
		}
	}
	return arch.Plan{}, false
}

func hasExperts(m *arch.Model) bool { return ExpertLayer(m) != nil }

// NoFit says that a plan's weights and workspace leave no room for a cache. It is not a mistake in the input: the
// scenario can be described, only not run.
type NoFit struct {
	Model, Device string
	GPUs          int
	Memory        kv.Memory
	Smallest      *arch.Plan // nil where no plan was found
}

// Error says by how much, and what would fit.
func (e *NoFit) Error() string {
	text := fmt.Sprintf("%s does not fit on %d × %s: short by %.0f bytes on each GPU (%.1f GB of weights, %.1f GB of memory)",
		e.Model, e.GPUs, e.Device, float64(e.Memory.ShortBy), float64(e.Memory.WeightBytesPerGPU)/1e9, float64(e.Memory.DeviceBytes)/1e9)
	if e.Smallest == nil {
		return text + "; no plan up to 1024 GPUs fits"
	}
	q := e.Smallest
	return text + fmt.Sprintf("; the smallest plan that fits: %d %s with tp %d, pp %d, dp %d, ep %d", q.GPUs(), units.Plural(q.GPUs(), "GPU"), q.TP, q.PP, q.DP, q.EP)
}
