package arch

import "fmt"

// Plan says how one replica of a model is divided over GPUs and in which formats it is stored.
type Plan struct {
	TP int // tensor-parallel ranks of attention and dense layers
	PP int // pipeline stages
	DP int // data-parallel attention ranks, which run in lockstep
	EP int // expert-parallel ranks; routed experts are tensor-parallel over TP·DP/EP
	CP int // context-parallel ranks, which share the tokens of prefill chunks; 0 counts as 1
	// Redundant is the number of replicas of popular experts that the expert-parallel ranks hold besides the
	// experts.
	Redundant int
	// GPUsPerNode bounds how many neighbours a GPU reaches over the node's own links.
	GPUsPerNode int
	Precision   Precision
}

// GPUs is the number of GPUs of one replica.
func (p Plan) GPUs() int { return p.TP * p.PP * p.DP * p.ContextRanks() }

// ContextRanks is the number of ranks that share a prefill chunk.
func (p Plan) ContextRanks() int { return max(1, p.CP) }

// Split is how the plan divides a layer's tensors.
func (p Plan) Split() Split {
	return Split{TP: p.TP, ExpertTP: p.TP * p.DP / p.EP, ExpertRanks: p.EP, Redundant: p.Redundant}
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

// NodeRanks is how many of a group's ranks share a node, when the group's ranks are numbered side by side.
func (p Plan) NodeRanks(ranks int) int { return min(ranks, p.GPUsPerNode) }
