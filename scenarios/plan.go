package scenarios

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

// maxPlanGPUs bounds the search for a plan that fits.
const maxPlanGPUs = 1024

// SmallestPlan is the plan with the fewest GPUs, a power of two, that fits in the same formats and holds a
// sequence of a context; of one token where that is 0. It divides so many GPUs as a scenario does that names
// them and no more.
func (s *Scenario) SmallestPlan(p *Parts, context int) (arch.Plan, bool) {
	for gpus := 1; gpus <= maxPlanGPUs; gpus *= 2 {
		plan, ok := planFor(p.Model, gpus, p.Device.GPUsPerNode, &p.Plan.Precision)
		if !ok {
			continue
		}
		settings := s.memorySettings(p, plan)
		settings.Blocks, settings.PoolBytes = 0, 0 // given ones tell nothing of another plan
		if memory := kv.Fit(p.Model, p.Device, plan, settings); memory.Sequences(max(1, context)) > 0 {
			return plan, true
		}
	}
	return arch.Plan{}, false
}

// planFor divides a model over GPUs, a power of two, in the first of Divisions that its heads and blocks
// allow. Of a node's GPUs it takes a power of two as well: 64 of a rack's 72.
func planFor(m *arch.Model, gpus, perNode int, precision *arch.Precision) (arch.Plan, bool) {
	perNode = 1 << (bits.Len(uint(perNode)) - 1)
	for _, d := range Divisions(gpus, perNode, hasExperts(m)) {
		plan := arch.Plan{TP: d.TP, PP: d.PP, DP: d.DP, EP: d.EP, GPUsPerNode: min(gpus, perNode),
			Precision: *precision}
		split := plan.Split()
		if plan.Check() == nil && plan.PP <= m.Layers() && m.CheckSplit(split) == nil &&
			m.CheckScaleBlocks(split, precision) == nil {
			return plan, true
		}
	}
	return arch.Plan{}, false
}

// Divisions are the usual ways to divide a model over so many GPUs, the ones that deployments start with
// first: tensor parallelism over a power of two of a node's GPUs, and over the rest data-parallel attention
// with experts spread over all GPUs, or, without experts, pipeline stages; then the other of the two, and
// experts that are divided like the rest, which come first where tensor parallelism takes all GPUs, as
// engines start unless they are told otherwise.
func Divisions(gpus, perNode int, experts bool) []Parallel {
	var list []Parallel
	add := func(ways ...Parallel) {
		for _, p := range ways {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	for tp := 1 << (bits.Len(uint(min(gpus, perNode))) - 1); tp >= 1; tp /= 2 {
		if gpus%tp != 0 {
			continue
		}
		rest := gpus / tp
		ranks, stages := Parallel{TP: tp, PP: 1, DP: rest, EP: 1}, Parallel{TP: tp, PP: rest, DP: 1, EP: 1}
		if !experts {
			add(stages, ranks)
			continue
		}
		spread, spreadStages := ranks, stages
		spread.EP, spreadStages.EP = gpus, tp
		if rest == 1 {
			add(ranks, spread)
			continue
		}
		add(spread, ranks, spreadStages, stages)
	}
	return list
}

func hasExperts(m *arch.Model) bool { return ExpertLayer(m) != nil }

// NoFit says that a plan's weights and workspace leave no room for a cache. It is not a mistake in the input:
// the scenario can be described, only not run.
type NoFit struct {
	Model, Device string
	GPUs          int
	Memory        kv.Memory
	Smallest      *arch.Plan // nil where no plan was found
}

// Error says by how much, and what would fit.
func (e *NoFit) Error() string {
	if m := &e.Memory; m.Startable > 0 {
		return fmt.Sprintf("%s starts on %d × %s with max_model_len = %d at most: one sequence of the length asked for needs "+
			"%.3g GB more on each GPU than the %.3g GB of its KV cache", e.Model, e.GPUs, e.Device, m.Startable,
			float64(m.ShortBy)/1e9, float64(m.PoolBytesPerGPU)/1e9) + e.smallest()
	}
	text := fmt.Sprintf("%s does not fit on %d × %s: short by %.3g GB on each GPU (%.1f GB of weights, %.1f GB of memory)",
		e.Model, e.GPUs, e.Device, float64(e.Memory.ShortBy)/1e9, float64(e.Memory.WeightBytesPerGPU)/1e9,
		float64(e.Memory.DeviceBytes)/1e9)
	return text + e.smallest()
}

// smallest says what would fit.
func (e *NoFit) smallest() string {
	if e.Smallest == nil {
		return "; no plan up to 1024 GPUs fits"
	}
	q := e.Smallest
	return fmt.Sprintf("; the smallest plan that fits: %d %s with tp %d, pp %d, dp %d, ep %d", q.GPUs(), units.Plural(q.GPUs(), "GPU"), q.TP, q.PP, q.DP, q.EP)
}
