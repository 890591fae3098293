package sched

var _ Crowded = (*vllm)(nil)

// Room is as many as the budget has rows for.
func (p *vllm) Room() int { return p.MaxNumBatchedTokens / p.Queries }

// short is a sequence of which a step computes fewer rows than it has.
type short struct {
	seq  Seq
	rows int // 0 where there is none
}

// crowd prepares a step that has no tokens for the rows of all that decode: in order of admission they take
// theirs, the first that finds too few verifies as many of its drafts as there are, and the others sit the
// step out, holding what they hold. Where long_prefill_token_threshold cuts prompts, vLLM would let one in
// progress that came before all of them take its tokens first. It returns how many have all their rows.
func (p *vllm) crowd(r Rank) (decoding int) {
	p.running = r.AppendRunning(p.running[:0])
	budget := p.MaxNumBatchedTokens
	for _, s := range p.running {
		switch {
		case s.Standing != Decodes:
			continue
		case budget >= p.Queries:
			budget -= p.Queries
			continue
		}
		if _, ok := r.RowBlocks(s.Seq, budget); ok && budget > 0 {
			p.short, budget = short{s.Seq, budget}, 0
		}
		r.SitOut(s.Seq)
	}
	return r.Decoding()
}

// serveCrowd is serve where somebody verifies a part of its drafts, beside whom the step has no tokens left.
func (p *vllm) serveCrowd(r Rank) (budget int) {
	r.Decode()
	r.ComputeRows(p.short.seq, p.short.rows)
	return 0
}
