package drafts

import (
	"fmt"

	"github.com/roofserve/roofserve/internal/hash"
)

// Most is the most tokens that are drafted for a sequence in one step.
const Most = 16

// Acceptance is the law by which drafts are accepted, one after the other until the first that is not
// (Leviathan et al. 2023, arXiv:2211.17192, §3.1). How many a step accepts is drawn for every request and
// step by itself, so that no order of events can change a draw.
type Acceptance struct {
	Seed   uint64
	shares []float64 // that the draft at a place, and so all before it, is accepted
	limits []uint32  // the same as limits of draws, which are below drawn
	known  *answers  // nil where there are too many drafts to be counted in a number
}

// answers has, by the upper half of a draw, the count of a step that it tells the accepted drafts of, or
// unknown where the lower half decides.
type answers [drawn >> (drawBits / 2)]uint64

// Several counts of steps, by how many drafts they accept, stand in a number.
const (
	countBits  = 6
	mostKnown  = 8       // drafts, so that there is room for unknown
	unknown    = 1 << 60 // what a word's four draws add to beside their counts
	roundWords = (1<<countBits - 1) / inWord
)

// answersOf are those of limits.
func answersOf(limits []uint32) *answers {
	if len(limits) > mostKnown {
		return nil
	}
	a := &Acceptance{limits: limits}
	list := &answers{}
	for i := range list {
		low := uint32(i) << (drawBits / 2)
		least, most := a.of(low|(1<<(drawBits/2)-1)), a.of(low)
		if list[i] = 1 << (countBits * most); least < most {
			list[i] = unknown
		}
	}
	return list
}

// A draw has 16 bits, and a number has four of them.
const (
	drawBits = 16
	drawn    = 1 << drawBits
	inWord   = 64 / drawBits
)

// New is the law under which the i-th draft is accepted with a probability where all before it were.
func New(probabilities []float64, seed uint64) (*Acceptance, error) {
	if n := len(probabilities); n < 1 || n > Most {
		return nil, fmt.Errorf("%d drafts a step; 1 to %d", n, Most)
	}
	a := &Acceptance{Seed: seed}
	share := 1.0
	for _, p := range probabilities {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("a draft is accepted with probability %g; a number from 0 to 1", p)
		}
		share *= p
		a.shares = append(a.shares, share)
		a.limits = append(a.limits, uint32(float64(share*drawn)+0.5))
	}
	a.known = answersOf(a.limits)
	return a, nil
}

// Even is the law of n drafts of which each is accepted with the same probability, so that a step gives a
// mean number of tokens, its own included. It reports false where no probability does.
func Even(n int, length float64) (probabilities []float64, ok bool) {
	if !(length >= 1 && length <= float64(1+n)) {
		return nil, false
	}
	low, high := 0.0, 1.0
	for range 60 { // halvings, to the last bit of a probability
		p, sum, share := (low+high)/2, 1.0, 1.0
		for range n {
			share = float64(share * p)
			sum += share
		}
		if sum < length {
			low = p
		} else {
			high = p
		}
	}
	for range n {
		probabilities = append(probabilities, high)
	}
	return probabilities, true
}

// Drafts is the number of tokens drafted in a step.
func (a *Acceptance) Drafts() int { return len(a.shares) }

// Length is the mean number of tokens of a step, its own included.
func (a *Acceptance) Length() float64 {
	sum := 1.0
	for _, s := range a.shares {
		sum += s
	}
	return sum
}

// seed is what a request's draws come from.
func (a *Acceptance) seed(request uint64) uint64 { return hash.Scramble(a.Seed ^ request*hash.Golden) }

// wordOf has the draws of a request's steps from one on whose number is a multiple of inWord.
func wordOf(seed uint64, step int) uint64 {
	return hash.Scramble(seed + uint64(step)/inWord*hash.Golden)
}

// of is how many drafts a draw accepts.
func (a *Acceptance) of(draw uint32) (n int) {
	for _, limit := range a.limits { // without a branch, which no processor would foresee
		n += int(uint32(int32(draw)-int32(limit)) >> 31)
	}
	return n
}

// Accepted is how many drafts a request's step accepts. Its steps are counted from 0, however often it is
// interrupted.
func (a *Acceptance) Accepted(request uint64, step int) int { return a.accepted(a.seed(request), step) }

func (a *Acceptance) accepted(seed uint64, step int) int {
	return a.of(uint32(wordOf(seed, step) >> (drawBits * (uint(step) % inWord)) & (drawn - 1)))
}

