package bench

import "slices"

// The calibration loop is a fixed piece of work, half arithmetic and half look-ups in a table that fits the
// first-level cache. How long a step of it takes says how fast a machine is just now, so that costs counted
// in steps can be compared.
const (
	loopTable = 4096 // words: 32 KiB
	loopSteps = 2_000_000
	loopRuns  = 3
)

// loop takes loopSteps steps. What it returns keeps the compiler from leaving them out.
func loop(table []uint64) uint64 {
	// Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003, §3: the 64-bit example's seed
	x := uint64(88172645463325252)
	for range loopSteps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		x += table[x%loopTable]
		table[x>>32%loopTable]++
	}
	return x
}

// calibrate is the user CPU time of a step of the loop, in s: the median of some runs.
func calibrate() float64 {
	table := make([]uint64, loopTable)
	times := make([]float64, loopRuns)
	for i := range times {
		begin := cpuSeconds()
		table[0] += loop(table)
		times[i] = (cpuSeconds() - begin) / loopSteps
	}
	return median(times)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
