package experts

import (
	"math"
	"slices"
	"sort"
)

// shortlist finds a token's experts without scoring all of them. A score grows with the expert's level, so
// that a level below a cutoff tells, without arithmetic, that the score is below least. Where enough experts
// of a token reach least, the choice among those that pass their cutoffs is the choice among all, to the bit;
// otherwise all are scored.
type shortlist struct {
	// of tokens, in which the median expert reaches least; 0: a list would be too long to be worth it
	share    float64
	least    float64 // score
	leastSum float64 // of softmax's exponentials: the cutoffs hold for tokens whose sum is no less
	cutoffs  []cutoffs
	experts  []int // of the token that pass their cutoffs, in order
	scores   []float64
	ends     []int  // of each group: how many experts it and those before it have in the list
	whole    []bool // of each group: its score is known
}

// A list of more than this share of the experts saves little.
const longestShare = 0.5

// newShortlist makes lists long enough that few tokens need more: they hold, of the groups a token takes, the
// experts to choose and two standard deviations of their number.
func newShortlist(s *Settings) shortlist {
	open := s.Experts
	if s.limited() {
		open = s.GroupsTaken * (s.Experts / s.Groups)
	}
	share := (float64(s.TopK) + 2*math.Sqrt(float64(s.TopK))) / float64(open)
	if share > longestShare {
		return shortlist{}
	}
	return shortlist{share: share, cutoffs: make([]cutoffs, words(s.Experts)),
		experts: make([]int, s.Experts), scores: make([]float64, s.Experts),
		ends: make([]int, s.Groups), whole: make([]bool, s.Groups)}
}

// prepare finds the cutoffs of a router with these odds and biases.
func (c *chooser) prepare(odds, bias []float64) {
	l := &c.shortlist
	if l.share == 0 {
		return
	}
	var sum float64
	sum, l.leastSum = c.sums(odds)
	typical := c.levels[int((1-l.share)*levelCount)]
	for e, o := range odds {
		l.scores[e] = c.affinity(float64(o*typical), sum) + bias[e]
	}
	slices.Sort(l.scores)
	l.least = l.scores[len(l.scores)/2]
	// Rounding may break the order of two levels by the last bits: cutoffs are lower by a multiple of that.
	lower := l.least - float64(1e-12*(1+math.Abs(l.least)))
	clear(l.cutoffs)
	for e, o := range odds {
		cutoff := sort.Search(levelCount, func(level int) bool {
			return c.affinity(float64(o*c.levels[level]), l.leastSum)+bias[e] >= lower
		})
		l.cutoffs[e/wordLevels].set(e%wordLevels, cutoff)
	}
}

// sums are the mean of softmax's sum over tokens, and two standard deviations less: few tokens have a smaller
// one.
func (c *chooser) sums(odds []float64) (mean, least float64) {
	level, square := 0.0, 0.0
	for _, x := range c.levels {
		level += float64(x / levelCount)
		square += float64(float64(x*x) / levelCount)
	}
	variance := 0.0
	for _, o := range odds {
		mean += float64(o * level)
		variance += float64(o * o * (square - float64(level*level)))
	}
	return mean, max(mean-float64(2*math.Sqrt(variance)), mean/4)
}

// chooseListed is chooseOfAll on the shortlist; false where that may choose others.
func (c *chooser) chooseListed(odds, bias []float64, from int) bool {
	l := &c.shortlist
	if l.share == 0 {
		return false
	}
	sum := 0.0
	if !c.sigmoid {
		if sum = c.exponentials(odds); sum < l.leastSum {
			return false
		}
	}
	n := l.list(c.words)
	for i, e := range l.experts[:n] {
		level := c.words[e/wordLevels] >> (e % wordLevels * levelBits) % levelCount
		l.scores[i] = c.affinity(float64(odds[e]*c.levels[level]), sum) + bias[e]
	}
	if c.settings.limited() {
		if n = c.limitList(n); n == 0 {
			return false
		}
	}
	at, _ := slices.BinarySearch(l.experts[:n], from)
	top(c.best, c.bestScores, l.scores[:n], at)
	if !(c.bestScores[len(c.best)-1] >= l.least) {
		return false
	}
	for i, place := range c.best {
		c.best[i] = l.experts[place]
	}
	return true
}

// limitList keeps, of the first n experts listed, those of the best groups and counts them; 0 where experts
// beyond the list decide which groups those are.
func (c *chooser) limitList(n int) int {
	l, size := &c.shortlist, c.settings.Experts/c.settings.Groups
	end := 0
	for g := range c.groups {
		start := end
		for end < n && l.experts[end] < (g+1)*size {
			end++
		}
		l.ends[g] = end
		first, second := twoBest(l.scores[start:end])
		if size > 1 {
			// No expert beyond the list scores more than least: the group's score is this or less.
			c.groups[g] = max(first, l.least) + max(second, l.least)
			l.whole[g] = second >= l.least
		} else {
			c.groups[g] = max(first, l.least)
			l.whole[g] = first >= l.least
		}
	}
	c.takeGroups()
	for _, g := range c.taken {
		if !l.whole[g] {
			return 0
		}
	}
	kept, start := 0, 0
	for g, end := range l.ends {
		if c.isTaken[g] {
			copy(l.scores[kept:], l.scores[start:end])
			kept += copy(l.experts[kept:], l.experts[start:end])
		}
		start = end
	}
	return kept
}
