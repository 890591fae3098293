package experts

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Routing is a sample's choices as the cost model asks for them: for a batch of any size, what the fullest of
// the ranks gets. It is measured, at construction, over batches of consecutive tokens of the sample, so that
// it holds both the router's own preferences and the chance of small batches. It implements kernels.Routing
// and is immutable.
type Routing struct {
	experts, topK, ranks int
	batches              []int // tokens, increasing
	spreads              []kernels.Spread
}

// Routing measures the sample for ranks that share the experts evenly, so many redundant replicas of the
// popular ones among them, placed by load; without any, ranks hold neighbouring experts.
func (s *Sample) Routing(ranks, redundant int) (*Routing, error) {
	switch {
	case ranks < 1 || redundant < 0 || (s.Experts+redundant)%ranks != 0:
		return nil, fmt.Errorf("router: %d ranks cannot share %d experts and %d replicas evenly", ranks, s.Experts, redundant)
	}
	p := contiguous(s.Experts, ranks)
	if redundant > 0 {
		p = replicated(s.Loads(), ranks, redundant)
	}
	r := &Routing{experts: s.Experts, topK: s.TopK, ranks: ranks}
	for tokens := 1; tokens <= s.Tokens(); tokens += max(1, tokens/2) {
		r.batches = append(r.batches, tokens)
		r.spreads = append(r.spreads, s.measure(tokens, &p))
	}
	return r, nil
}

// measure averages the fullest rank's spread over batches of the sample and what their subjects make of them.
func (s *Sample) measure(tokens int, p *placement) kernels.Spread {
	counts, scale := make([]int, p.ranks*p.slots), make([]float64, s.Experts)
	rng := s.drift.stream()
	var sum kernels.Spread
	looked := 0
	s.eachBatch(tokens, func(batches, first int, choices []uint16) {
		clear(counts)
		for i, e := range choices {
			replicas := p.replicas[e]
			slot := replicas[0]
			if len(replicas) > 1 {
				slot = replicas[(first+i/s.TopK)%len(replicas)]
			}
			counts[slot]++
		}
		for range s.drift.each(batches) {
			s.drift.scale(rng, scale)
			fullest := p.fullestRank(counts, scale)
			sum.Copies += fullest.Copies
			sum.Experts += fullest.Experts
			looked++
		}
	})
	return kernels.Spread{Copies: sum.Copies / float64(looked), Experts: sum.Experts / float64(looked)}
}

// fullestRank is the spread on the rank with most choices, counts being those of each slot and scale what the
// load of each expert is multiplied by, while there are as many choices as before.
func (p *placement) fullestRank(counts []int, scale []float64) kernels.Spread {
	var fullest kernels.Spread
	before, all := 0, 0.0
	for first := 0; first < len(counts); first += p.slots {
		copies, hit := 0.0, 0
		for slot, n := range counts[first : first+p.slots] {
			copies += float64(float64(n) * scale[p.holds[first+slot]])
			before += n
			if n > 0 {
				hit++
			}
		}
		all += copies
		if copies > fullest.Copies {
			fullest = kernels.Spread{Copies: copies, Experts: float64(hit)}
		}
	}
	if all > 0 {
		fullest.Copies *= float64(before) / all
	}
	fullest.Experts = math.Min(fullest.Experts, fullest.Copies)
	return fullest
}

// Spread implements kernels.Routing. Between the batches measured it is linear in the tokens, and beyond the
// largest in proportion to them. A layer of another shape than the simulated one gets uniform routing: its
// router is not known.
func (r *Routing) Spread(tokens, topK, experts, ranks int) kernels.Spread {
	if topK != r.topK || experts != r.experts || ranks != r.ranks {
		return kernels.Uniform{}.Spread(tokens, topK, experts, ranks)
	}
	if tokens < 1 {
		return kernels.Spread{}
	}
	last := len(r.batches) - 1
	if tokens >= r.batches[last] {
		s := r.spreads[last]
		return kernels.Spread{Copies: float64(s.Copies * float64(tokens) / float64(r.batches[last])),
			Experts: s.Experts}
	}
	i := 0
	for r.batches[i+1] <= tokens {
		i++
	}
	part := float64(tokens-r.batches[i]) / float64(r.batches[i+1]-r.batches[i])
	a, b := r.spreads[i], r.spreads[i+1]
	mean := float64(tokens*topK) / float64(ranks)
	return kernels.Spread{
		Copies:  math.Max(mean, a.Copies+float64(part*(b.Copies-a.Copies))),
		Experts: a.Experts + float64(part*(b.Experts-a.Experts)),
	}
}
