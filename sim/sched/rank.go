package sched

// Seq names a running sequence of one rank.
type Seq int32

// Rank is what a policy sees of one data-parallel rank between two steps, and its means to form the next
// step. Sequences that decode are seen only as a whole, so that a plan costs no more for a thousand of them
// than for one.
type Rank interface {
	// Running is the number of running sequences: those that decode and those whose prompt is partly computed.
	Running() int
	// Decoding is the number of running sequences that have only their last token to compute.
	Decoding() int
	// Partial lists the other running sequences, in order of admission. It is valid until the next call of
	// Preempt.
	Partial() []Seq
	// Computed is the number of tokens of a partial sequence that are computed, Remaining of those that are not
	// yet, Declared its declared longest output.
	Computed(Seq) int
	Remaining(Seq) int
	Declared(Seq) int
	// Arrival is the number of a running sequence's request in order of arrival.
	Arrival(Seq) int
	// Last is the running sequence that was admitted last.
	Last() Seq
	// AppendDecoding appends every decoding sequence to a list, in order of admission. It takes time in
	// proportion to them.
	AppendDecoding(list []Decoding) []Decoding
	// AppendRunning appends every running sequence to a list, in order of admission, those too that have ended
	// and are not seen to.
	AppendRunning(list []Running) []Running

	// Blocks is the number of blocks that sequences may hold and Free the number of blocks that no sequence
	// holds.
	Blocks() int
	Free() int
	// DecodeBlocks is the number of further blocks that one more token of every decoding sequence takes.
	DecodeBlocks() int
	// TokenBlocks is the number of them that one decoding sequence takes.
	TokenBlocks(Seq) int
	// ExtendBlocks is the number of further blocks that n more tokens of a partial sequence take.
	ExtendBlocks(s Seq, n int) int
	// Footprint is the number of blocks that a sequence holds which has computed that many tokens.
	Footprint(tokens int) int

	// BlockTokens is the number of tokens of context in a block. Extent and Growth count in parts of which a
	// block has as many: Extent is what a sequence of so many tokens would hold if it took no more than it
	// fills, Growth what so many further tokens of running sequences take on average.
	BlockTokens() int
	Extent(tokens int) int
	Growth(tokens int) int
	// Reserved is the number of blocks that the running sequences hold when each has generated all that it
	// declared.
	Reserved() int

	// Doubled is the number of blocks by which what the running sequences hold, each by itself, exceeds what is
	// held: the cached beginnings that they share.
	Doubled() int
	// NewBlock is the content of the first block of a partial sequence's prompt that is not in the cache; it
	// reports false where there is none, or nothing is cached.
	NewBlock(Seq) (content uint64, ok bool)

	// Waiting is the number of waiting requests, Head the first of them in their order: see package order.
	// Look is the one at a place; where Deep is false, at place 0 alone. Head or Look is asked for before
	// HeadDemand, AdmitBlocks, CachedFree and Admit, which are about the request looked at last.
	// Came is the number, in order of arrival, of the one at a place.
	Waiting() int
	Came(place int) int
	Head() Request
	Look(place int) Request
	Deep() bool
	// Common is the number of tokens, in whole blocks, with which the prompts of the requests at two places
	// begin alike as far as their contents are known; 0 without prefix caching. Arrange puts the waiting
	// requests, where Deep is true, into the order of a list of their places.
	Common(a, b int) int
	Arrange(places []int)
	// HeadDemand is the number of blocks that the request takes for its Policy.Demand.
	HeadDemand() int
	// AdmitBlocks is the number of free blocks that it takes to hold the first tokens of the request when at
	// most step of them are computed together, CachedFree how many of the blocks of its cached beginning no
	// running sequence holds.
	AdmitBlocks(tokens, step int) int
	CachedFree() int
	// Late tells that ends are seen late, because a step is planned while the one before it runs.
	Late() bool

	// SitOut keeps a decoding sequence out of the step, for which Decode is yet to be called. It holds what it
	// has, and decodes again from the next plan on.
	SitOut(s Seq)
	// RowBlocks is how many further blocks a decoding sequence takes for a step that verifies fewer of its
	// drafts than there are, so that it has so many rows; ok is false where it cannot. ComputeRows lets one that
	// sits out the step have them.
	RowBlocks(s Seq, rows int) (blocks int, ok bool)
	ComputeRows(s Seq, rows int)
	// Decode gives every decoding sequence a token in the step.
	Decode()
	// Extend gives a partial sequence n tokens in the step.
	Extend(s Seq, n int)
	// Admit makes the request run and gives it n tokens in the step, after those that the prefix cache holds.
	Admit(n int)
	// Preempt takes a running sequence's blocks and puts it back into the queue, at its head or its tail where
	// requests stand as they came. It recomputes its tokens when it is admitted again.
	Preempt(s Seq, where End)
	// Swap takes a decoding sequence's blocks, whose contents go to the host's memory. Swapped is the number of
	// those that wait there, in order of admission; SwapBlocks how many blocks the first takes when it decodes
	// on, with one to come; SwapIn has it decode on. Only where no prompt is cached.
	Swap(s Seq)
	Swapped() int
	SwapBlocks() int
	SwapIn()
	// Vacate gives up the oldest cached contents, of so many blocks, if fewer than that many free ones have
	// none.
	Vacate(blocks int)
}

// End is an end of the waiting queue.
type End bool

// The ends of the waiting queue.
const (
	Head End = false
	Tail End = true
)

// Request is a waiting request as a policy sees it.
type Request struct {
	Known     int // tokens to compute before it decodes: the prompt, and what was generated before a preemption
	Cached    int // of these, tokens that the prefix cache holds
	Generated int // of these, tokens generated before a preemption
	MaxOutput int // declared longest output
	// New tells that a block of the prompt is not in the cache, and NewBlock the content of the first such one.
	New      bool
	NewBlock uint64
}

// Decoding is a decoding sequence as a policy sees it.
type Decoding struct {
	Seq       Seq
	Input     int // prompt tokens
	Generated int // output tokens so far, as far as they are seen
	MaxOutput int // declared longest output
}

// Running is a running sequence as a policy sees it.
type Running struct {
	Seq      Seq
	Standing Standing
	Key      int64 // of two, the smaller one's stands first in the order; 0 where they stand as they came
	Arrival  int   // number of its request in order of arrival
}

// Standing is what a running sequence has to compute in the next step.
type Standing uint8

// The standings.
const (
	Computes Standing = iota // of its prompt, or of all that was known of it when it was preempted
	Decodes                  // its last token
	Ended                    // nothing, since it has ended, which is not seen yet
)
