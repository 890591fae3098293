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
	mask    uint64   // a power of two, the number of places, less one
	plain   *Timer   // of steps that draft nothing, where others do
}

// of is the timer of steps that draft nothing, or of the others.
func (t *Timer) of(plain bool) *Timer {
	if plain {
		return t.plain
	}
	return t
}

// timed is one remembered answer of Stepper.Decode.
type timed struct {
	counts []int
	decode cost.Decode
	// one rank's of both, beside them
	count [1]int
	rank  [1]cost.RankDecode
}

// newTimed is of so many ranks, with nothing in it.
func newTimed(ranks int) *timed {
	e := &timed{}
	if e.counts, e.decode.Ranks = e.count[:], e.rank[:]; ranks > 1 {
		e.counts, e.decode.Ranks = make([]int, ranks), make([]cost.RankDecode, ranks)
	}
	return e
}

// memoSize bounds a timer's memory; one rank's counts up to it never collide.
const memoSize = 4096

// NewTimer remembers nothing yet. Of one rank, whose counts are mostly up to some number, it has places for
// those alone.
func NewTimer(s cost.Stepper, ranks, most int) *Timer {
	size := memoSize
	for ranks == 1 && size/2 > most {
		size /= 2
	}
	return &Timer{stepper: s, memo: make([]*timed, size), mask: uint64(size - 1)}
}

// decode gives the coefficients of a step in which counts[r] sequences decode on rank r.
func (t *Timer) decode(counts []int) *cost.Decode {
	slot := &t.memo[hashOf(counts)&t.mask]
	if *slot == nil {
		*slot = newTimed(len(counts))
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
		return uint64(counts[0])
	}
	var h uint64
	for _, n := range counts {
		h = (h ^ uint64(n)) * hash.Golden
		h ^= h >> 29
	}
	return h
}

// step is the time of a step that computes prompts.
func (t *Timer) step(loads []arch.Load) units.Picoseconds { return t.stepper.Step(loads) }
