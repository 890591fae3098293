package sched

import "math"

// vllm0 is the scheduler of vLLM before v1 (vllm/core/scheduler.py of the 2023 releases) under first come,
// first served: whole prompts first, alone in their step while decodes wait; otherwise a step of all decodes,
// and recomputation of the latest where blocks run out. vLLM refused a prompt longer than the token budget;
// here it runs alone.
//
// With pipeline stages vLLM v0 had a scheduler for each microbatch (its virtual engines, from v0.5.1 on),
// with limits of its own.
type vllm0 struct{ round }

func newVLLM0(l Limits, stages int) Policy {
	p := &vllm0{newRound(l, stages)}
	p.MaxNumSeqs *= stages
	p.piece = math.MaxInt
	return p
}

// Plan forms a step of the waiting prompts that fit, else one of decodes.
func (p *vllm0) Plan(r Rank) int {
	if p.Swap {
		return p.planSwapping(r)
	}
	admitted, cached := p.admit(r)
	if admitted {
		return Always
	}
	preempted := false
	for r.DecodeBlocks() > r.Free() {
		r.Preempt(r.Last(), Head)
		preempted = true
	}
	r.Decode()
	if preempted || cached {
		return 1
	}
	return Always
}

// Seats is max_num_seqs: the budget is that of prompts alone.
func (p *vllm0) Seats() int { return p.MaxNumSeqs }

// Demand is what a request holds when its last token is computed.
func (p *vllm0) Demand(input, output, _ int) int { return input + output - 1 + p.Ahead }

// admit takes whole prompts from the head of the queue until a limit is met. It tells whether the prompt that
// it stopped at is cached in part: as blocks are reused such a prompt asks for more.
func (p *vllm0) admit(r Rank) (admitted, cached bool) {
	budget := p.MaxNumBatchedTokens
	for r.Waiting() > 0 && r.Running() < p.MaxNumSeqs {
		head := r.Head()
		n := head.Known - head.Cached
		if n > budget && admitted {
			break
		}
		spare := 0
		if r.Running() > 0 {
			spare = int(p.Watermark * float64(r.Blocks()))
		}
		if r.AdmitBlocks(head.Known, n)+spare > r.Free() {
			return admitted, head.Cached > 0
		}
		r.Admit(n)
		budget -= n
		admitted = true
	}
	return admitted, false
}
