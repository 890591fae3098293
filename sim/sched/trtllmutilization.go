package sched

// Under MAX_UTILIZATION (cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp, MaxUtilizationScheduler) a
// request is admitted when the blocks of its prompt are free, and takes further ones as it needs them. Where
// they run out the last that has started is paused: it gives up its blocks, and is computed again as the
// first that waits. In such a step none is admitted.
//
// Under pipeline parallelism TensorRT-LLM looks two steps ahead, of which this is the first.

// pause makes room for the step's tokens. It tells whether anybody was paused. What a request holds that has
// ended is free when that is seen.
func (p *trtllm) pause(r Rank) (paused bool) {
	if r.DecodeBlocks() <= r.Free() {
		return false
	}
	list := p.started(r)
	for i := len(list) - 1; r.DecodeBlocks() > r.Free(); i-- {
		r.Preempt(list[i].Seq, Head)
	}
	return true
}

// room is how many blocks there are for waiting requests: what nobody is guaranteed, or what the step leaves.
func (p *trtllm) room(r Rank) int {
	if p.MaxUtilization {
		return r.Free()
	}
	return r.Blocks() - r.Reserved() + r.Doubled()
}

// needs is for how many tokens a waiting request has to find blocks.
func (p *trtllm) needs(head *Request) int {
	if p.MaxUtilization {
		return head.Known
	}
	return p.Demand(head.Known, 0, head.MaxOutput)
}
