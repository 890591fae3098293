package workloads

import (
	"slices"

	"github.com/roofserve/roofserve/internal/hash"
)

// content gives ids to a context that grows: to each full stretch of contentTokens tokens one that is equal
// where all content up to there is.
type content struct {
	state  uint64 // a hash of all content so far
	tokens int
	ids    []uint64
}

// contentTokens is what one id covers: the blocks of vLLM's cache have as many tokens by default
// (vllm/config/cache.py).
const contentTokens = 16

// piece is a stretch of content whose tokens are known by a number of their own and their place in it.
type piece struct {
	id     uint64
	tokens int
}

// add appends the first tokens of a piece. What was before it and its own number are mixed once for all of
// its stretches.
func (c *content) add(p piece) {
	if p.tokens == 0 {
		return
	}
	start, known := mix(c.state, p.id), len(c.ids)
	full := (c.tokens%contentTokens + p.tokens) / contentTokens // stretches, from here on
	c.ids = slices.Grow(c.ids, full)[:known+full]
	at := uint64(contentTokens - c.tokens%contentTokens)
	for i := range c.ids[known:] {
		c.ids[known+i] = start + at*hash.Golden
		at += contentTokens
	}
	c.state = mix(start, uint64(p.tokens))
	c.tokens += p.tokens
}

// put appends some tokens, of a piece of their own, that do not reach beyond the stretch.
func (c *content) put(id uint64, tokens int) {
	c.state = mix(mix(c.state, id), uint64(tokens))
	if c.tokens += tokens; c.tokens%contentTokens == 0 {
		c.ids = append(c.ids, c.state)
	}
}

// reset begins a new context.
func (c *content) reset() { c.state, c.tokens, c.ids = 0, 0, c.ids[:0] }
