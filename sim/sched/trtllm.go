package sched

// trtllm is TensorRT-LLM's in-flight batching under its default capacity scheduler, GUARANTEED_NO_EVICT
// (cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp, microBatchScheduler.cpp): a request is admitted when
// the blocks of its prompt and its longest output are free for as long as it runs, so that nothing is ever
// preempted. Generating requests come first in a step, prompts share what is left of the token budget. Chunks
// are not rounded to whole blocks here.
//
// max_batch_size bounds each microbatch of a pipeline: the executor has slots for as many sequences in each
// stage (tensorrt_llm/_torch/pyexecutor: max_num_sequences).
type trtllm struct{ round }

func newTRTLLM(l Limits, stages int) Policy {
	p := &trtllm{newRound(l, stages)}
	p.MaxNumSeqs *= stages
	return p
}

// Plan serves the running sequences and admits waiting ones, first come, first served. Limits hold until a
// sequence finishes.
func (p *trtllm) Plan(r Rank) int {
	budget := p.serve(r, r.Decoding(), r.Partial())
	for r.Waiting() > 0 && budget > 0 && r.Running() < p.MaxNumSeqs {
		head := r.Head()
		if n := head.Known - head.Cached; n > budget && !p.ChunkedPrefill {
			break
		}
		longest := r.Footprint(p.Demand(head.Known, 0, head.MaxOutput))
		if r.Reserved()+longest > r.Blocks() {
			break
		}
		n := p.chunk(head.Known-head.Cached, budget)
		r.Admit(n)
		budget -= n
	}
	return Always
}

// Reserves tells that what runs is guaranteed its longest.
func (p *trtllm) Reserves() bool { return true }

// Demand is what a request may hold if it generates all that it declares.
func (p *trtllm) Demand(input, _, maxOutput int) int { return input + maxOutput - 1 }
