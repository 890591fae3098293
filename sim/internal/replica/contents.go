package replica

import (
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/workloads"
)

// contents keeps the content ids of requests' prompts from their arrival until they are answered. Rows are
// reused.
type contents struct {
	rows   [][]uint64
	vacant []int32
}

// NoContent marks a request without content ids.
const NoContent int32 = -1

// Keep copies ids and returns where.
func (c *contents) Keep(ids []uint64) int32 {
	if len(ids) == 0 {
		return NoContent
	}
	if n := len(c.vacant); n > 0 {
		row := c.vacant[n-1]
		c.vacant = c.vacant[:n-1]
		c.rows[row] = append(c.rows[row][:0], ids...)
		return row
	}
	c.rows = append(c.rows, append([]uint64(nil), ids...))
	return int32(len(c.rows) - 1)
}

func (c *contents) drop(row int32) {
	if row != NoContent {
		c.vacant = append(c.vacant, row)
	}
}

// Keyring names the cache blocks of prompts by their content.
type Keyring struct {
	contents
	block int // tokens of a cache block
	chunk int // tokens that one content id covers; 0 where the workload has none
}

// NewKeyring is a run's keyring; nil without prefix caching.
func NewKeyring(c *contract.Config) *Keyring {
	if !c.Caches() {
		return nil
	}
	k := &Keyring{block: c.Layout.BlockTokens}
	if p, ok := c.Workload.(workloads.Prefixed); ok {
		k.chunk = p.BlockTokens()
	}
	return k
}

// key names one of a request's named blocks of context.
func (k *Keyring) key(q *Request, block int) uint64 {
	last := ((block+1)*k.block - 1) / k.chunk
	return mix(k.rows[q.Content][last], uint64(block))
}

// named is the number of full blocks of a request's prompt whose content is known.
func (k *Keyring) named(q *Request) int {
	if q.Content == NoContent || k.chunk == 0 {
		return 0
	}
	return min(int(q.Input), len(k.rows[q.Content])*k.chunk) / k.block
}

// mix is a hash of two numbers.
func mix(a, b uint64) uint64 { return hash.Scramble(a + (b+1)*hash.Golden) }
