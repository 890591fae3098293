package contract

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/drafts"
)

// Result is what a simulation gave.
type Result struct {
	Completed, Failed int
	Gate              GateStats // of a gateway
	InputTokens       int64     // of completed requests
	OutputTokens      int64
	Duration          units.Picoseconds // from time 0 to the last token
	// Latencies of completed requests after the warm-up, as vLLM's benchmark defines them.
	TTFT, TPOT, ITL, E2E Distribution
	// WarmupE2E is the sum of the end-to-end latencies, in ms, of completed requests of the warm-up, which E2E
	// leaves out.
	WarmupE2E  float64
	PoolResult              // of the first pool
	Others     []PoolResult // of the others
	Transfers  *Transfers   // from prefill to decode pools; nil where there are none
	// SystemSequences counts the running sequences of all replicas of all pools, and SystemKVUsage is the share
	// of all their cache blocks that sequences hold. The levels of one replica are the system's. Those of
	// several are recorded apart, and their sums known at instants that lie evenly over the run: P50, P99 and
	// Max are then of the levels at these.
	SystemSequences, SystemKVUsage Levels
	Preemptions                    int64
	Steps                          int64 // engine steps simulated, of all replicas
	// ByStep counts the decode steps that were simulated one by one because the policy might have decided
	// otherwise after any of them.
	ByStep int64
	Prefix PrefixStats
	Router RouterStats
	Drafts drafts.Counts // where drafts are verified: decode steps of each sequence
	// Sessions is nil where no request may follow an answer.
	Sessions *SessionStats
	Series   []Window
	// requests waiting when the last one arrived; of a fleet, at each replica when its own last one did
	QueueEnd int
	// QueueHalf is the number waiting when half of the requests had arrived, counted likewise.
	QueueHalf int
	// QueueGrowth is the share of arriving requests by which the queue grew towards the end: from the third to
	// the last quarter of the arrivals, as the medians of their queues tell. Near 0 where the system keeps up.
	QueueGrowth float64
	// MeanDecode describes the average pure-decode step, for the breakdown of its time.
	MeanDecode MeanStep
	MaxContext int // longest context reached
	// SketchError bounds the relative error of the quantiles of TTFT, TPOT, ITL and E2E. A latency with at most
	// metrics.Exact observations has none.
	SketchError float64
}

// PoolResult is what the replicas of one pool gave.
type PoolResult struct {
	Role Role
	// Utilization is the share of the time in which a replica runs any sequence.
	Utilization float64
	// Waiting is the mean number of requests that wait in the pool.
	Waiting float64
	// ConcurrentSequences counts the running sequences of a replica, weighted by time.
	ConcurrentSequences Levels
	// KVUsage is the share of a replica's cache blocks held by sequences, weighted by time.
	KVUsage Levels
}

// Levels summarises a level over time: its average, the levels that half and 99% of the time do not exceed,
// and the highest one. P50 and P99 are exact where the level stays below 4096, and else too high by at most
// metrics.LevelError of the highest level that is possible.
type Levels struct{ Mean, P50, P99, Max float64 }

// PrefixStats counts what the prefix cache found.
type PrefixStats struct {
	Tokens, HitTokens int64 // of prompts
	Blocks, HitBlocks int64 // full prompt blocks
}

// RouterStats tells where requests went.
type RouterStats struct {
	PerReplica []int // requests that each replica answered or refused
	// Found is the requests of which the router knew a replica that had a block in its cache, and Taken those of
	// them that went to one with the most.
	Found, Taken int
}

// GateStats counts what a gateway did. Retried counts sendings, the others requests.
type GateStats struct{ Rejected, TimedOut, Retried int }

// Requests is the number of all that arrived.
func (r *Result) Requests() int { return r.Completed + r.Failed + r.Gate.Rejected + r.Gate.TimedOut }

// SessionStats tells of sessions, each a chain of requests of which one follows the answer to another.
// Latencies are of those that began after the warm-up and whose last request was not refused.
type SessionStats struct {
	Count, Turns int // of sessions that have ended, and of their requests
	E2E          Distribution
	// ByTurn are the times to first token of the requests that are first, second, … in their session; the last
	// stands for all further ones.
	ByTurn []Distribution
}

// Window is one interval of the time series.
type Window struct {
	Start, End                       units.Picoseconds
	Running, Waiting, KVUsage        float64 // time-weighted means
	InputTokens, OutputTokens        int64   // prompts whose first token, and tokens that, came in the window
	Arrivals, Completions, Preempted int64
}

// MeanStep is the average over pure-decode steps, weighted by steps.
type MeanStep struct {
	Sequences float64   // of all data-parallel ranks
	Keys      []float64 // for each reach, of all ranks together
}