// Verification is how the decode steps of an engine verify drafts: each sequence's last token and its drafts
// are computed together, and what follows from the accepted ones are the step's tokens.
type Verification struct {
	Law *Acceptance
	// Of, where set, has the laws of requests whose drafts are accepted by another, of as many drafts; nil for
	// Law. It is asked when a request begins to decode, by several goroutines.
	Of func(request uint64) *Acceptance
	// Drawn gives each sequence in each step what its draws say. Otherwise as many steps as its draws say until
	// it has its output give it even shares of that, which the engine need not follow one by one.
	Drawn bool
	// Lookahead is the tokens beyond the drafts for which a sequence holds blocks, for drafts yet to be made
	// (num_lookahead_tokens of vllm/v1/core/sched/scheduler.py).
	Lookahead int
	// DisableAt is how many running sequences are so many that a step drafts nothing, and gives each a token; 0:
	// none are. What a step counts in budgets and holds stays as it is. Only where Drawn.
	DisableAt int
}

// Disabled tells whether a step beside so many running sequences drafts nothing
// (vllm/spec_decode/spec_decode_worker.py, _should_disable_all_speculation, of release 0.6).
func (v *Verification) Disabled(running int) bool { return v.DisableAt > 0 && running >= v.DisableAt }

// LawOf is the law by which a request's drafts are accepted.
func (v *Verification) LawOf(request uint64) *Acceptance {
	if v.Of != nil {
		if law := v.Of(request); law != nil {
			return law
		}
	}
	return v.Law
}

// Queries is how many tokens of a sequence a step computes.
func (v *Verification) Queries() int { return 1 + v.Law.Drafts() }

// Ahead is for how many tokens more than it has computed a sequence holds blocks during a step.
func (v *Verification) Ahead() int { return v.Queries() + v.Lookahead }

// Counts has numbers of steps by how many drafts they accept.
type Counts [Most + 1]int64

// Steps is how many of a request's steps, from one on, give it so many tokens. It adds them to counts.
func (a *Acceptance) Steps(request uint64, from, tokens int, t *Counts) int {
	seed, step := a.seed(request), from
	for ; tokens > 0 && step%inWord > 0; step++ {
		tokens -= a.count(seed, step, t)
	}
	step, tokens = a.whole(seed, step, tokens, t)
	for ; tokens > 0; step++ {
		tokens -= a.count(seed, step, t)
	}
	return step - from
}

// count adds a step to counts, and returns how many tokens it gives.
func (a *Acceptance) count(seed uint64, step int, t *Counts) int {
	n := a.accepted(seed, step)
	t[n]++
	return 1 + n
}

// whole is Steps for as long as a word's steps are all needed, whatever they give. It returns the next step,
// and the tokens that are left.
func (a *Acceptance) whole(seed uint64, step, tokens int, t *Counts) (next, left int) {
	if a.known == nil {
		return step, tokens
	}
	most := 1 + len(a.limits)
	for tokens > (inWord-1)*most {
		// as many words as are needed if all of their drafts are accepted, but for the last of their steps
		words := min(roundWords, (tokens-(inWord-1)*most-1)/(inWord*most)+1)
		sum := a.round(seed, step, words)
		step += inWord * words
		for n := range most {
			count := int(sum & (1<<countBits - 1))
			sum >>= countBits
			t[n] += int64(count)
			tokens -= count * (1 + n)
		}
	}
	return step, tokens
}

// round counts the steps of some words by how many drafts they accept.
func (a *Acceptance) round(seed uint64, step, words int) (sum uint64) {
	known := a.known
	for range words {
		word := wordOf(seed, step)
		counts := known[uint8(word>>8)] + known[uint8(word>>24)] + known[uint8(word>>40)] + known[word>>56]
		if counts >= unknown {
			counts = a.counts(word)
		}
		sum += counts
		step += inWord
	}
	return sum
}

// counts are the counts of a word's steps, draw by draw.
func (a *Acceptance) counts(word uint64) (counts uint64) {
	for range inWord {
		counts += 1 << (countBits * a.of(uint32(word&(drawn-1))))
		word >>= drawBits
	}
	return counts
}

// Some adds a number of a request's steps, from one on, to counts.
func (a *Acceptance) Some(request uint64, from, steps int, t *Counts) {
	for step := range steps {
		t[a.Accepted(request, from+step)]++
	}
}
