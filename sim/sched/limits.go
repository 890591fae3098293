package sched

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
)

// Limits are an engine's scheduling settings, under vLLM's names; engines' profiles set them by the keys in
// the tags. The zero value of an optional setting means "off".
type Limits struct {
	// sequences running at once, on one data-parallel rank; of TensorRT-LLM and vLLM v0, in one microbatch of
	// a pipeline
	MaxNumSeqs int `toml:"max_num_seqs"`
	// tokens in one step, or in one microbatch of a pipeline, on one data-parallel rank
	MaxNumBatchedTokens  int  `toml:"max_num_batched_tokens"`
	MaxModelLen          int  `toml:"max_model_len"` // longest prompt plus output
	ChunkedPrefill       bool `toml:"chunked_prefill"`
	LongPrefillThreshold int  `toml:"long_prefill_token_threshold"` // most prompt tokens of one request in a step; 0: no limit
	// admit only where the whole known sequence fits in free blocks (vLLM 2026: scheduler_reserve_full_isl)
	ReserveFullInput bool `toml:"scheduler_reserve_full_isl"`
	// share of the blocks that admissions leave free while something runs
	Watermark float64 `toml:"watermark"`

	// Of SGLang's policy, for which MaxNumBatchedTokens is chunked_prefill_size and MaxNumSeqs
	// max_running_requests.
	// prompt tokens of one step beyond which no further request joins it; 0: 16,384
	MaxPrefillTokens int `toml:"max_prefill_tokens"`
	// requests whose prompts a step computes; 0: no limit
	PrefillMaxRequests       int     `toml:"prefill_max_requests"`
	ScheduleConservativeness float64 `toml:"schedule_conservativeness"` // factor on the share of declared output that admission expects; 0: 1
	MixedChunk               bool    `toml:"mixed_chunk"`               // decodes join steps that compute prompts
	LongestPrefix            bool    `toml:"-"`                         // schedule_policy = lpm

	// Of Orca's policy and of static batches.
	Reservation string `toml:"-"` // for which memory is set aside: see Reservations; empty: ReserveMax

	// Of TensorRT-LLM's policy: capacity_scheduler_policy = MAX_UTILIZATION.
	MaxUtilization bool `toml:"-"`
	// EqualProgress has prompts that do not fit into a step go on by a block each, in turn:
	// context_chunking_policy = EQUAL_PROGRESS. Only where prompts are cut and requests stand as they came.
	EqualProgress bool `toml:"-"`

	// Swap has vLLM's policy before v1 swap sequences out instead of computing them again (preemption_mode).
	Swap bool `toml:"-"`

	// SnapshotTokens is the length of the blocks at whose ends the prefix cache keeps recurrent states, so
	// that prompts are cut there (vLLM: mamba_cache_mode = align); 0 where it keeps none.
	SnapshotTokens int `toml:"-"`
	// ByOrder has vLLM's policy drive out the last in the order of the requests, of all that run, where blocks
	// run out (scheduling_policy = priority); else the one that was admitted last.
	ByOrder bool `toml:"-"`

	// Queries is how many tokens of a decoding sequence a step computes, all of which its budget counts; 0: one.
	// Ahead is for how many further ones than its next token a decoding sequence may hold blocks.
	Queries int `toml:"-"`
	Ahead   int `toml:"-"`

	Rules Rules `toml:"-"` // which of the rules that changed are in force
}

// Check reports the first setting under which a policy cannot work, as a *fault.Error whose Key is the
// setting's.
func (l *Limits) Check(policy string) error {
	bad := func(key string, value any, right string) error {
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("%v is out of range", value), Right: right}
	}
	switch {
	case l.MaxNumSeqs < 1:
		return bad("max_num_seqs", l.MaxNumSeqs, "use at least 1")
	case l.MaxNumBatchedTokens < 1:
		return bad("max_num_batched_tokens", l.MaxNumBatchedTokens, "use at least 1")
	case l.MaxModelLen < 1:
		return bad("max_model_len", l.MaxModelLen, "use at least 1")
	case !l.ChunkedPrefill && l.MaxNumBatchedTokens < l.MaxModelLen && needsWholePrompts(policy):
		return &fault.Error{Key: "chunked_prefill",
			Wrong: fmt.Sprintf("without it a prompt of more than max_num_batched_tokens = %d could never run, and max_model_len is %d",
				l.MaxNumBatchedTokens, l.MaxModelLen),
			Right: "use chunked prefill, a larger budget or a smaller max_model_len"}
	case l.LongPrefillThreshold < 0:
		return bad("long_prefill_token_threshold", l.LongPrefillThreshold, "use at least 0")
	case !(l.Watermark >= 0 && l.Watermark < 1):
		return bad("watermark", l.Watermark, "use a share from 0 to below 1")
	case l.MaxPrefillTokens < 0:
		return bad("max_prefill_tokens", l.MaxPrefillTokens, "use at least 0")
	case l.PrefillMaxRequests < 0:
		return bad("prefill_max_requests", l.PrefillMaxRequests, "use at least 0")
	case !(l.ScheduleConservativeness >= 0):
		return bad("schedule_conservativeness", l.ScheduleConservativeness, "use at least 0")
	}
	return nil
}

