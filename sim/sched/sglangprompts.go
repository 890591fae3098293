package sched

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
)

// adder fills a step of prompts (schedule_policy.py, PrefillAdder). It counts memory by the token, in
// parts of which a block has as many as tokens.
type adder struct {
	p         *sglang
	r         Rank
	page      int     // tokens of a block
	available int     // parts that no running sequence holds
	promised  int     // of them, to this step, and to what its requests will generate
	inStep    int     // of them, to this step
	expected  float64 // tokens that the running sequences are expected to generate
	input     int     // tokens that max_prefill_tokens has left
	chunk     int     // tokens that chunked_prefill_size has left
	requests  int     // in the step
	decodes   int     // blocks that decodes take in this step
}

// prefill forms a step of the prompt in progress and of waiting requests. It reports false where there are
// none to run.
func (p *sglang) prefill(r Rank) bool {
	partial := r.Partial()
	if len(partial) == 0 && (p.full || r.Waiting() == 0) {
		return false
	}
	if p.LongestPrefix {
		p.arrange(r)
	}
	a := p.begin(r)
	if len(partial) > 0 && a.chunk > 0 && !a.resume(partial[0]) {
		return false
	}
	a.fill()
	if a.requests == 0 {
		return false
	}
	if p.MixedChunk {
		p.filter()
		r.Decode()
	}
	return true
}

// begin is an empty step of prompts.
func (p *sglang) begin(r Rank) *adder {
	a := &p.adder
	*a = adder{p: p, r: r, page: r.BlockTokens(), input: p.MaxPrefillTokens, chunk: without}
	a.available = r.Free() * a.page
	if p.ChunkedPrefill {
		a.chunk = p.MaxNumBatchedTokens
	}
	tokens := 0
	for _, d := range p.decoding(r) {
		tokens += min(d.MaxOutput-d.Generated, clipOutput)
	}
	for _, d := range p.ended {
		tokens += min(d.MaxOutput-d.Generated, clipOutput)
	}
	a.expected = float64(tokens) * p.ratio()
	if p.MixedChunk {
		n := r.Decoding() + len(p.ended)
		a.input -= n
		a.promised, a.inStep = r.Growth(n), r.Growth(n)
		a.decodes = r.DecodeBlocks()
		if p.ChunkedPrefill {
			a.chunk -= n
		}
	}
	return a
}

// left is how many parts may yet be promised, rounded up: they are compared with those of whole tokens.
func (a *adder) left() int { return a.available - a.promised - a.r.Growth(int(a.expected)) }

// resume computes the next piece of the prompt in progress, which is never held back. Where sequences that do
// not run have the blocks it gives way: resume reports false.
func (a *adder) resume(s Seq) bool {
	r := a.r
	most := min(a.chunk, a.whole(a.available-a.promised-r.Growth(int(math.Ceil(a.expected)))))
	if most <= 0 {
		most = a.chunk
	}
	remaining := r.Remaining(s)
	n := min(remaining, most)
	for r.ExtendBlocks(s, n)+a.decodes > r.Free() { // SGLang's allocator would fail
		if r.Decoding() == 0 {
			r.Preempt(s, Head)
			return false
		}
		a.p.drop(r)
		a.decodes = 0
		if a.p.MixedChunk {
			a.decodes = r.DecodeBlocks()
		}
	}
	output := 0
	if n == remaining {
		output = min(r.Declared(s), clipOutput)
	}
	r.Extend(s, n)
	a.charge(n, output)
	return true
}

// whole is the number of whole tokens of context that fit.
func (a *adder) whole(room int) int {
	each := a.r.Growth(1)
	if each == 0 {
		return without
	}
	return room / each
}

// charge takes a request's tokens of this step, and those that it may generate, off what is left.
func (a *adder) charge(n, output int) {
	n = units.CeilDiv(n, a.page) * a.page
	a.promised += a.r.Growth(n + output + a.overhead())
	a.inStep += a.r.Growth(n)
	a.input -= n
	if a.chunk != without {
		a.chunk -= n
	}
	a.requests++
}

// overhead is what each request counts beside its tokens.
func (a *adder) overhead() int {
	if a.p.Rules.PageOverhead {
		return a.page
	}
	return 0
}

// fill takes requests from the head of the queue until one does not fit. A batch that has no room left is
// marked as full.
func (a *adder) fill() {
	p, r := a.p, a.r
	for r.Waiting() > 0 {
		if a.requests+r.Decoding()+len(p.ended) >= p.MaxNumSeqs {
			p.full = true
			return
		}
		if p.full && p.Rules.FullAdmitsNone {
			return
		}
		switch a.add() {
		case noToken:
			p.full = true
			return
		case other:
			return
		}
	}
}

// verdict is what comes of a look at a waiting request.
type verdict uint8

const (
	added verdict = iota
	noToken
	other
)

// add admits the head of the queue if it fits. Where it takes up the last of something, none is looked at
// after it.
func (a *adder) add() verdict {
	if most := a.p.PrefillMaxRequests; most > 0 && a.requests >= most {
		return other
	}
	head := a.r.Head()
	fresh := head.Known - head.Cached
	ahead := min(max(head.MaxOutput-head.Generated, 0), clipOutput)
	need := a.r.Extent(head.Known+ahead+a.overhead()) - a.r.Growth(head.Cached)
	input := units.CeilDiv(fresh, a.page) * a.page
	locked := a.r.CachedFree() * a.page            // no longer to be had by others once it is this request's
	alone := a.requests == 0 && a.r.Running() == 0 // whose declared output SGLang has cut to the pool
	beyond := input >= a.input && a.requests > 0 && !(a.p.Rules.ChunksPassPrefillLimit && a.chunk != without)
	n := fresh
	if input > a.chunk {
		n = a.chunk / a.page * a.page
	}
	switch {
	case need >= a.left() && !alone:
		return noToken
	case beyond:
		return other
	case need+locked >= a.left() && !alone:
		return noToken
	case n <= 0:
		return other
	case a.r.AdmitBlocks(head.Cached+n, n)+a.decodes > a.r.Free():
		return noToken
	}
	output := 0
	if n == fresh {
		output = min(head.MaxOutput, clipOutput)
	}
	a.available -= locked
	a.r.Admit(n)
	a.charge(n, output)
	switch {
	case a.left() <= 0 || a.available-a.inStep <= 0:
		return noToken
	case a.input <= 0 || a.chunk <= 0:
		return other
	}
	return added
}
