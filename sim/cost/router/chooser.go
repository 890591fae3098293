package router

import (
	"math"
	"math/rand/v2"

	"github.com/roofserve/roofserve/hw/portable"
)

// A token's own part of its logits takes levelCount values, the quantiles of a normal distribution in equal steps of
// probability: five of them come from one random word.
const (
	levelBits  = 11
	levelCount = 1 << levelBits
	wordLevels = 64 / levelBits
)

// levels are e^x at those quantiles x.
func levels() *[levelCount]float64 {
	var table [levelCount]float64
	for i := range table {
		table[i] = portable.Exp(portable.NormalQuantile((float64(i) + 0.5) / levelCount))
	}
	return &table
}

// chooser takes the experts of one token after another.
type chooser struct {
	settings   *Settings
	levels     *[levelCount]float64
	affinities []float64
	scores     []float64 // affinity and bias
	best       []int     // chosen experts, best first
	bestScores []float64
	groups     []float64 // each group's score
	taken      []int
	takenScore []float64
}

func newChooser(s *Settings) chooser {
	return chooser{settings: s, levels: levels(), affinities: make([]float64, s.Experts), scores: make([]float64, s.Experts),
		best: make([]int, s.TopK), bestScores: make([]float64, s.TopK),
		groups: make([]float64, s.Groups), taken: make([]int, s.GroupsTaken), takenScore: make([]float64, s.GroupsTaken)}
}

// choose draws a token and returns its experts, valid until the next call.
func (c *chooser) choose(rng *rand.Rand, odds, bias []float64) []int {
	c.draw(rng, odds)
	for e, a := range c.affinities {
		c.scores[e] = a + bias[e]
	}
	if c.settings.limited() {
		c.limit()
	}
	// Levels make scores tie: starting anywhere is fair to all experts.
	top(c.best, c.bestScores, c.scores, rng.IntN(len(c.scores)))
	return c.best
}

// draw fills in the affinities of a new token.
func (c *chooser) draw(rng *rand.Rand, odds []float64) {
	var word uint64
	sum := 0.0
	for e := range c.affinities {
		if e%wordLevels == 0 {
			word = rng.Uint64()
		}
		x := float64(odds[e] * c.levels[word%levelCount])
		word >>= levelBits
		if c.settings.Affinity == Sigmoid {
			x /= 1 + x
		}
		c.affinities[e] = x
		sum += x
	}
	if c.settings.Affinity == Softmax {
		for e := range c.affinities {
			c.affinities[e] /= sum
		}
	}
}

// addAffinities adds the last token's affinities, normalised to a sum of one, to a sum over tokens.
func (c *chooser) addAffinities(to []float64) {
	sum := 0.0
	for _, a := range c.affinities {
		sum += a
	}
	for e, a := range c.affinities {
		to[e] += a / sum
	}
}

// limit takes the experts of all but the best groups out of the choice.
func (c *chooser) limit() {
	size := len(c.scores) / len(c.groups)
	for g := range c.groups {
		first, second := math.Inf(-1), math.Inf(-1)
		for _, s := range c.scores[g*size : (g+1)*size] {
			if s > first {
				first, second = s, first
			} else if s > second {
				second = s
			}
		}
		c.groups[g] = first
		if size > 1 {
			c.groups[g] += second
		}
	}
	top(c.taken, c.takenScore, c.groups, 0)
	for _, g := range c.taken {
		c.groups[g] = math.Inf(1)
	}
	for g, s := range c.groups {
		if !math.IsInf(s, 1) {
			for e := g * size; e < (g+1)*size; e++ {
				c.scores[e] = math.Inf(-1)
			}
		}
	}
}

// top writes into best the indices of the largest scores, largest first, and the scores themselves beside them. Of equal
// ones it prefers those that come first from the index from on, round the end.
func top(best []int, bestScores, scores []float64, from int) {
	for i := range best {
		best[i], bestScores[i] = 0, math.Inf(-1)
	}
	last := len(best) - 1
	for _, part := range [2][2]int{{from, len(scores)}, {0, from}} {
		for e := part[0]; e < part[1]; e++ {
			s := scores[e]
			if !(s > bestScores[last]) {
				continue
			}
			i := last
			for ; i > 0 && s > bestScores[i-1]; i-- {
				best[i], bestScores[i] = best[i-1], bestScores[i-1]
			}
			best[i], bestScores[i] = e, s
		}
	}
}
