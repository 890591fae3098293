package sched

// vllm is the scheduler of vLLM v1: one token budget for prompts and decodes alike, those that run first, and
// recomputation of the latest, or of the least urgent (vllmpriority.go), where blocks run out. Its rules are
// those of vllm/v1/core/sched/scheduler.py at v0.13, with the later scheduler_reserve_full_isl and watermark
// as settings.
//
// vLLM walks the running requests in order of admission. That walk needs no order here, because of a property
// of the rules: every running request but the last gets all that it asks for. What a request asks for never
// grows (a chunk is followed by one no longer, or by decoding), and a request that got less used up the
// budget, so that none was admitted after it. Decodes may therefore be counted together, before the prompts
// in progress. Where prompts are cut at the ends of blocks (Limits.SnapshotTokens) a prompt may get less and
// leave the rest to one after it; it is served after those that decode all the same.
type vllm struct {
	round
	most     int // tokens of one prompt in a step
	yielding yielding
	running  []Running // reused
	short    short     // in the step that is planned
}

// nullBlock is the block of the pool that stands for tokens outside of windows and that no sequence holds
// (vllm/v1/core/block_pool.py, null_block).
const nullBlock = 1

// NullBlocks is the number of an engine's num_gpu_blocks that its sequences cannot use.
func NullBlocks(policy string) int {
	if policy == "vllm" {
		return nullBlock
	}
	return 0
}

func newVLLM(l Limits, stages int) Policy {
	p := &vllm{round: newRound(l, stages)}
	p.most = p.chunk(p.MaxNumBatchedTokens, p.MaxNumBatchedTokens)
	return p
}

// Plan serves the running sequences, then, unless memory or tokens ran short, admits waiting ones.
func (p *vllm) Plan(r Rank) int {
	preempted := false
	decoding, partial := r.Decoding(), r.Partial()
	crowded := decoding*p.Queries > p.MaxNumBatchedTokens
	p.short.rows = 0
	switch {
	case crowded && p.ByOrder:
		p.yield(r)
		return 1
	case crowded:
		decoding = p.crowd(r)
	}
	for p.runningBlocks(r, decoding, partial) > r.Free() {
		if p.ByOrder {
			p.yield(r)
			return 1
		}
		// Allocating in order and evicting from the end until each fits leaves the longest beginning that
		// fits as a whole.
		last := r.Last()
		if last == p.short.seq {
			p.short.rows = 0
		}
		r.Preempt(last, Head)
		preempted = true
		decoding, partial = r.Decoding(), r.Partial()
	}
	budget := 0
	if p.short.rows > 0 {
		budget = p.serveCrowd(r)
	} else {
		budget = p.serve(r, decoding, partial)
	}
	if !preempted && !crowded {
		return p.admit(r, budget)
	}
	if r.Waiting() > 0 && p.ReserveFullInput && !crowded {
		head := r.Head()
		if !p.fits(r, head.Known, p.whole(&head), r.Running()) {
			return Always // nor will the head fit before a sequence has finished
		}
	}
	return 1
}

// Chunk is the whole budget, or the most of it that one prompt gets.
func (p *vllm) Chunk() int { return p.most }

// Demand is what a request holds when its last token is computed.
func (p *vllm) Demand(input, output, _ int) int { return input + output - 1 + p.Ahead }

// runningBlocks is how many further blocks the running sequences take in the next step.
func (p *vllm) runningBlocks(r Rank, decoding int, partial []Seq) int {
	need := r.DecodeBlocks()
	if p.short.rows > 0 { // and no tokens are left for prompts
		blocks, _ := r.RowBlocks(p.short.seq, p.short.rows)
		return need + blocks
	}
	budget := p.MaxNumBatchedTokens - decoding*p.Queries
	for _, s := range partial {
		n := p.further(r, s, budget)
		need += r.ExtendBlocks(s, n)
		budget -= n
	}
	return need
}

// admit takes requests from the head of the queue, never one before another, until a limit is met. The limits
// depend on what runs, so that they hold until a sequence finishes.
func (p *vllm) admit(r Rank, budget int) int {
	waiting, running := r.Waiting(), r.Running()
	for ; waiting > 0 && budget > 0 && running < p.MaxNumSeqs; waiting, running = waiting-1, running+1 {
		head := r.Head()
		n := p.chunk(head.Known-head.Cached, head.Known)
		if n > budget && !p.ChunkedPrefill {
			break
		}
		if n = min(n, budget); p.SnapshotTokens > 0 {
			if n = p.aligned(head.Cached, head.Known, n); n == 0 {
				break
			}
		}
		tokens, step := head.Cached+n, n
		if p.ReserveFullInput {
			tokens, step = head.Known, p.whole(&head)
		}
		if !p.fits(r, tokens, step, running) {
			if head.Cached > 0 && !p.ReserveFullInput {
				return 1 // what is cached, and so the end of the first chunk, shrinks as blocks are reused
			}
			break
		}
		r.Admit(n)
		budget -= n
	}
	return Always
}

// fits tells whether the first tokens of the head, of which at most step are computed together, fit into the
// free blocks, beside those that are kept free while something runs.
func (p *vllm) fits(r Rank, tokens, step, running int) bool {
	need := r.AdmitBlocks(tokens, step)
	if p.Watermark > 0 && running > 0 {
		need += int(p.Watermark * float64(r.Blocks()+nullBlock))
	}
	return need <= r.Free()
}

// whole is the most tokens of a request that a step computes until all are.
func (p *vllm) whole(q *Request) int { return min(q.Known-q.Cached, p.most) }
