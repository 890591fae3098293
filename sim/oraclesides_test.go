package sim

import (
	"maps"
	"slices"
)

// What the oracle's cache keeps beside blocks of context under vLLM: a list of blocks for each group of
// windowed layers, and one for recurrent states. Every group takes one pool block for a block of context.

// piece is a block of context in a group.
type piece struct {
	index int
	*block
}

// slides tells whether windowed layers hold what a step computes of a prompt.
func slides(c *Config) bool { return c.Policy == "vllm" && len(c.Layout.Windows) > 0 }

// snapshots tells whether recurrent states are kept.
func snapshots(c *Config) bool { return c.Policy == "vllm" && c.Layout.Snapshot > 0 }

// most is the most tokens of a prompt that vLLM computes in a step.
func most(c *Config) int {
	n, threshold := c.Stages*c.Limits.MaxNumBatchedTokens, c.Stages*c.Limits.LongPrefillThreshold
	if threshold > 0 {
		return min(n, threshold)
	}
	return n
}

// peak is the most blocks that a sequence of some tokens may hold.
func peak(c *Config, tokens int) int {
	if slides(c) {
		return c.Layout.Peak(tokens, most(c))
	}
	return c.Layout.Blocks(tokens)
}

// chunked is the number of blocks that a sequence holds while n of its tokens are computed.
func chunked(c *Config, computed, n int) int {
	if slides(c) {
		return c.Layout.Chunk(computed, n)
	}
	return c.Layout.Blocks(computed + n)
}

// beside is a block's key in a group.
func (k blockKey) beside(group int) blockKey {
	k.group = group
	return k
}

// lasting cuts a beginning to what windows and states are there for, unless it ends with blocks of the job's
// own.
func (b *blockCache) lasting(j *job, list []*block) []*block {
	n := len(list)
	if n == 0 || !slides(b.c) && !snapshots(b.c) {
		return list
	}
	if snapshots(b.c) {
		n = 0
		for n < len(list) && !b.key(j, n).private {
			n++
		}
	} else if b.key(j, n-1).private {
		return list
	}
	for ; n > 0; n-- {
		there := !snapshots(b.c) || len(b.named[b.key(j, n-1).beside(len(b.c.Layout.Windows)+1)]) > 0
		for g := range b.groups() {
			for i := max(0, n-b.c.Layout.Seen(b.c.Layout.Windows[g])); i < n; i++ {
				there = there && len(b.named[b.key(j, i).beside(g+1)]) > 0
			}
		}
		if there {
			break
		}
	}
	return list[:n]
}

// groups is the number of windowed groups that slide.
func (b *blockCache) groups() int {
	if !slides(b.c) {
		return 0
	}
	return len(b.c.Layout.Windows)
}

// seen lists the blocks that a job's next token sees through a window of a beginning that ends with known
// ones.
func (b *blockCache) seen(j *job, n, g int) (list []piece) {
	if n == 0 || b.key(j, n-1).private {
		return nil
	}
	for i := max(0, n-b.c.Layout.Seen(b.c.Layout.Windows[g])); i < n; i++ {
		list = append(list, piece{i, b.named[b.key(j, i).beside(g+1)][0]})
	}
	return list
}

// claim makes a job hold what it sees of its beginning of n blocks, and asks for the state at its end.
func (b *blockCache) claim(j *job, n int) {
	j.pieces, j.plain = make([][]piece, b.groups()), make([][]*block, b.groups())
	for g := range b.groups() {
		j.pieces[g] = b.seen(j, n, g)
		for _, p := range j.pieces[g] {
			b.hold(p.block)
		}
	}
	if n > 0 && snapshots(b.c) {
		b.keep(j, n)
	}
}

// widen takes the blocks of a job's windows.
func (b *blockCache) widen(j *job) {
	l, size := &b.c.Layout, b.c.Layout.BlockTokens
	tokens := j.computed + j.chunk
	if b.guesses(j) {
		tokens = j.holds
	}
	for g := range b.groups() {
		first := l.First(l.Windows[g], j.computed)
		if j.decoding {
			first = l.First(l.Windows[g], tokens)
		}
		for len(j.pieces[g])+len(j.plain[g]) < (tokens+size-1)/size-first {
			j.plain[g] = append(j.plain[g], b.take())
		}
	}
}

// label names a job's windows' shares of a block whose content is known.
func (b *blockCache) label(j *job, i int) {
	key := b.key(j, i)
	for g := range b.groups() {
		if key.private {
			return
		}
		n := len(j.plain[g]) - 1
		x := j.plain[g][n]
		j.plain[g] = j.plain[g][:n]
		x.key = key.beside(g + 1)
		b.named[x.key] = append(b.named[x.key], x)
		j.pieces[g] = append(j.pieces[g], piece{i, x})
	}
}

