package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// Timer times steps, remembering the coefficients of the decode steps that it met.
type Timer struct {
	stepper cost.Stepper
	memo    []*timed // by a hash of the ranks' counts; a newer entry takes an older one's place
}

// timed is one remembered answer of Stepper.Decode.
type timed struct {
	counts []int
	decode cost.Decode
}

// memoSize bounds a timer's memory; one rank's counts up to it never collide.
const memoSize = 4096

// NewTimer remembers nothing yet.
func NewTimer(s cost.Stepper) *Timer { return &Timer{stepper: s, memo: make([]*timed, memoSize)} }

// decode gives the coefficients of a step in which counts[r] sequences decode on rank r.
func (t *Timer) decode(counts []int) *cost.Decode {
	slot := &t.memo[hashOf(counts)]
	if *slot == nil {
		*slot = &timed{counts: make([]int, len(counts)),
			decode: cost.Decode{Ranks: make([]cost.RankDecode, len(counts))}}
	} else if known := (*slot).counts; known[0] == counts[0] &&
		(len(counts) == 1 || slices.Equal(known, counts)) {
		return &(*slot).decode
	}
	copy((*slot).counts, counts)
	t.stepper.Decode(counts, &(*slot).decode)
	return &(*slot).decode
}

func hashOf(counts []int) uint64 {
	if len(counts) == 1 {
		return uint64(counts[0]) % memoSize
	}
	var h uint64
	for _, n := range counts {
		h = (h ^ uint64(n)) * hash.Golden
		h ^= h >> 29
	}
	return h % memoSize
}

// step is the time of a step that computes prompts.
func (t *Timer) step(loads []arch.Load) units.Picoseconds { return t.stepper.Step(loads) }
