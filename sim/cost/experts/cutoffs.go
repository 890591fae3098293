package experts

import "math/bits"

// cutoffs hold a word's experts' lowest levels that may reach a score, so that all are compared with the
// word's levels at once. The levels are spread over two words in which each has a level's bits to spare, and
// what is added to one carries into the bit above it where, and only where, the level is no less than its
// cutoff.
type cutoffs struct {
	even, odd uint64 // of levels 0, 2, 4 and of levels 1, 3: how much is added, levelCount − cutoff
}

// The places of levels in the two words.
const (
	evenOnes = 1 | 1<<(2*levelBits) | 1<<(4*levelBits)
	oddOnes  = 1 | 1<<(2*levelBits)
	evenMask = evenOnes * (levelCount - 1)
	oddMask  = oddOnes * (levelCount - 1)
)

// set sets the i-th cutoff, levelCount where no level passes; no other is set twice.
func (c *cutoffs) set(i, cutoff int) {
	add := uint64(levelCount-cutoff) << (i / 2 * 2 * levelBits)
	if i%2 == 0 {
		c.even |= add
	} else {
		c.odd |= add
	}
}

// pass has a bit for each of the word's levels, set where it is no less than its cutoff.
func (c *cutoffs) pass(word uint64) uint64 {
	even := (word&evenMask + c.even) >> levelBits & evenOnes
	odd := (word>>levelBits&oddMask + c.odd) >> levelBits & oddOnes
	const step = 2*levelBits - 2 // brings a level's bit beside that of the level two before
	return (even|even>>step|even>>(2*step))&0b10101 | (odd|odd>>step)&0b101<<1
}

// listWords are the words whose bits are gathered before they are looked at.
const listWords = 64 / wordLevels

// list lists the experts that pass their cutoffs, in order, and counts them. Few branches depend on chance.
func (l *shortlist) list(words []uint64) int {
	n := 0
	for first := 0; first < len(words); first += listWords {
		passed := uint64(0)
		for i, word := range words[first:min(first+listWords, len(words))] {
			passed |= l.cutoffs[first+i].pass(word) << (i * wordLevels)
		}
		for ; passed != 0; passed &= passed - 1 {
			l.experts[n] = first*wordLevels + bits.TrailingZeros64(passed)
			n++
		}
	}
	return n
}
