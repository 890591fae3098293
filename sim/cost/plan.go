package cost

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Plan says how one replica of a model is divided over GPUs and in which formats it is stored.
type Plan struct {
	TP int // tensor-parallel ranks of attention and dense layers
	PP int // pipeline stages
	DP int // data-parallel attention ranks, which run in lockstep
	EP int // expert-parallel ranks; routed experts are tensor-parallel over TP·DP/EP
	CP int // context-parallel ranks, which share the tokens of prefill chunks; 0 counts as 1
	// Redundant is the number of replicas of popular experts that the expert-parallel ranks hold besides the experts.
	Redundant int
	// GPUsPerNode bounds how many neighbours a GPU reaches over the node's own links.
	GPUsPerNode int
	Precision   arch.Precision
}

// GPUs is the number of GPUs of one replica.
func (p Plan) GPUs() int { return p.TP * p.PP * p.DP * p.contextRanks() }

// Split is how the plan divides a layer's tensors.
func (p Plan) Split() arch.Split {
	return arch.Split{TP: p.TP, ExpertTP: p.TP * p.DP / p.EP, ExpertRanks: p.EP}
}

// Check reports degrees of parallelism that do not fit together, by their scenario keys.
func (p Plan) Check() error {
	for _, degree := range []struct {
		key   string
		value int
	}{{"parallel.tp", p.TP}, {"parallel.pp", p.PP}, {"parallel.dp", p.DP}, {"parallel.ep", p.EP}, {"hardware.gpus_per_node", p.GPUsPerNode}} {
		if degree.value < 1 {
			return fmt.Errorf("%s: %d; must be at least 1", degree.key, degree.value)
		}
	}
	if p.CP < 0 {
		return fmt.Errorf("parallel.cp: %d; must be at least 1", p.CP)
	}
	if width := p.TP * p.DP; width%p.EP != 0 {
		return fmt.Errorf("parallel.ep: %d does not divide tp·dp = %d; use a divisor, as the experts' tensor parallelism is tp·dp/ep", p.EP, width)
	}
	return nil
}

// nodeRanks is how many of a group's ranks share a node, when the group's ranks are numbered side by side.
func (p Plan) nodeRanks(ranks int) int { return min(ranks, p.GPUsPerNode) }

// Resolve adapts a requested precision to what the device's tensor cores can multiply, as engines do: weights in a format
// without tensor cores are stored in it and widened when they are read (weight-only), which saves memory but no
// arithmetic. Each such choice is returned as a warning.
func Resolve(d *hw.Device, asked arch.Precision) (resolved arch.Precision, warnings []string) {
	resolved = asked
	if !d.Supports(asked.Activations) {
		resolved.Activations = units.BF16
		warnings = append(warnings, fmt.Sprintf("%s has no %s tensor cores: weights stay in %s in memory and are multiplied in bf16 (weight-only)",
			d.Name, asked.Activations, narrowWeights(&asked)))
	}
	return resolved, warnings
}

// narrowWeights names the formats of the weights that are narrower than 16 bits; blocks of fp8 count as fp8.
func narrowWeights(p *arch.Precision) string {
	var names []string
	for _, f := range []units.Format{p.Attention, p.Dense, p.Experts} {
		if f == units.FP8Block {
			f = units.FP8
		}
		if f != units.BF16 && f != units.FP16 && !slices.Contains(names, f.String()) {
			names = append(names, f.String())
		}
	}
	return strings.Join(names, " and ")
}
