package replica

import "github.com/roofserve/roofserve/sim/kv"

// Where an engine copies parts of blocks (sched.Caching.Partial), a prompt begins with the full blocks that
// the cache has of it, and then with as much of the next one as some cached block begins with: a full one of
// a context that parts from it there, or the last one of a context that ended there, which is kept as far as
// what is in it is known. Who copies a part holds a block of its own, and what was copied stays as old as it
// was. TensorRT-LLM copies from blocks that others hold or that go on, and takes over one that neither is.

// partGroup is the group of parts of blocks in the pool, after those of windows and states.
func (r *rank) partGroup() int { return 2 + len(r.shape.Layout.Windows) }

// findsParts tells whether parts of blocks are found.
func (r *rank) findsParts() bool { return r.caching.Partial && !r.sided }

// knownTokens is how many of the first tokens of a request's context have a known content.
func (k *Keyring) knownTokens(q *Request, tokens int) int {
	if q.Content == NoContent || k.chunk == 0 {
		return 0
	}
	return min(tokens, k.rows[q.Content].tokens)
}

// copied is how many tokens the cache has of the block after the first n of a waiting request, of which so
// many tokens are known.
func (r *rank) copied(w *waiter, n, known int) int {
	k := r.keys
	from := n * k.block
	limit := min(known-1, k.knownTokens(&w.Request, int(w.Input))) - from
	if limit <= 0 {
		return 0
	}
	limit = min(limit, k.block)
	l := look{rank: r, block: n, from: from}
	path := k.rows[w.Content].path
	for i := len(path) - 1; i >= 0 && l.best < limit; i-- {
		common := limit // tokens of the block up to where the request leaves the strand
		if i+1 < len(path) {
			common = min(limit, int(path[i+1].After)*k.chunk-from)
		}
		if common <= l.best {
			break
		}
		if int(path[i].After)*k.chunk < from+limit {
			l.along(path[i].Strand, common)
		}
	}
	return l.best
}

// look is a search for the block that begins as a request's next one does, for as long as possible.
type look struct {
	*rank
	block int
	from  int // tokens before it
	best  int // tokens found so far
}

// along looks at what lies on a strand that the request is on for so many tokens of the block, and on those
// that part from it within the block.
func (l *look) along(s kv.Strand, common int) {
	k := l.keys
	if found := l.pool.Find(s, l.block, 0); found.Any() {
		l.best = max(l.best, common)
	} else {
		l.best = max(l.best, min(common, l.pool.Part(s, l.block, l.partGroup())))
	}
	if k.chunk%k.block == 0 { // no content parts within a block
		return
	}
	k.strands.Partings(s, func(other kv.Strand, after int) bool {
		parts := after*k.chunk - l.from
		if alike := min(parts, common); parts < k.block && alike > l.best && l.has(other) {
			l.best = alike
		}
		return l.best < common
	})
}

// has tells whether the cache has the block, or a part, of a context that goes on along a strand that begins
// within it.
func (l *look) has(s kv.Strand) bool {
	if found := l.pool.Find(s, l.block, 0); found.Any() || l.pool.Part(s, l.block, l.partGroup()) > 0 {
		return true
	}
	any, end := false, l.from+l.keys.block
	l.keys.strands.Partings(s, func(other kv.Strand, after int) bool {
		any = after*l.keys.chunk < end && l.has(other)
		return !any
	})
	return any
}

// tail is how many tokens are known of the block that follows the full blocks of known content, of a sequence
// that has ended and was told so many.
func (r *rank) tail(s *Sequence, told int) int {
	if !r.findsParts() {
		return 0
	}
	return r.keys.knownTokens(&s.Request, told) % r.keys.block
}

// keepPart frees the block after the first n of a sequence, of which so many tokens are known.
func (r *rank) keepPart(q *Request, n, tokens int) {
	last := n*r.keys.block + tokens - 1
	path := r.keys.rows[q.Content].path
	i := len(path) - 1
	for int(path[i].After)*r.keys.chunk > last {
		i--
	}
	if held, ok := r.pool.NamePart(path[i].Strand, n, r.partGroup(), tokens); ok {
		r.pool.Release(held)
	} else {
		r.pool.Spoil(r.shape.Layout.Full)
	}
}
