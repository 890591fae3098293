package experts

import "slices"

// Sample is the experts that consecutive tokens chose.
type Sample struct {
	Experts, TopK int
	choices       []uint16 // TopK of each token
	drift         drift
}

// Tokens is the number of tokens.
func (s *Sample) Tokens() int { return len(s.choices) / s.TopK }

// Loads is how often each expert was chosen, over the mean.
func (s *Sample) Loads() []float64 {
	loads := make([]float64, s.Experts)
	one := float64(s.Experts) / float64(len(s.choices))
	for _, e := range s.choices {
		loads[e] += one
	}
	return loads
}

// MaxOverMean is the largest load of an expert over the mean load, counted over the whole sample.
func (s *Sample) MaxOverMean() float64 { return slices.Max(s.Loads()) }

// maxBatches bounds how many batches of a size are looked at: their mean is then known to a few percent.
const maxBatches = 256

// eachBatch calls look with the choices of batches of that many tokens, spread over the sample, how many
// there are, and the first token of each.
func (s *Sample) eachBatch(tokens int, look func(batches, first int, choices []uint16)) int {
	n := min(max(1, s.Tokens()/tokens), maxBatches)
	for i := range n {
		first := i * (s.Tokens() / n)
		look(n, first, s.choices[first*s.TopK:(first+tokens)*s.TopK])
	}
	return n
}

// Imbalance is the largest load of an expert over the mean load, counted over batches of that many tokens of
// the sample and averaged. Chance alone makes it large for small batches.
func (s *Sample) Imbalance(tokens int) float64 {
	tokens = min(max(tokens, 1), s.Tokens())
	counts := make([]int, s.Experts)
	sum := 0.0
	n := s.eachBatch(tokens, func(_, _ int, choices []uint16) {
		clear(counts)
		for _, e := range choices {
			counts[e]++
		}
		sum += float64(slices.Max(counts))
	})
	return sum / float64(n) * float64(s.Experts) / float64(tokens*s.TopK)
}
