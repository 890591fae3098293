package sched

var _ Crowded = (*vllm)(nil)

// Room is as many as the budget has rows for.
func (p *vllm) Room() int { return p.MaxNumBatchedTokens / p.Queries }

// crowd prepares a step that has no tokens for the rows of all that decode: in order of admission they take
// theirs, and who finds too few left sits the step out, holding what it holds. vLLM would let the first of
// these verify a part of its drafts, and where long_prefill_token_threshold cuts prompts, one in progress
// that came before all of them would take its tokens first. It returns how many decode.
func (p *vllm) crowd(r Rank) (decoding int) {
	p.running = r.AppendRunning(p.running[:0])
	room := p.Room()
	for _, s := range p.running {
		if s.Standing != Decodes {
			continue
		}
		if room--; room < 0 {
			r.SitOut(s.Seq)
		}
	}
	return r.Decoding()
}
