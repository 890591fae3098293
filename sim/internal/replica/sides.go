package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Beside the blocks of context there are those of windowed layers and recurrent states, which vLLM caches as
// groups of their own. A window's blocks are given up as soon as no later token sees them, and so are next
// to be forgotten; a beginning is found only where those that its next token sees are there still, and the
// state at its end. While a sequence decodes, as many blocks leave its window as come into it, and so none
// is taken or given: those with a known content go when the sequence does.

// side is a block of a windowed group, with a known content, that a sequence holds.
type side struct {
	group, block int32
	held         kv.Stretch
}

// weights are the pool blocks of a block of context, of each windowed group's and of a state.
func weights(l *kv.Layout) []int {
	list := []int{l.Full}
	for _, w := range l.Windows {
		list = append(list, w.Blocks)
	}
	return append(list, l.Snapshot)
}

// lasting is the longest beginning, of at most n blocks that are cached, of which the windows and the state
// are.
func (r *rank) lasting(q *Request, n int) int {
	for before := -1; before != n; {
		before = n
		if r.sliding {
			for g, w := range r.shape.Layout.Windows {
				n = r.windowed(q, n, g, r.shape.Layout.Seen(w))
			}
		}
		for r.snapshots && n > 0 && !r.has(q, n-1, 1+len(r.shape.Layout.Windows)) {
			n--
		}
	}
	return n
}

// windowed is the longest beginning, of at most n blocks, before whose end a group keeps as many blocks as
// are seen.
func (r *rank) windowed(q *Request, n, group, seen int) int {
	for i, kept := n-1, 0; i >= 0 && kept < seen; i-- {
		if kept++; !r.has(q, i, 1+group) {
			n, kept = i, 0
		}
	}
	return n
}

// state is the recurrent state after a request's first n blocks, whose group is the one after the windows.
func (r *rank) state(q *Request, n int) kv.Stretch {
	return r.pool.Find(r.keys.strand(q, n-1), n-1, 1+len(r.shape.Layout.Windows))
}

// seen lists what a token after a beginning of n cached blocks sees through windows.
func (r *rank) seen(list []side, q *Request, n int) []side {
	if !r.sliding {
		return list
	}
	for g, w := range r.shape.Layout.Windows {
		for i := max(0, n-r.shape.Layout.Seen(w)); i < n; i++ {
			list = append(list, side{int32(g), int32(i), r.pool.Find(r.keys.strand(q, i), i, 1+g)})
		}
	}
	return list
}

// claimSides makes a sequence hold what it sees of a cached beginning through windows; that it begins with a
// recurrent state counts as asking for it.
func (r *rank) claimSides(id sched.Seq, b *beginning) {
	for i := range b.sides {
		b.sides[i].held = r.pool.Claim(b.sides[i].held)
	}
	r.roster.sides[id] = append(r.roster.sides[id], b.sides...)
	if n := reach(b.shared); r.snapshots && n > 0 {
		state := r.state(&r.roster.all[id].Request, n)
		r.pool.Release(r.pool.Claim(state))
	}
}

// sideBlocks is the number of pool blocks of windows that a sequence holds of a cached beginning.
func (r *rank) sideBlocks(id sched.Seq) (n int) {
	for _, x := range r.roster.sides[id] {
		n += r.shape.Layout.Windows[x.group].Blocks
	}
	return n
}

// nameSides makes known what windows hold of a sequence's blocks.
func (r *rank) nameSides(id sched.Seq, x Portion) {
	for i := x.From; i < x.To; i++ {
		for g := range r.shape.Layout.Windows {
			held := r.pool.Name(x.Strand, i, i+1, 1+g)
			r.roster.sides[id] = append(r.roster.sides[id], side{int32(g), int32(i), held})
		}
	}
}

