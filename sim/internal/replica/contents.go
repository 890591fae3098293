package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/workloads"
)

// Contents keeps what is known of requests' prompts from their arrival until they are answered: on which
// strands they lie. Rows are reused.
type Contents struct {
	strands *kv.Strands
	rows    []row
	vacant  []int32
	chunk   int // tokens that one content id covers; 0 where the workload has none
	block   int // tokens of the smallest cache blocks
}

// row is what is known of a request's context.
type row struct {
	path   []kv.Turn
	tokens int // from the first on, whose content is known
}

// NoContent marks a request without content ids.
const NoContent int32 = -1

// NewContents keeps the content ids of a workload, for caches whose blocks have at least so many tokens, or
// of which parts may be found.
func NewContents(w workloads.Source, block int) *Contents {
	c := &Contents{strands: kv.NewStrands(), block: block}
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
	if len(r.Blocks) == 0 {
		return NoContent
	}
	at := c.vacate()
	x := &c.rows[at]
	x.tokens = min(tokens, len(r.Blocks)*c.chunk)
	if full := x.tokens - x.tokens%c.block; full > 0 { // of what fills no block nobody asks
		x.path = c.strands.Follow(x.path[:0], r.Blocks[:units.CeilDiv(full, c.chunk)])
	}
	return at
}

// vacate makes room for a row.
func (c *Contents) vacate() int32 {
	if n := len(c.vacant); n > 0 {
		at := c.vacant[n-1]
		c.vacant = c.vacant[:n-1]
		return at
	}
	c.rows = append(c.rows, row{})
	return int32(len(c.rows) - 1)
}

// Copy keeps the same once more, and returns where.
func (c *Contents) Copy(other int32) int32 {
	at := c.vacate()
	x, y := &c.rows[at], &c.rows[other]
	x.path, x.tokens = append(x.path[:0], y.path...), y.tokens
	if n := len(x.path); n > 0 {
		c.strands.Hold(x.path[n-1].Strand)
	}
	return at
}

// Drop forgets a row, unless it is none.
func (c *Contents) Drop(row int32) {
	if row == NoContent {
		return
	}
	x := &c.rows[row]
	if n := len(x.path); n > 0 {
		c.strands.LetGo(x.path[n-1].Strand)
	}
	x.path = x.path[:0]
	c.vacant = append(c.vacant, row)
}

// Keyring knows on which strands the cache blocks of requests lie.
type Keyring struct {
	*Contents
	block int       // tokens of a cache block
	list  []Portion // reused
}

// Portion is blocks of a context that lie on one strand.
type Portion struct {
	Strand   kv.Strand
	From, To int
}

// newKeyring is a pool's keyring; nil without prefix caching.
func newKeyring(c *contract.Config, known *Contents) *Keyring {
	if !c.Caches() {
		return nil
	}
	return &Keyring{Contents: known, block: c.Layout.BlockTokens}
}

// portions lists the strands on which a request's blocks lie, from one up to another, which are known. It
// is valid until the next call.
func (k *Keyring) portions(q *Request, from, to int) []Portion {
	k.list = k.list[:0]
	if from >= to {
		return nil
	}
	path := k.rows[q.Content].path
	for i, t := range path {
		// A block is of the strand that its last token is on.
		p := Portion{t.Strand, max(from, k.first(t)), to}
		if i+1 < len(path) {
			p.To = min(to, k.first(path[i+1]))
		}
		if p.From < p.To {
			k.list = append(k.list, p)
		}
	}
	return k.list
}

// first is the first block of a strand.
func (k *Keyring) first(t kv.Turn) int { return int(t.After) * k.chunk / k.block }

// strand is the one that a request's block is on, which is known.
func (k *Keyring) strand(q *Request, block int) kv.Strand {
	path := k.rows[q.Content].path
	i := len(path) - 1
	for k.first(path[i]) > block {
		i--
	}
	return path[i].Strand
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

// common is the number of tokens, in whole blocks, with which two prompts begin alike.
func (k *Keyring) common(a, b *Request) int {
	blocks := min(k.named(a), k.named(b))
	if blocks == 0 {
		return 0
	}
	p, q := k.rows[a.Content].path, k.rows[b.Content].path
	for i := 0; i < len(p) || i < len(q); i++ {
		if i < len(p) && i < len(q) && p[i] == q[i] {
			continue
		}
		if i < len(p) { // where it leaves what may go on as the other does
			blocks = min(blocks, k.first(p[i]))
		}
		if i < len(q) {
			blocks = min(blocks, k.first(q[i]))
		}
		break
	}
	return blocks * k.block
}
