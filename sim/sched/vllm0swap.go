package sched

// With preemption_mode = swap (vllm/core/scheduler.py of 2023, Scheduler._schedule) the sequences that are
// driven out keep what they have computed, in the host's memory. While any of them is there no request is
// admitted, and they come back, the first first, in a step in which nobody goes. vLLM would never bring back
// one that needs the last blocks beside the watermark; here it comes when nothing else runs.

// planSwapping is Plan where sequences are swapped.
func (p *vllm0) planSwapping(r Rank) int {
	if r.Swapped() == 0 {
		if admitted, _ := p.admit(r); admitted {
			return Always
		}
	}
	gone, back := false, false
	for r.DecodeBlocks() > r.Free() {
		r.Swap(r.Last())
		gone = true
	}
	for !gone && r.Swapped() > 0 && p.comesBack(r) {
		r.SwapIn()
		back = true
	}
	r.Decode()
	if gone || back {
		return 1
	}
	return Always
}

// comesBack tells whether the first of those at the host may decode on.
func (p *vllm0) comesBack(r Rank) bool {
	if r.Running() == 0 {
		return true
	}
	spare := int(p.Watermark * float64(r.Blocks()))
	return r.Running() < p.MaxNumSeqs && r.SwapBlocks()+r.DecodeBlocks()+spare <= r.Free()
}
