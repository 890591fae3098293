package experts

import (
	"math"
	"math/rand/v2"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/portable"
)

// A token's own part of its logits takes levelCount values, the quantiles of a normal distribution in equal
// steps of probability: five of them come from one random word.
const (
	levelBits  = 11
	levelCount = 1 << levelBits
	wordLevels = 64 / levelBits
)

// words is how many random words hold a level for each expert.
func words(experts int) int { return units.CeilDiv(experts, wordLevels) }

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
	sigmoid    bool
	levels     *[levelCount]float64
	words      []uint64 // the token's level for each expert, wordLevels of them in each word
	affinities []float64
	scores     []float64 // affinity and bias
	best       []int     // chosen experts, best first
	bestScores []float64
	groups     []float64 // each group's score
	taken      []int
	takenScore []float64
	isTaken    []bool // of each group
	shortlist  shortlist
}

func newChooser(s *Settings) chooser {
	return chooser{settings: s, sigmoid: s.Affinity == Sigmoid, levels: levels(),
		words:      make([]uint64, words(s.Experts)),
		affinities: make([]float64, s.Experts), scores: make([]float64, s.Experts),
		best: make([]int, s.TopK), bestScores: make([]float64, s.TopK),
		groups: make([]float64, s.Groups), taken: make([]int, s.GroupsTaken),
		takenScore: make([]float64, s.GroupsTaken),
		isTaken:    make([]bool, s.Groups),
		shortlist:  newShortlist(s)}
}

// choose draws a token and returns its experts, valid until the next call. Odds and bias are those that
// prepare was last told.
func (c *chooser) choose(rng *rand.Rand, odds, bias []float64) []int {
	for i := range c.words {
		c.words[i] = rng.Uint64()
	}
	// Levels make scores tie: starting anywhere is fair to all experts.
	from := rng.IntN(c.settings.Experts)
	if !c.chooseListed(odds, bias, from) {
		c.chooseOfAll(odds, bias, from)
	}
	return c.best
}

// chooseOfAll scores every expert and takes the best.
func (c *chooser) chooseOfAll(odds, bias []float64, from int) {
	c.score(odds)
	for e, a := range c.affinities {
		c.scores[e] = a + bias[e]
	}
	if c.settings.limited() {
		c.limit()
	}
	top(c.best, c.bestScores, c.scores, from)
}

// score fills in the affinities of the token.
func (c *chooser) score(odds []float64) {
	sum := c.exponentials(odds)
	for e, x := range c.affinities {
		c.affinities[e] = c.affinity(x, sum)
	}
}

// exponentials fills in e^logit where affinities will stand, and returns their sum.
func (c *chooser) exponentials(odds []float64) float64 {
	sum := 0.0
	for i, word := range c.words {
		first := i * wordLevels
		last := min(first+wordLevels, len(odds))
		to := c.affinities[first:last]
		for e, o := range odds[first:last] {
			x := float64(o * c.levels[word%levelCount])
			word >>= levelBits
			to[e] = x
			sum += x
		}
	}
	return sum
}

// affinity is that of an expert whose e^logit is x, where all experts' have that sum.
func (c *chooser) affinity(x, sum float64) float64 {
	if c.sigmoid {
		return x / (1 + x)
	}
	return x / sum
}

// addAffinities adds the last token's affinities, normalised to a sum of one, to a sum over tokens.
func (c *chooser) addAffinities(odds, to []float64) {
	c.score(odds)
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
		first, second := twoBest(c.scores[g*size : (g+1)*size])
		c.groups[g] = groupScore(first, second)
	}
	c.takeGroups()
	for g := range c.groups {
		if !c.isTaken[g] {
			for e := g * size; e < (g+1)*size; e++ {
				c.scores[e] = math.Inf(-1)
			}
		}
	}
}

// twoBest are the two largest scores, −∞ where there are fewer.
func twoBest(scores []float64) (first, second float64) {
	first, second = math.Inf(-1), math.Inf(-1)
	for _, s := range scores {
		second = max(second, min(first, s))
		first = max(first, s)
	}
	return first, second
}

// groupScore is what groups are compared by: the sum of their two largest scores, or the score of an only
// expert.
func groupScore(first, second float64) float64 {
	if math.IsInf(second, -1) {
		return first
	}
	return first + second
}

// takeGroups takes the groups with the best scores.
func (c *chooser) takeGroups() {
	top(c.taken, c.takenScore, c.groups, 0)
	clear(c.isTaken)
	for _, g := range c.taken {
		c.isTaken[g] = true
	}
}

// top writes into best the indices of the largest scores, largest first, and the scores themselves beside
// them. Of equal ones it prefers those that come first from the index from on, round the end.
func top(best []int, bestScores, scores []float64, from int) {
	for i := range best {
		best[i], bestScores[i] = 0, math.Inf(-1)
	}
	bestScores = bestScores[:len(best)]
	last, least := len(best)-1, math.Inf(-1)
	for _, part := range [2][2]int{{from, len(scores)}, {0, from}} {
		for at, s := range scores[part[0]:part[1]] {
			if !(s > least) {
				continue
			}
			i := last
			for ; i > 0 && s > bestScores[i-1]; i-- {
				best[i], bestScores[i] = best[i-1], bestScores[i-1]
			}
			best[i], bestScores[i] = part[0]+at, s
			least = bestScores[last]
		}
	}
}
