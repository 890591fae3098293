package metrics

import (
	"math"
	"slices"
)

// few is up to how many values are compared with each other.
const few = 64

// ascending sorts values that are not negative, whose bits are in the same order as they: digit by digit, the
// last one first, each of which keeps the order of those after it. It may return another list than it was
// given.
func ascending(list []float64) []float64 {
	if len(list) <= few {
		slices.Sort(list)
		return list
	}
	const digits, bits = 8, 8
	var counts [digits][1 << bits]int32
	for _, x := range list {
		rest := math.Float64bits(x)
		for d := range counts {
			counts[d][uint8(rest)]++
			rest >>= bits
		}
	}
	other := make([]float64, len(list))
	for d := range digits {
		count := &counts[d]
		digit := func(x float64) uint8 { return uint8(math.Float64bits(x) >> (bits * d & 63)) }
		if int(count[digit(list[0])]) == len(list) {
			continue // all alike
		}
		before := int32(0)
		for i, n := range count {
			count[i] = before
			before += n
		}
		for _, x := range list {
			at := &count[digit(x)]
			other[*at] = x
			*at++
		}
		list, other = other, list
	}
	return list
}
