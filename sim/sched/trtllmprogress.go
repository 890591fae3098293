package sched

// share divides a budget evenly among the prompts that fit into memory, where they do not all fit into it: in
// turn each gets a block's tokens, or what is left of it, until the next ones of none fit
// (microBatchScheduler.cpp, setCtxRequestsChunkSize of kEQUAL_PROGRESS). It reports false where all fit.
func (p *trtllm) share(budget, unit int) bool {
	all := 0
	p.shares = p.shares[:0]
	for _, f := range p.fitting {
		all += f.left
		p.shares = append(p.shares, 0)
	}
	if all <= budget {
		return false
	}
	for given := true; given; {
		given = false
		for i, f := range p.fitting {
			if more := min(unit, f.left-p.shares[i]); more > 0 && more <= budget {
				p.shares[i] += more
				budget -= more
				given = true
			}
		}
	}
	return true
}
