package sched

import (
	"cmp"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
)

// sglang is the scheduler of SGLang (sglang/srt/managers/scheduler.py and schedule_batch.py; what a step
// of prompts takes in is in sglangprompts.go) under first come, first served, or else as sglanglpm.go says:
// prompts first, alone in
// their step, while decodes wait; otherwise a step of all decodes. It admits by an estimate of the tokens
// that running requests will still generate, and where that was too low retracts those with the least
// output.
//
// SGLang's running batch lists the sequences that decode. Those that have ended stay on its list until it
// is filtered, before the next step that decodes: until then they take up slots, and what they declared
// counts.
//
// Of a pipeline's microbatches each may hold its share of max_running_requests (pp_max_micro_batch_size),
// and each chooses between prompts and decodes for itself. Here a round chooses for all of them.
type sglang struct {
	round
	full     bool       // batch_is_full: no admission
	listed   int        // sequences on the running batch's list when the last step had been planned
	last     kind       // of the last step
	filtered bool       // some of the last step's prompts have ended, and never get on the list
	ended    []Decoding // on the list though they have ended
	// The estimated share of the declared output that is generated is base, less decay for each decode step
	// since.
	base  float64
	steps int
	list  []Decoding // reused
	adder adder      // reused
	// Of arrange, reused: the waiting requests, their places in the end, and those that begin as none before.
	contenders    []contender
	places, first []int
}

// kind is what a step computes.
type kind uint8

const (
	nothing kind = iota
	decodes
	prompts
	mixed // prompts and decodes
)

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
	p.merge(r)
	switch {
	case p.prefill(r):
		p.last, p.listed = prompts, r.Decoding()+len(p.ended)
		if p.MixedChunk {
			p.last, p.listed = mixed, 0
		}
	case r.Decoding()+len(p.ended) > 0:
		p.decode(r)
	default:
		p.idle(r)
	}
	// a prompt in progress goes on as soon as those that have ended leave it tokens of a mixed step
	if r.Waiting() > 0 && !p.full || len(r.Partial()) > 0 {
		return 1
	}
	return Always
}

var _ Counter = (*sglang)(nil)

// Skip decodes in steps about which there is nothing to decide.
func (p *sglang) Skip(r Rank, n int) {
	p.merge(r)
	p.filter()
	p.steps += n
	p.last, p.listed = decodes, r.Decoding()
}

// merge puts the sequences whose prompts the last step computed on the running batch's list. An empty list
// is replaced by the batch of that step, and the mark of a full batch is lost with it.
func (p *sglang) merge(r Rank) {
	if p.last < prompts {
		return
	}
	if p.filtered || len(r.Partial()) > 0 { // the last step's batch is smaller for the look that follows
		p.full = false
	}
	if p.listed == 0 && r.Decoding() > 0 {
		p.full = false
	}
	p.filtered = false
}

var _ Watcher = (*sglang)(nil)

// Left takes note of a sequence whose end is seen. The batch of a step that computed prompts is filtered
// before the next look for prompts, the running batch only after it.
func (p *sglang) Left(d Decoding, late bool) {
	if p.last == mixed || p.last == prompts && !late {
		p.filtered = true
		return
	}
	p.ended = append(p.ended, d)
}

// filter takes those that have ended off the list.
func (p *sglang) filter() {
	if len(p.ended) > 0 {
		p.full = false
	}
	p.ended = p.ended[:0]
}

// decode forms a step of decodes, for which some are retracted where the pool is short.
func (p *sglang) decode(r Rank) {
	p.filter()
	if r.Decoding() == 0 {
		p.full = false
		p.idle(r)
		return
	}
	if r.DecodeBlocks() <= r.Free() {
		p.steps++
	} else if p.retract(r); r.Decoding() == 0 { // others than those that run have the blocks
		p.idle(r)
		return
	}
	r.Decode()
	p.last, p.listed = decodes, r.Decoding()
}

// idle takes note that there is nothing to run. The estimate starts anew once the scheduler's loop has found
// nothing to do: under the overlap schedule it looks twice. A prefill server never comes to filter its batch,
// and forgets that it is full in every turn of its loop (disaggregation/prefill.py).
func (p *sglang) idle(r Rank) {
	p.full = false
	if !r.Late() || p.last == nothing || r.Waiting() == 0 {
		p.base, p.steps = p.initial(), 0
	}
	p.last, p.listed = nothing, 0
}

// retract drops sequences until the others have room for their next step, of old for some steps, and corrects
// the estimate by what they have generated. One is kept in any case.
func (p *sglang) retract(r Rank) {
	short := func() bool {
		if p.Rules.RetractToNextStep {
			return r.DecodeBlocks() > r.Free()
		}
		room := units.CeilDiv(r.Growth(retractSteps*r.Decoding()), r.BlockTokens())
		return r.Free() < max(r.DecodeBlocks(), room)
	}
	for first := true; r.Decoding() > 1 && (first || short()); first = false {
		p.drop(r)
	}
	for r.DecodeBlocks() > r.Free() { // beside a prompt in progress; SGLang would end the last one with an error
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

// drop sends the sequence with the least output, of those the one with the longest prompt and of those the
// last, back to the end of the queue.
func (p *sglang) drop(r Rank) {
	list := p.decoding(r)
	slices.Reverse(list)
	least := slices.MinFunc(list, func(a, b Decoding) int {
		return cmp.Or(a.Generated-b.Generated, b.Input-a.Input)
	})
	r.Preempt(least.Seq, Tail)
	r.Vacate(units.CeilDiv(r.Growth(retractSteps*r.Decoding()), r.BlockTokens()))
}

// headroom is what SGLang keeps of its pool beside the tokens of its longest request: max_req_len is one less
// than the pool, and prompt and output together are one less than that (init_req_max_new_tokens).
const headroom = 2

// Headroom is the most tokens by which a policy's Demand exceeds a request's prompt and declared output.
const Headroom = headroom

// Demand is what a request may hold, and what SGLang keeps beside.
func (p *sglang) Demand(input, output, _ int) int { return input + output + headroom + p.Ahead }

var _ Clipper = (*sglang)(nil)

// Clips tells that a longer declared output is cut when a request comes (init_req_max_new_tokens).
func (p *sglang) Clips() {}

// Seats is max_running_requests: the budget is that of prompts alone.
func (p *sglang) Seats() int { return p.MaxNumSeqs }

// Overruns tells that a batch is filtered only when the results of its last step are known.
func (p *sglang) Overruns(_, _ int) bool { return true }

// Caching is that of its radix tree (radix_cache.py): prompts enter it when their results are processed
// (cache_unfinished_req), the pieces of one under way before the next batch is formed
// (stash_chunked_request), and what a retracted request has generated does not (release_req).
func (p *sglang) Caching() Caching {
	return Caching{AfterPass: true, Pieces: true, Merged: true, Forgets: true}
}

// without is no limit.
const without = math.MaxInt
