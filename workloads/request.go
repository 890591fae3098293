package workloads

import "github.com/roofserve/roofserve/hw/units"

// Request is one call to the served model, as a client sends it.
type Request struct {
	Arrival units.Picoseconds // since the start of the workload; ignored by closed-loop workloads
	Input   int               // prompt tokens, at least 1
	Output  int               // tokens generated, at least 1
	// MaxOutput is the declared max_tokens, which some policies reserve for; 0 means equal to Output.
	MaxOutput int
	// Priority is, of two requests, the smaller for the more urgent one. It counts where requests wait in an
	// order by it.
	Priority int32
	// Class is what the limits of a service are given for (its SLO class).
	Class ClassName
	// Session is a number for the session that the request is a turn of; 0 where it is of none.
	Session uint64
	// Follows makes the request the next turn of the one before it in the stream: it arrives Gap after that
	// one's answer, and its Arrival is that one's.
	Follows bool
	// Gap is the time between an answer and the turn that follows it.
	Gap units.Picoseconds
	// Blocks are content ids of the prompt's prefix, one for each BlockTokens tokens; equal ids mean equal
	// content up to and including that block. The last may be partly filled. Nil where the trace has none. The
	// slice is valid until the next call of Next.
	Blocks []uint64
	// Beyond tells that Blocks go on into the answer, and that all of them are filled.
	Beyond bool
}

// Source is a stream of requests in order of arrival, each with the turns that follow it behind it.
type Source interface {
	// Next writes the next request into r. It reports false at the end of the stream or on an error; Err tells
	// which.
	Next(r *Request) bool
	// Err is the first error met, with file and line where there is one; nil at a clean end.
	Err() error
}

// Closed is implemented by a source whose requests arrive when an earlier one is answered, not at a given
// time.
type Closed interface {
	Source
	// Concurrency is the number of users, each of whom sends its next request when its last is answered.
	Concurrency() int
}

// Turning is implemented by a source some of whose requests may follow answers.
type Turning interface {
	Source
	// Turns tells whether some may.
	Turns() bool
}

// HasTurns tells whether requests of a source may follow answers.
func HasTurns(s Source) bool {
	t, is := s.(Turning)
	return is && t.Turns()
}

// Counted is implemented by a source that knows how many requests it holds; progress bars use it.
type Counted interface {
	Source
	// Len is the number of requests in all.
	Len() int
}

// Prefixed is implemented by a source whose requests carry Blocks.
type Prefixed interface {
	Source
	// BlockTokens is the number of prompt tokens that one element of Request.Blocks covers.
	BlockTokens() int
}
