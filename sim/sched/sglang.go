package sched

import (
	"cmp"
	"math"
	"slices"
)

// sglang is the scheduler of SGLang (sglang/srt/managers/scheduler.py and schedule_policy.py, 2025 releases)
// under first come, first served: prompts first, alone in their step, while decodes wait; otherwise a step of
// all decodes. It admits by an estimate of the tokens that running requests will still generate, and where
// that was too low retracts those with the least output.
//
// Of a pipeline's microbatches each may hold its share of max_running_requests (pp_max_micro_batch_size), and
// each chooses between prompts and decodes for itself. Here a round chooses for all of them.
type sglang struct {
	round
	full    bool // no admission until a sequence has left
	running int  // after the last plan
	prompts bool // whether that computed prompts
	// The estimated share of the declared output that is generated is base, less decay for each decode step
	// since.
	base  float64
	steps int
	list  []Decoding // reused
}

// SGLang's constants, from global_config.py and schedule_policy.py.
const (
	initRatio    = 0.7  // default_init_new_token_ratio
	minRatio     = 0.14 // default_min_new_token_ratio_factor, of the initial one
	decaySteps   = 600  // default_new_token_ratio_decay_steps
	retractSteps = 20   // retract_decode_steps
	clipOutput   = 4096 // CLIP_MAX_NEW_TOKENS
)

func newSGLang(l Limits, stages int) Policy {
	if l.MaxPrefillTokens == 0 {
		l.MaxPrefillTokens = 16384 // --max-prefill-tokens
	}
	if l.ScheduleConservativeness == 0 {
		l.ScheduleConservativeness = 1
	}
	l.LongPrefillThreshold = 0 // not a setting of SGLang's
	p := &sglang{round: newRound(l, stages)}
	p.base = p.initial()
	return p
}

func (p *sglang) initial() float64 { return min(1, float64(initRatio*p.ScheduleConservativeness)) }

// ratio is the present estimate of the share of the declared output that is generated.
func (p *sglang) ratio() float64 {
	least := float64(p.initial() * minRatio)
	decay := (p.initial() - least) / decaySteps
	return max(least, p.base-float64(decay*float64(p.steps)))
}

// Plan forms a step of prompts if it can, else one of decodes.
func (p *sglang) Plan(r Rank) int {
	// Sequences that finished in a step of decodes are only seen to have left when the next one is made, after
	// the look for prompts: a full batch decodes once more before it admits.
	left := r.Running() < p.running
	if left && (p.prompts || r.Decoding() == 0) {
		p.full = false
	}
	p.prompts = p.prefill(r)
	switch {
	case p.prompts:
	case r.Decoding() > 0:
		if left {
			p.full = false
		}
		if r.DecodeBlocks() > r.Free() {
			p.retract(r)
		} else {
			p.steps++
		}
		r.Decode()
	default: // idle
		p.base, p.steps = p.initial(), 0
	}
	p.running = r.Running()
	if r.Waiting() > 0 && !p.full {
		return 1
	}
	return Always
}

var _ Counter = (*sglang)(nil)

// Skip lets the estimate decay.
func (p *sglang) Skip(running, n int) {
	if running < p.running {
		p.full = false
	}
	p.running, p.prompts = running, false
	p.steps += n
}

// Demand is what a request holds when its last token is computed; SGLang cuts a longer declared output.
func (p *sglang) Demand(input, output, _ int) int { return input + output - 1 }

// prefill forms a step of the prompt in progress and of waiting requests. It reports false where there are
// none to run.
func (p *sglang) prefill(r Rank) bool {
	partial := r.Partial()
	if len(partial) == 0 && (p.full || r.Waiting() == 0) {
		return false
	}
	chunk := math.MaxInt
	if p.ChunkedPrefill {
		chunk = p.MaxNumBatchedTokens
	}
	decodes := p.decodeBlocks(r)
	if p.MixedChunk {
		chunk -= r.Decoding()
	}
	left, began := p.MaxPrefillTokens, false
	if len(partial) > 0 && chunk > 0 {
		s := partial[0]
		n := min(r.Remaining(s), chunk)
		for r.ExtendBlocks(s, n)+decodes > r.Free() {
			p.drop(r) // decodes took, in mixed steps, what the prompt needs
			decodes = p.decodeBlocks(r)
		}
		r.Extend(s, n)
		chunk -= n
		left -= n
		began = true
	}
	if !p.admit(r, chunk, left, decodes, began) {
		return false
	}
	if p.MixedChunk {
		r.Decode()
	}
	return true
}

// decodeBlocks is the number of blocks that decodes take in a step that computes prompts.
func (p *sglang) decodeBlocks(r Rank) int {
	if p.MixedChunk {
		return r.DecodeBlocks()
	}
	return 0
}

// admit takes requests from the head of the queue until one does not fit, and tells whether any prompt is in
// the step. Beside a prompt in progress it looks even where the batch is full. left and chunk are what the
// two budgets have left: a prompt counts as a whole against the first. Blocks of this step's decodes are
// spoken for.
func (p *sglang) admit(r Rank, chunk, left, decodes int, began bool) (admitted bool) {
	if r.Waiting() == 0 || p.full && !began {
		return began
	}
	admitted = began
	pledged := decodes + r.GrowthBlocks(p.pledge(r))
	for left > 0 && chunk > 0 && r.Waiting() > 0 {
		head := r.Head()
		n := head.Known - head.Cached
		ahead := min(head.MaxOutput-head.Generated, clipOutput)
		estimate := r.AdmitBlocks(head.Known+ahead+1) + pledged
		alone := r.Running() == 0 && r.AdmitBlocks(head.Known) <= r.Free()
		if r.Running() == p.MaxNumSeqs || estimate >= r.Free() && !alone {
			p.full = true
			return admitted
		}
		if n >= left && admitted {
			break
		}
		n = min(n, chunk)
		r.Admit(n)
		admitted = true
		pledged += r.GrowthBlocks(ahead)
		left -= n
		chunk -= n
	}
	return admitted
}

// pledge is the number of tokens that the decoding sequences are expected to generate.
func (p *sglang) pledge(r Rank) int {
	tokens := 0
	for _, d := range p.decoding(r) {
		tokens += min(d.MaxOutput-d.Generated, clipOutput)
	}
	return int(float64(tokens) * p.ratio())
}

// retract drops sequences until the others have room for some steps, and corrects the estimate by what they
// have generated.
func (p *sglang) retract(r Rank) {
	for first := true; first || r.Decoding() > 1 &&
		r.Free() < max(r.DecodeBlocks(), r.GrowthBlocks(retractSteps*r.Decoding())); first = false {
		p.drop(r)
	}
	generated, declared := 0, 0
	for _, d := range p.decoding(r) {
		generated += d.Generated
		declared += d.MaxOutput
	}
	p.base = min(1, float64(generated+retractSteps*r.Decoding())/float64(declared+1))
	p.steps = 0
	p.full = false
}

// decoding lists the decoding sequences.
func (p *sglang) decoding(r Rank) []Decoding {
	p.list = r.AppendDecoding(p.list[:0])
	return p.list
}

// drop sends the sequence with the least output, and of those the one with the longest prompt, back to the
// end of the queue.
func (p *sglang) drop(r Rank) {
	least := slices.MinFunc(p.decoding(r), func(a, b Decoding) int {
		return cmp.Or(a.Generated-b.Generated, b.Input-a.Input)
	})
	r.Preempt(least.Seq, Tail)
}