// shed gives up a group's blocks of a job, those without a known content first.
func (b *blockCache) shed(j *job, g, from, to int) {
	if to <= from {
		return
	}
	known := 0
	for _, p := range j.pieces[g] {
		if p.index < to {
			known++
		}
	}
	for range to - from - known {
		b.give(j, g)
	}
	for i := known - 1; i >= 0; i-- {
		b.letGo(j.pieces[g][i].block)
	}
	j.pieces[g] = j.pieces[g][known:]
}

// give puts a block of unknown content at the end of the free ones.
func (b *blockCache) give(j *job, g int) {
	n := len(j.plain[g]) - 1
	j.plain[g][n].refs = 0
	b.free = append(b.free, j.plain[g][n])
	j.plain[g] = j.plain[g][:n]
}

// letGo frees a block unless another job holds it.
func (b *blockCache) letGo(x *block) {
	if x.refs--; x.refs == 0 {
		b.free = append(b.free, x)
	}
}

// landed sees to what a computed piece of a prompt leaves.
func (b *blockCache) landed(j *job, n int) {
	if b == nil {
		return
	}
	l := &b.c.Layout
	for g := range b.groups() {
		b.shed(j, g, l.First(l.Windows[g], j.computed-n), l.First(l.Windows[g], j.computed))
	}
	if snapshots(b.c) && j.computed%l.BlockTokens == 0 && !b.key(j, j.computed/l.BlockTokens-1).private {
		b.keep(j, j.computed/l.BlockTokens)
	}
}

// keep makes the state after n blocks the last free block to be taken, if there is one.
func (b *blockCache) keep(j *job, n int) {
	b.keepAs(b.key(j, n-1).beside(len(b.c.Layout.Windows) + 1))
}

// keepAs is keep under the state's key.
func (b *blockCache) keepAs(key blockKey) {
	if same := b.named[key]; len(same) > 0 {
		b.hold(same[0])
		b.letGo(same[0])
		return
	}
	if len(b.free) == 0 {
		return
	}
	x := b.take()
	x.key = key
	b.named[key] = append(b.named[key], x)
	b.letGo(x)
}

// refuse frees what a job's windows hold for drafts, in all of them before any other block of theirs.
func (b *blockCache) refuse(j *job) {
	if !b.guesses(j) {
		return
	}
	l, tokens := &b.c.Layout, b.tokens(j)
	for g := range b.groups() {
		held := (tokens+l.BlockTokens-1)/l.BlockTokens - l.First(l.Windows[g], tokens)
		for len(j.pieces[g])+len(j.plain[g]) > held {
			n := len(j.plain[g]) - 1
			b.drop(j.plain[g][n])
			j.plain[g] = j.plain[g][:n]
		}
	}
}

// fold frees the windows of a job that ends or is driven out. Of an answer the content is known up to some
// block; what its windows have left behind meanwhile goes first, others being taken instead.
func (b *blockCache) fold(j *job) {
	l, size := &b.c.Layout, b.c.Layout.BlockTokens
	tokens := b.tokens(j)
	whole, answered := tokens/size, b.answered(j)
	b.refuse(j)
	for g := range b.groups() {
		first := l.First(l.Windows[g], tokens)
		for len(j.pieces[g]) > 0 && j.pieces[g][0].index < first {
			b.letGo(j.pieces[g][0].block)
			j.pieces[g] = j.pieces[g][1:]
			if len(b.free) > 0 {
				j.plain[g] = append(j.plain[g], b.take())
			}
		}
		if n := len(j.plain[g]) - 1; n >= 0 && tokens%size > 0 {
			b.drop(j.plain[g][n])
			j.plain[g] = j.plain[g][:n]
		}
		for i := whole - 1; len(j.plain[g]) > 0; i-- {
			if key, ok := answered[i]; ok {
				n := len(j.plain[g]) - 1
				x := j.plain[g][n]
				x.key = key.beside(g + 1)
				b.named[x.key] = append(b.named[x.key], x)
				j.plain[g] = j.plain[g][:n]
				b.letGo(x)
				continue
			}
			b.give(j, g)
		}
		for i := len(j.pieces[g]) - 1; i >= 0; i-- {
			b.letGo(j.pieces[g][i].block)
		}
	}
	j.pieces, j.plain = nil, nil
	if n := len(answered); n > 0 && snapshots(b.c) {
		last := slices.Max(slices.Collect(maps.Keys(answered)))
		b.keepAs(answered[last].beside(len(l.Windows) + 1))
	}
}

// answered is the blocks of a job's answer whose content is known, when that is told.
func (b *blockCache) answered(j *job) map[int]blockKey {
	list := map[int]blockKey{}
	if b.chunk == 0 || !j.beyond || !j.isTold() {
		return list
	}
	size := b.c.Layout.BlockTokens
	for i := range min(j.computed, j.Input+j.Output-1, len(j.content)*b.chunk) / size {
		if b.key(j, i).private {
			list[i] = blockKey{known: true, content: j.content[((i+1)*size-1)/b.chunk], index: i}
		}
	}
	return list
}
