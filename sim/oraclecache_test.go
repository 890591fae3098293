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
	over  map[uint64]bool       // jobs that have ended, which ask for nothing any more
}

type block struct {
	key  blockKey
	ids  []uint64 // of the context that it was named for, if that has any
	refs int
}

type blockKey struct {
	known, private bool
	content        uint64
	index          int
	group          int // of windows or states; 0 of blocks of context
	part           int // tokens that are known, of a block that is not known whole
}

func newBlockCache(c *Config) *blockCache {
	if !c.Caches() {
		return nil
	}
	b := &blockCache{c: c, named: map[blockKey][]*block{}, over: map[uint64]bool{}}
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
		return blockKey{known: true, content: j.content[(end-1)/b.chunk], index: i}
	}
	return blockKey{known: true, private: true, content: j.own(), index: i}
}

// own is a number for a job, another where its request is sent anew.
func (j *job) own() uint64 { return uint64(j.Index)<<8 + uint64(j.try) }

func (b *blockCache) find(j *job) (list []*block) {
	for i := range (j.known() - 1) / b.c.Layout.BlockTokens {
		same := b.named[b.key(j, i)]
		if len(same) == 0 {
			break
		}
		list = append(list, same[0])
	}
	return b.lasting(j, list)
}

// cached is how many of a job's tokens are found.
func (b *blockCache) cached(j *job) int {
	found := b.find(j)
	return len(found)*b.c.Layout.BlockTokens + b.part(j, found)
}

func (b *blockCache) hold(x *block) {
	if x.refs++; x.refs == 1 {
		b.free = slices.DeleteFunc(b.free, func(y *block) bool { return y == x })
	}
}

func (b *blockCache) admit(j *job, a *replica.Account) {
	if b == nil {
		return
	}
	found, computed := b.find(j), b.cached(j)
	for _, x := range found {
		b.hold(x)
	}
	b.claim(j, len(found))
	j.blocks, j.computed, j.filed = found, computed, computed
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
	tokens := b.tokens(j)
	size, held := b.c.Layout.BlockTokens, tokens
	if b.guesses(j) {
		held = j.holds
	}
	if takesWhole(b.c.Policy) && !j.decoding {
		held = j.known()
	}
	for len(j.blocks)*size < held {
		j.blocks = append(j.blocks, b.take())
	}
	b.widen(j)
	layout := b.c.Layout
	if slides(b.c) {
		layout.Windows = nil
	}
	for len(j.blocks)+len(j.others) < layout.Blocks(held) {
		j.others = append(j.others, b.take())
	}
	if b.c.Policy == "sglang" || b.c.Policy == "trtllm" {
		return // which know blocks later
	}
	if b.guesses(j) { // the last token of a prompt that others have computed is no guess
		tokens = max(tokens, min(tokens+1, j.Input))
	}
	b.known(j, tokens/size)
}

// known names the first blocks of a job.
func (b *blockCache) known(j *job, blocks int) {
	for i := range blocks {
		if !j.blocks[i].key.known {
			b.label(j, i)
		}
		b.name(j, i)
	}
}

// accepted names what a step that verified drafts has filled.
func (b *blockCache) accepted(j *job) {
	if b != nil && b.c.Policy != "sglang" && b.c.Policy != "trtllm" {
		b.known(j, j.computed/b.c.Layout.BlockTokens)
	}
}

// guesses tells whether a job's steps verify drafts, of which those that are not accepted leave nothing.
func (b *blockCache) guesses(j *job) bool { return b.c.Verify != nil && j.decoding }

// tokens is those of a job that the cache has when the step under way is over.
func (b *blockCache) tokens(j *job) int {
	if b.guesses(j) {
		return j.computed
	}
	return j.computed + j.chunk
}

// passed lets a pass that computed a piece of a job's prompt be known, if it is the last one, or of any under
// SGLang. Where steps are planned ahead, the last piece is known after the next plan.
func (b *blockCache) passed(j *job, late bool) {
	switch last := j.computed == j.known(); {
	case b == nil || b.c.Policy != "sglang" && b.c.Policy != "trtllm":
	case last && late:
		j.unfiled = true
	case last || b.c.Policy == "sglang":
		b.file(j)
	}
}

