package experts

import (
	"cmp"
	"slices"
)

// placement says which rank holds which expert. A popular expert may have several replicas, which take its
// tokens in turn.
type placement struct {
	ranks, slots int     // slots: experts, replicas included, that each rank holds
	replicas     [][]int // of each expert: the slots that hold it, numbered from rank 0's first
	holds        []int   // of each slot: its expert
}

// contiguous gives each rank the same number of neighbouring experts, as engines do that never rearrange
// them.
func contiguous(experts, ranks int) placement {
	p := placement{ranks: ranks, slots: experts / ranks, replicas: make([][]int, experts)}
	for e := range p.replicas {
		p.replicas[e] = []int{e}
		p.holds = append(p.holds, e)
	}
	return p
}

// replicated places experts by their loads with so many redundant replicas more: each goes to the expert with
// most load for each of its replicas, and the replicas, heaviest first, to the rank with least load that has
// a slot left (the global policy of DeepSeek's EPLB, github.com/deepseek-ai/EPLB, replicate_experts and
// balanced_packing).
func replicated(loads []float64, ranks, redundant int) placement {
	count := make([]int, len(loads))
	for e := range count {
		count[e] = 1
	}
	each := func(e int) float64 { return loads[e] / float64(count[e]) }
	for range redundant {
		heaviest := 0
		for e := range loads {
			if each(e) > each(heaviest) {
				heaviest = e
			}
		}
		count[heaviest]++
	}
	var replicas []int // the expert of each
	for e, n := range count {
		replicas = append(replicas, slices.Repeat([]int{e}, n)...)
	}
	slices.SortStableFunc(replicas, func(a, b int) int { return cmp.Compare(each(b), each(a)) })

	p := placement{ranks: ranks, slots: len(replicas) / ranks, replicas: make([][]int, len(loads)),
		holds: make([]int, len(replicas))}
	weight, filled := make([]float64, ranks), make([]int, ranks)
	for _, e := range replicas {
		lightest := -1
		for r := range ranks {
			if filled[r] < p.slots && (lightest < 0 || weight[r] < weight[lightest]) {
				lightest = r
			}
		}
		slot := lightest*p.slots + filled[lightest]
		p.replicas[e], p.holds[slot] = append(p.replicas[e], slot), e
		filled[lightest]++
		weight[lightest] += each(e)
	}
	return p
}
