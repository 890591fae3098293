package sched

// sarathi is the scheduler of Sarathi-Serve (A. Agrawal et al., OSDI 2024; sarathi/core/scheduler in
// microsoft/sarathi-serve, sarathi_scheduler.py): a step has every sequence that decodes, then the prompts in
// progress, then new ones, up to max_num_batched_tokens (its chunk_size) in all. A request is admitted when
// its whole prompt fits beside a share of the blocks that stays free, and gets the prompt's blocks at once.
// Where blocks run out the latest gives way, and is computed again.
//
// Two things are simpler here. The share stays free only while something runs, or a prompt that just fits
// would wait for ever. And before a sequence decodes Sarathi-Serve asks for a free block even if its last one
// has room.
type sarathi struct{ round }

// sarathiWatermark is its block manager's (base_block_space_manager.py).
const sarathiWatermark = 0.01

func newSarathi(l Limits, stages int) Policy {
	l.LongPrefillThreshold = 0 // not a setting of Sarathi-Serve's
	return &sarathi{newRound(l, stages)}
}

// Plan serves the running sequences and admits waiting ones into what is left of the chunk, also where some
// have given way. What keeps the head waiting does so until a sequence finishes.
func (p *sarathi) Plan(r Rank) int {
	for r.DecodeBlocks() > r.Free() {
		r.Preempt(r.Last(), Head)
	}
	budget := p.serve(r, r.Decoding(), r.Partial())
	for r.Waiting() > 0 && budget > 0 && r.Running() < p.MaxNumSeqs {
		head := r.Head()
		n := p.chunk(head.Known-head.Cached, budget)
		spare := 0
		if r.Running() > 0 {
			spare = int(sarathiWatermark * float64(r.Blocks()))
		}
		if r.AdmitBlocks(head.Known, n)+spare > r.Free() {
			break
		}
		r.Admit(n)
		budget -= n
	}
	return Always
}

// Whole tells that a prompt has all its blocks from its first piece on.
func (p *sarathi) Whole() bool { return true }

// Demand is what a request holds when its last token is computed.
func (p *sarathi) Demand(input, output, _ int) int { return input + output - 1 }
