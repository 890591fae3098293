package replica

import (
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/workloads"
)

// Contents keeps the content ids of requests' prompts from their arrival until they are answered. Rows are
// reused.
type Contents struct {
	rows   []row
	vacant []int32
	chunk  int // tokens that one content id covers; 0 where the workload has none
}

// row is what is known of a request's context.
type row struct {
	ids    []uint64
	tokens int // from the first on, whose content is known
}

// NoContent marks a request without content ids.
const NoContent int32 = -1

// NewContents keeps the content ids of a workload.
func NewContents(w workloads.Source) *Contents {
	c := &Contents{}
	if p, ok := w.(workloads.Prefixed); ok {
		c.chunk = p.BlockTokens()
	}
	return c
}

// Remember keeps what is known of a request's prompt, and of its answer where its ids go on, and returns
// where.
func (c *Contents) Remember(r *workloads.Request) int32 {
	tokens := r.Input
	if r.Beyond {
		tokens += r.Output - 1 // the last token of an answer is not computed
	}
	return c.keep(r.Blocks, min(tokens, len(r.Blocks)*c.chunk))
}

// keep copies ids that tell the content of so many tokens, and returns where.
func (c *Contents) keep(ids []uint64, tokens int) int32 {
	if len(ids) == 0 {
		return NoContent
	}
	if n := len(c.vacant); n > 0 {
		at := c.vacant[n-1]
		c.vacant = c.vacant[:n-1]
		r := &c.rows[at]
		r.ids, r.tokens = append(r.ids[:0], ids...), tokens
		return at
	}
	c.rows = append(c.rows, row{append([]uint64(nil), ids...), tokens})
	return int32(len(c.rows) - 1)
}

// Copy keeps the same once more, and returns where.
func (c *Contents) Copy(row int32) int32 {
	return c.keep(c.rows[row].ids, c.rows[row].tokens)
}

// Drop forgets a row, unless it is none.
func (c *Contents) Drop(row int32) {
	if row != NoContent {
		c.vacant = append(c.vacant, row)
	}
}

// Keyring names the cache blocks of prompts by their content.
type Keyring struct {
	*Contents
	block int // tokens of a cache block
}

// newKeyring is a pool's keyring; nil without prefix caching.
func newKeyring(c *contract.Config, known *Contents) *Keyring {
	if !c.Caches() {
		return nil
	}
	return &Keyring{Contents: known, block: c.Layout.BlockTokens}
}

// key names one of a request's named blocks of context.
func (k *Keyring) key(q *Request, block int) uint64 {
	last := ((block+1)*k.block - 1) / k.chunk
	return mix(k.rows[q.Content].ids[last], uint64(block))
}

// named is the number of full blocks of a request's prompt whose content is known.
func (k *Keyring) named(q *Request) int { return k.known(q, int(q.Input)) }

// known is the number of full blocks of the first tokens of a request's context whose content is known.
func (k *Keyring) known(q *Request, tokens int) int {
	if q.Content == NoContent || k.chunk == 0 {
		return 0
	}
	return min(tokens, k.rows[q.Content].tokens) / k.block
}

// mix is a hash of two numbers.
func mix(a, b uint64) uint64 { return hash.Scramble(a + (b+1)*hash.Golden) }
