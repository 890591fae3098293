package sched

import "math"

// trtllm is TensorRT-LLM's in-flight batching (tensorrt_llm/_torch/pyexecutor) under its capacity scheduler
// MAX_UTILIZATION (trtllmutilization.go) or, by default, GUARANTEED_NO_EVICT
// (cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp): a request is admitted when the blocks of its prompt
// and its longest output are free for as long as it runs, so that nothing is ever preempted; one that would
// compute a block anew that another computes in this step waits for it. Which of the admitted run is decided
// after that (microBatchScheduler.cpp): generating requests, then prompts, in what is left of the token
// budget.
//
// max_batch_size bounds each microbatch of a pipeline: the executor has slots for as many sequences in
// each stage (max_num_sequences), and takes requests off its queue only while there are fewer, those
// included that have ended and are not seen to.
type trtllm struct {
	round
	longest int       // prompt
	open    bool      // a further request might have been admitted
	fitting []fitting // reused: waiting requests that fit into memory
	blocks  map[uint64]bool
	running []Running // reused
	partial []Seq     // reused
	shares  []int     // reused: of the fitting ones, see trtllmprogress.go
}

// fitting is a prompt that goes on or is begun as far as memory goes: of a running sequence, or of the
// request at a place in the queue.
type fitting struct {
	seq   Seq
	waits bool
	place int
	left  int // tokens to compute
}

func newTRTLLM(l Limits, stages int) Policy {
	l.LongPrefillThreshold = 0 // not a setting of TensorRT-LLM's
	p := &trtllm{round: newRound(l, stages), longest: math.MaxInt, blocks: map[uint64]bool{}}
	p.MaxNumSeqs *= stages
	if !l.ChunkedPrefill {
		p.longest = l.MaxNumBatchedTokens
	}
	return p
}

// Longest is max_num_tokens where prompts are not cut: the executor refuses a longer one.
func (p *trtllm) Longest() int { return p.longest }

// Open tells that requests which are held back, for a block that another computes or for tokens of which less
// than a block is left, are passed by others.
func (p *trtllm) Open() bool { return p.open }

// Plan serves the running sequences and admits waiting ones, first come, first served. Limits hold until a
// sequence finishes.
func (p *trtllm) Plan(r Rank) int {
	if p.MaxUtilization && p.passed(r) {
		return p.walk(r)
	}
	paused := p.MaxUtilization && p.pause(r)
	budget := p.MaxNumBatchedTokens - r.Decoding()*p.Queries
	r.Decode()
	partial := p.inLine(r)
	if len(partial) == 0 && r.Waiting() == 0 {
		return Always
	}
	p.contribute(r, partial)
	for p.fit(r, partial, paused); len(p.fitting) > 0; p.fit(r, nil, paused) {
		var more bool
		if budget, more = p.begin(r, budget, 0); !more {
			break
		}
	}
	if paused {
		return 1
	}
	return Always
}

// contribute notes which blocks the prompts in progress compute.
func (p *trtllm) contribute(r Rank, partial []Seq) {
	clear(p.blocks)
	for _, s := range partial {
		if block, ok := r.NewBlock(s); ok {
			p.blocks[block] = true
		}
	}
}

// begin has those prompts that fit go on of which the step computes anything, and admits those that wait,
// whose places have moved by so many. It returns what is left of the budget, and whether to look for more:
// where only the head can be looked at, and it is admitted.
func (p *trtllm) begin(r Rank, budget, moved int) (left int, more bool) {
	admitted := 0
	equal := p.EqualProgress && p.ChunkedPrefill && r.Deep() && p.share(budget, r.BlockTokens())
	for i, f := range p.fitting {
		n := 0
		if equal {
			n = p.shares[i]
		} else {
			n = p.piecemeal(f.left, budget, r.BlockTokens())
		}
		if n == 0 && !p.ChunkedPrefill {
			break
		}
		budget -= n
		switch {
		case n == 0:
		case f.waits:
			p.admit(r, f.place+moved-admitted, n)
			admitted++
		default:
			r.Extend(f.seq, n)
		}
	}
	return budget, admitted > 0 && !r.Deep()
}

// piecemeal is how many of a prompt's tokens the step computes. One that is cut ends at a whole block
// (chunkUnitSize).
func (p *trtllm) piecemeal(tokens, budget, unit int) int {
	switch {
	case tokens <= budget:
		return tokens
	case !p.ChunkedPrefill:
		return 0
	}
	return max(0, budget) / unit * unit
}

// fit lists the prompts in progress and the waiting requests, of those that have been taken off the
// executor's queue, which fit into memory, as they came and until one does not.
func (p *trtllm) fit(r Rank, partial []Seq, paused bool) {
	p.fitting = p.fitting[:0]
	taken := p.taken(r)
	p.open = p.ChunkedPrefill && r.Running()+r.Waiting() < p.MaxNumSeqs
	if !r.Deep() {
		taken, p.open = min(taken, 1), false
	}
	if paused {
		taken = 0
	}
	free := p.room(r)
	for _, s := range partial {
		free += p.ahead(r, s)
	}
	for place := 0; place < taken || len(partial) > 0; {
		if len(partial) > 0 && (place == taken || !r.Deep() || r.Arrival(partial[0]) < r.Came(place)) {
			if free -= p.ahead(r, partial[0]); free < 0 && r.Decoding() > 0 {
				return
			}
			p.fitting = append(p.fitting, fitting{seq: partial[0], left: r.Remaining(partial[0])})
			partial = partial[1:]
			continue
		}
		head := r.Look(place)
		place++
		if p.held(&head) {
			continue
		}
		need := r.Footprint(p.needs(&head))
		if need > free { // nothing behind it goes on, but for what has begun where all would stand still
			p.open = false
			if taken = place; r.Decoding() > 0 && len(partial) > 0 {
				return
			}
			continue
		}
		free -= need
		p.fitting = append(p.fitting, fitting{waits: true, place: place - 1, left: head.Known})
	}
}

// held tells that a waiting request is held back since another computes, in this step, the block that it
// would begin with.
func (p *trtllm) held(head *Request) bool {
	if !head.New {
		return false
	}
	held := p.blocks[head.NewBlock]
	p.blocks[head.NewBlock] = true
	return held
}

// admit makes a waiting request run, of whose prompt the step was to compute the first tokens. What the cache
// holds of it comes before those, and a cut moves to the end of a block again (setPrepopulatedPromptLen).
func (p *trtllm) admit(r Rank, place, tokens int) {
	head := r.Look(place)
	end := min(head.Known, head.Cached+tokens)
	if end < head.Known {
		end = end / r.BlockTokens() * r.BlockTokens()
	}
	r.Admit(end - head.Cached)
}

// Caching is that of its block manager (kvCacheManager.cpp): a prompt's blocks are stored for reuse, but
// for its last token, when its results are processed (storeContextBlocks), the others when the request is
// removed, and of the block in which a match ends a part is copied (enable_partial_reuse).
func (p *trtllm) Caching() Caching { return Caching{AfterPass: true, Spare: 1, Partial: true} }

// Reserves tells that what runs is guaranteed its longest.
func (p *trtllm) Reserves() bool { return true }

// Whole tells that a prompt has all its blocks from its first piece on.
func (p *trtllm) Whole() bool { return true }

// Demand is what a request is guaranteed: prompt and declared output, though the last token is never kept
// (kvCacheManager.cpp, getRemainingBlocksToCompletion).
func (p *trtllm) Demand(input, _, maxOutput int) int { return input + maxOutput + p.Ahead }