// file names the full blocks of a prompt that is computed so far: TensorRT-LLM leaves out its last token, and
// SGLang gives a block back that it has already.
func (b *blockCache) file(j *job) {
	j.filed, j.unfiled = j.computed, false
	tokens := j.computed
	if b.c.Policy == "trtllm" {
		tokens--
	}
	for i := range tokens / b.c.Layout.BlockTokens {
		key := b.key(j, i)
		if x := j.blocks[i]; !x.key.known && b.c.Policy == "sglang" && len(b.named[key]) > 0 {
			b.drop(x)
			j.blocks[i] = b.named[key][0]
			b.hold(j.blocks[i])
			continue
		}
		b.name(j, i)
	}
}

// forget takes a block's name.
func (b *blockCache) forget(x *block) {
	b.named[x.key] = slices.DeleteFunc(b.named[x.key], func(y *block) bool { return x == y })
	x.key = blockKey{}
}

// drop frees a block without a name, which will be taken before all others.
func (b *blockCache) drop(x *block) {
	if x.refs--; x.refs == 0 {
		*x = block{}
		b.free = slices.Insert(b.free, 0, x)
	}
}

// vacate takes the names of the first blocks that anybody may ask for, and of those after them, where fewer
// are before those.
func (b *blockCache) vacate(n int) {
	if b == nil {
		return
	}
	blank := slices.IndexFunc(b.free, func(x *block) bool {
		return x.key.known && !(x.key.private && b.over[x.key.content])
	})
	if blank < 0 || blank >= n {
		return
	}
	for _, x := range b.free[blank:min(blank+n, len(b.free))] {
		if x.key.known {
			b.named[x.key] = slices.DeleteFunc(b.named[x.key], func(y *block) bool { return x == y })
			x.key = blockKey{}
		}
	}
}

func (b *blockCache) name(j *job, i int) {
	if x, key := j.blocks[i], b.key(j, i); !x.key.known {
		x.key = key
		x.ids = j.content
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

// complete makes known the content of the answer of a job that has it, or of what its client waited for, as
// far as it has content ids.
func (b *blockCache) complete(j *job) {
	if b.chunk == 0 || !j.beyond || !j.isTold() {
		return
	}
	for i, x := range j.blocks {
		end := (i + 1) * b.c.Layout.BlockTokens
		if end > min(j.computed, j.Input+j.Output-1, len(j.content)*b.chunk) || !x.key.private {
			continue
		}
		b.named[x.key] = slices.DeleteFunc(b.named[x.key], func(y *block) bool { return x == y })
		x.key, x.ids = blockKey{known: true, content: j.content[(end-1)/b.chunk], index: i}, j.content
		b.named[x.key] = append(b.named[x.key], x)
	}
}

// store names what is full and has no name yet of a job that has ended or is paused. SGLang gives back what
// it has already, which counts as asked for: it is freed in its place.
func (b *blockCache) store(j *job) {
	size := b.c.Layout.BlockTokens
	for i := range b.tokens(j) / size {
		key, end := b.key(j, i), (i+1)*size
		beyond := b.chunk > 0 && j.beyond && j.isTold()
		if beyond && end <= min(j.Input+j.Output-1, len(j.content)*b.chunk) {
			key = blockKey{known: true, content: j.content[(end-1)/b.chunk], index: i}
		}
		x := j.blocks[i]
		if x.key.known {
			continue
		}
		if b.c.Policy == "sglang" && len(b.named[key]) > 0 {
			b.drop(x)
			j.blocks[i] = b.named[key][0]
			b.hold(j.blocks[i])
			continue
		}
		x.key, x.ids = key, j.content
		b.named[key] = append(b.named[key], x)
	}
	b.storePart(j)
}

// release frees a job's blocks, its last one first; those without a name will be taken before all others.
func (b *blockCache) release(j *job) {
	if b == nil {
		return
	}
	b.complete(j)
	if j.isOver() {
		b.over[j.own()] = true
	}
	if b.c.Policy == "sglang" && j.isOver() || b.c.Policy == "trtllm" {
		b.store(j)
	}
	slices.Reverse(j.blocks)
	var known []*block // of context: windows may take those that are dropped, and name them
	for _, x := range slices.Concat(j.others, j.blocks) {
		if x.key.known {
			known = append(known, x)
		} else {
			b.drop(x)
		}
	}
	b.fold(j)
	for _, x := range known {
		b.letGo(x)
		if x.key.private && snapshots(b.c) { // the state that its end needs is not kept
			b.named[x.key] = slices.DeleteFunc(b.named[x.key], func(y *block) bool { return x == y })
			x.key = blockKey{}
		}
	}
	j.blocks, j.others = nil, nil
}