// needsWholePrompts tells whether a policy that does not cut prompts needs steps for the longest.
// TensorRT-LLM refuses what does not fit, Sarathi-Serve always cuts, and the others have no limit on a step's
// tokens.
func needsWholePrompts(policy string) bool {
	return !slices.Contains([]string{"trtllm", "sarathi", "orca", "static"}, policy)
}

// round is the limits of a step, or of the round of a pipeline, in which as many microbatches are scheduled
// as there are stages, each with the whole budget: the numbers of tokens are the round's, all microbatches
// together. The number of sequences is the engine's.
type round struct {
	Limits
	piece int // most tokens of one prompt in one microbatch
}

func newRound(l Limits, stages int) round {
	r := round{Limits: l, piece: l.chunk(math.MaxInt, l.MaxNumBatchedTokens)}
	r.MaxNumBatchedTokens *= stages
	r.LongPrefillThreshold *= stages
	r.MaxPrefillTokens *= stages
	r.PrefillMaxRequests *= stages
	r.Queries = max(1, r.Queries)
	return r
}

// Piece is the most tokens of one prompt that are computed together.
func (r *round) Piece() int { return r.piece }

// Seats is as many as are admitted, each with a token of the budget.
func (r *round) Seats() int { return min(r.MaxNumSeqs, r.MaxNumBatchedTokens) }

// Chunk is nothing.
func (r *round) Chunk() int { return 0 }

// Open tells that requests are admitted in the order of the queue.
func (r *round) Open() bool { return false }

// Longest is no limit.
func (r *round) Longest() int { return math.MaxInt }

// Caching is vLLM's.
func (r *round) Caching() Caching { return Caching{} }

// Reserves tells that the policy does not ask for what is reserved.
func (r *round) Reserves() bool { return false }

// Whole tells that a prompt takes blocks piece by piece.
func (r *round) Whole() bool { return false }

// Overruns tells that of a sequence which generates all that it declared the end is foreseen, unless drafts
// may bring it sooner.
func (r *round) Overruns(output, maxOutput int) bool { return output < maxOutput || r.Queries > 1 }

// chunk is how many of the remaining tokens of a prompt fit into a step that has budget tokens left.
func (l *Limits) chunk(remaining, budget int) int {
	if l.LongPrefillThreshold > 0 {
		remaining = min(remaining, l.LongPrefillThreshold)
	}
	return min(remaining, budget)
}

// aligned is a chunk of n tokens as it is cut, where the states at the ends of blocks are kept: at such an
// end, and always at the last one of the known tokens (Scheduler._mamba_block_aligned_split).
func (l *Limits) aligned(computed, known, n int) int {
	block := l.SnapshotTokens
	switch last := known / block * block; {
	case computed+n < last:
		if whole := n / block * block; whole > 0 || block <= l.chunk(known, l.MaxNumBatchedTokens) {
			return whole
		}
	case computed < last:
		return last - computed
	}
	return n
}

// serve gives every decoding sequence a token and the prompts in progress, older ones first, what is left of
// the budget. It returns what remains.
func (l *Limits) serve(r Rank, decoding int, partial []Seq) int {
	budget := l.MaxNumBatchedTokens - decoding*l.Queries
	r.Decode()
	for _, s := range partial {
		if n := l.further(r, s, budget); n > 0 {
			r.Extend(s, n)
			budget -= n
		}
	}
	return budget
}

// further is how many tokens of a prompt in progress the step computes.
func (l *Limits) further(r Rank, s Seq, budget int) int {
	remaining := r.Remaining(s)
	n := l.chunk(remaining, budget)
	if l.SnapshotTokens > 0 {
		computed := r.Computed(s)
		n = l.aligned(computed, computed+remaining, n)
	}
	return n
}
