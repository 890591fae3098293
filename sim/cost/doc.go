// Package cost turns one engine step of an architecture, under a parallelism and precision plan, on hardware,
// into time, broken down by operator. It knows nothing of requests or queues.
//
// A step's time is fixed by its loads' token counts plus, for each data-parallel rank, a part that is linear
// in the keys its decoding sequences read; the slowest rank counts, unless the host takes longer to launch
// the step. All times are integer picoseconds, so that k steps of a run of pure decode take exactly the sum
// of an arithmetic progression. A Model is immutable and safe for concurrent use.
package cost
