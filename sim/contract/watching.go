package contract

import "github.com/roofserve/roofserve/hw/units"

// Watching is what a caller may be told of while a simulation runs. What is not set costs nothing.
type Watching struct {
	// Landed is called for every run of equal steps of every rank, when it has ended.
	Landed func(*Landing)
	// Sent is called when a router has chosen one of several replicas for a request.
	Sent func(request, replica int, at units.Picoseconds)
	// Moved is called when a cache has gone from a prefill to a decode replica.
	Moved func(*Move)
}

// Landing is steps of one rank that have ended, and what it had during the last of them.
type Landing struct {
	Replica, Rank int
	Role          Role
	Start, End    units.Picoseconds
	Steps         int64
	Decoding      int // sequences
	Prompts       int // of which pieces were computed, in one step
	PromptTokens  int
	Running       int // of the replica, with Held of so many Blocks
	Held, Blocks  int
	Waiting       int   // at the replica, when the steps had ended
	Preempted     int64 // by the replica since its flight before
	Begun         []Begun
}

// Begun is a request whose prompt a flight began, which had waited since.
type Begun struct {
	Request int
	Since   units.Picoseconds
}

// Move is a cache on its way from one replica to another.
type Move struct {
	Request, From, To int
	Start, End        units.Picoseconds
	Bytes             int64
}
