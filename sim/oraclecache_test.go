package sim

import (
	"slices"

	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// blockCache is the oracle's prefix cache: every block an object of its own, the free ones in a list in the
// order in which they will be taken. It expects one pool block for each block of context.
type blockCache struct {
	c     *Config
	chunk int // tokens of a content id
	free  []*block
	named map[blockKey][]*block // oldest first
}

type block struct {
	key  blockKey
	refs int
}

type blockKey struct {
	known, private bool
	content        uint64
	index          int
}

func newBlockCache(c *Config) *blockCache {
	if !c.Caches() {
		return nil
	}
	b := &blockCache{c: c, named: map[blockKey][]*block{}}
	if p, ok := c.Workload.(workloads.Prefixed); ok {
		b.chunk = p.BlockTokens()
	}
	for range c.Blocks {
		b.free = append(b.free, &block{})
	}
	return b
}

// key names a job's block; generated tokens, and prompts without content ids, are the job's own.
func (b *blockCache) key(j *job, i int) blockKey {
	end := (i + 1) * b.c.Layout.BlockTokens
	if b.chunk > 0 && end <= min(j.Input, len(j.content)*b.chunk) {
		return blockKey{true, false, j.content[(end-1)/b.chunk], i}
	}
	return blockKey{true, true, uint64(j.Index), i}
}

func (b *blockCache) find(j *job) (list []*block) {
	for i := range (j.known() - 1) / b.c.Layout.BlockTokens {
		same := b.named[b.key(j, i)]
		if len(same) == 0 {
			break
		}
		list = append(list, same[0])
	}
	return list
}

func (b *blockCache) admit(j *job, a *replica.Account) {
	if b == nil {
		return
	}
	found := b.find(j)
	for _, x := range found {
		if x.refs++; x.refs == 1 {
			b.free = slices.DeleteFunc(b.free, func(y *block) bool { return y == x })
		}
	}
	j.blocks = found
	j.computed = len(found) * b.c.Layout.BlockTokens
	if j.Preemptions == 0 {
		j.Cached = j.computed
		a.Prefix.Tokens += int64(j.Input)
		a.Prefix.HitTokens += int64(j.Cached)
		a.Prefix.Blocks += int64(j.Input / b.c.Layout.BlockTokens)
		a.Prefix.HitBlocks += int64(len(found))
	}
}

// grow takes the blocks that a job's tokens need and names those of its prompt that are full.
func (b *blockCache) grow(j *job) {
	if b == nil {
		return
	}
	tokens := j.computed + j.chunk
	size, held := b.c.Layout.BlockTokens, tokens
	if b.c.Policy == "trtllm" && !j.decoding { // which takes a whole prompt's blocks at once
		held = j.known()
	}
	for len(j.blocks)*size < held {
		j.blocks = append(j.blocks, b.take())
	}
	for len(j.blocks)+len(j.others) < b.c.Layout.Blocks(held) {
		j.others = append(j.others, b.take())
	}
	for i := range tokens / size {
		b.name(j, i)
	}
}

func (b *blockCache) name(j *job, i int) {
	if x, key := j.blocks[i], b.key(j, i); !x.key.known {
		x.key = key
		b.named[key] = append(b.named[key], x)
	}
}

func (b *blockCache) take() *block {
	x := b.free[0]
	b.free = b.free[1:]
	if x.key.known {
		b.named[x.key] = slices.DeleteFunc(b.named[x.key], func(y *block) bool { return x == y })
	}
	*x = block{refs: 1}
	return x
}

// complete makes known the content of the answer of a job that has it, as far as it has content ids.
func (b *blockCache) complete(j *job) {
	if b.chunk == 0 || !j.beyond || j.generated < j.Output {
		return
	}
	for i, x := range j.blocks {
		end := (i + 1) * b.c.Layout.BlockTokens
		if end > min(j.computed, j.Input+j.Output-1, len(j.content)*b.chunk) || !x.key.private {
			continue
		}
		b.named[x.key] = slices.DeleteFunc(b.named[x.key], func(y *block) bool { return x == y })
		x.key = blockKey{true, false, j.content[(end-1)/b.chunk], i}
		b.named[x.key] = append(b.named[x.key], x)
	}
}

// release frees a job's blocks, its last one first; those without a name will be taken before all others.
func (b *blockCache) release(j *job) {
	if b == nil {
		return
	}
	b.complete(j)
	slices.Reverse(j.blocks)
	for _, x := range slices.Concat(j.others, j.blocks) {
		if x.refs--; x.refs > 0 {
			continue
		}
		if x.key.known {
			b.free = append(b.free, x)
		} else {
			b.free = slices.Insert(b.free, 0, x)
		}
	}
	j.blocks, j.others = nil, nil
}