// rest gives up, when n tokens of a sequence have been computed, what no window keeps of them, and keeps the
// state at their end.
func (r *rank) rest(id sched.Seq, s *Sequence, n int) {
	l, computed := &r.shape.Layout, int(s.computed)
	if r.sliding {
		for g, w := range l.Windows {
			r.shed(id, g, l.First(w, computed-n), l.First(w, computed))
		}
	}
	if r.snapshots && computed%l.BlockTokens == 0 {
		r.snapshot(&s.Request, min(computed/l.BlockTokens, r.keys.named(&s.Request)), computed/l.BlockTokens)
	}
}

// snapshot keeps the state at the end of the last of a request's blocks whose content is known, if the state
// is that of the block asked for, and there is room.
func (r *rank) snapshot(q *Request, known, block int) {
	if known != block || block == 0 {
		return
	}
	state := r.state(q, block)
	switch {
	case state.Any():
		state = r.pool.Claim(state)
	case r.pool.Free() < r.shape.Layout.Snapshot:
		return
	default:
		r.pool.Take(r.shape.Layout.Snapshot)
		state = r.pool.Name(r.keys.strand(q, block-1), block-1, block, 1+len(r.shape.Layout.Windows))
	}
	r.pool.Release(state)
}

// shed gives up a group's blocks of a sequence, those without a known content first.
func (r *rank) shed(id sched.Seq, group, from, to int) {
	if to <= from {
		return
	}
	known := r.knownSides(id, group, to)
	r.pool.Give(r.shape.Layout.Windows[group].Blocks * (to - from - known))
	if known > 0 {
		r.forgo(id, group, to)
	}
}

// knownSides is how many of a group's blocks before one a sequence holds with a known content.
func (r *rank) knownSides(id sched.Seq, group, before int) (n int) {
	for _, x := range r.roster.sides[id] {
		if int(x.group) == group && int(x.block) < before {
			n++
		}
	}
	return n
}

// forgo lets a sequence go of a group's blocks before one that have a known content, the deepest first.
func (r *rank) forgo(id sched.Seq, group, before int) {
	list := r.roster.sides[id]
	gone := func(x side) bool { return int(x.group) == group && int(x.block) < before }
	for i := len(list) - 1; i >= 0; i-- {
		if gone(list[i]) {
			r.pool.Release(list[i].held)
		}
	}
	r.roster.sides[id] = slices.DeleteFunc(list, gone)
}

// freeWindows frees what windowed layers hold of a sequence that has computed some tokens, of whose context
// the first answered blocks are known; those from the first on are its answer's.
func (r *rank) freeWindows(id sched.Seq, s *Sequence, computed, first, answered int) {
	l := &r.shape.Layout
	whole := computed / l.BlockTokens
	for g, w := range l.Windows {
		from := l.First(w, computed)
		held := units.CeilDiv(computed, l.BlockTokens) - from
		private := held - r.knownSides(id, g, whole) + r.replaced(id, g, from)
		if computed%l.BlockTokens > 0 && private > 0 {
			r.pool.Spoil(w.Blocks)
			private--
		}
		for i := whole - 1; private > 0; i, private = i-1, private-1 {
			if i >= first && i < answered {
				r.pool.Release(r.pool.Name(r.keys.strand(&s.Request, i), i, i+1, 1+g))
			} else {
				r.pool.Give(w.Blocks)
			}
		}
		r.forgo(id, g, whole)
	}
}

// replaced makes good, where a sequence ends, that its window has left blocks with a known content behind:
// they are given up, and others taken for those that came into it meanwhile. It returns how many: none for
// those that another sequence holds too, where none is free.
func (r *rank) replaced(id sched.Seq, group, before int) (taken int) {
	weight := r.shape.Layout.Windows[group].Blocks
	for left := r.knownSides(id, group, before); left > 0; left-- {
		i := slices.IndexFunc(r.roster.sides[id], func(x side) bool { return int(x.group) == group })
		r.pool.Release(r.roster.sides[id][i].held)
		r.roster.sides[id] = slices.Delete(r.roster.sides[id], i, i+1)
		if r.pool.Free() >= weight {
			r.pool.Take(weight)
			taken++
		}
	}
	return taken
}
