package sched

// Caching is how an engine's prefix cache learns what blocks hold, and forgets it. The zero value is
// vLLM's: a block is known as soon as a plan fills it, and a sequence that is preempted leaves all its
// blocks to be found.
type Caching struct {
	// AfterPass lets the blocks of a prompt be known when the results of the pass that completes it are seen.
	AfterPass bool
	// Pieces lets those of its pieces before the last be known to the next plan already.
	Pieces bool
	// Spare is how many last tokens of a prompt are known only when its request has ended.
	Spare int
	// Merged keeps what several sequences have computed alike only once.
	Merged bool
	// Forgets lets a sequence that is preempted leave nothing but what was known of it.
	Forgets bool
	// Partial finds of the block after the full ones as much as any that is cached begins with, and keeps the
	// last block of a request that has ended as far as it is filled.
	Partial bool
}
