package kv

// Find is what the pool has of a strand, from a block of a group on, which is the oldest of its content:
// as far as it lies in one node. Of what is beside the context, that is one block.
func (p *BlockPool) Find(l Strand, block, group int) Stretch {
	p.Forget()
	c, at := &p.cache, int32(block)
	found, deeper := Missing, false
	for n := *c.byStrand.place(l, at, uint8(group)); n != Missing; n = c.nodes[n].next {
		x := &c.nodes[n]
		if x.strand != l || x.group != uint8(group) || x.to <= at {
			continue
		}
		if x.from > at {
			deeper = true
		} else if found == Missing || x.number < c.nodes[found].number {
			found = n
		}
	}
	if found == Missing {
		return Nothing
	}
	s := Stretch{at, c.nodes[found].to, found}
	if deeper {
		s.To = c.older(s)
	}
	return s
}

// older is where an older node takes over from a stretch, if not at its end.
func (c *cache) older(s Stretch) (to int32) {
	to = s.To
	x := &c.nodes[s.node]
	for n := *c.byStrand.of(x); n != Missing; n = c.nodes[n].next {
		y := &c.nodes[n]
		if y.strand == x.strand && y.group == x.group && y.number < x.number && y.from > s.From {
			to = min(to, y.from)
		}
	}
	return to
}

// Next is what the pool has of a strand's context from a block on, up to another, or else up to where it has
// nothing of it.
func (p *BlockPool) Next(l Strand, from, to int) (s Stretch, until int) {
	if s = p.Find(l, from, 0); s.Any() {
		s.To = min(s.To, int32(to))
		return s, int(s.To)
	}
	return s, int(p.cache.gap(l, int32(from), int32(to)))
}

// gap is where the pool has something again of a strand's context after a block that it does not have, or
// where that ends.
func (c *cache) gap(l Strand, from, to int32) int32 {
	for n := *c.byStrand.place(l, 0, 0); n != Missing; n = c.nodes[n].next {
		if x := &c.nodes[n]; x.strand == l && x.group == 0 && x.from > from {
			to = min(to, x.from)
		}
	}
	return to
}

// Look appends what the pool has of a strand's context, from a block on up to the first that it does not
// have.
func (p *BlockPool) Look(list []Stretch, l Strand, from, to int) []Stretch {
	for from < to {
		s := p.Find(l, from, 0)
		if !s.Any() {
			break
		}
		s.To = min(s.To, int32(to))
		list, from = append(list, s), int(s.To)
	}
	return list
}

// Shared tells whether a sequence holds a stretch that was found.
func (p *BlockPool) Shared(s Stretch) bool { return p.cache.nodes[s.node].refs > 0 }

// Doubled is the number of blocks that sequences hold, each counted once for every sequence but the first.
func (p *BlockPool) Doubled() int { return p.cache.doubled }

// Claim makes one more sequence hold a stretch, which was found when the pool had the same contents.
func (p *BlockPool) Claim(s Stretch) Stretch {
	p.Forget()
	c, n := &p.cache, s.node
	for c.nodes[n].to <= s.From { // it has been split for another stretch of it
		n = c.nodes[n].more
	}
	if c.nodes[n].from < s.From {
		n = c.split(n, s.From)
	}
	if c.nodes[n].to > s.To {
		c.split(n, s.To)
	}
	x := &c.nodes[n]
	if x.refs == 0 {
		p.held += int(x.blocks)
		c.unlink(n)
		x.blocks = 0
	} else {
		c.doubled += c.weightOf(n) * s.Blocks()
	}
	x.refs++
	return Stretch{s.From, s.To, n}
}

// split makes two nodes of one, of which the second begins at a block.
func (c *cache) split(n Node, at int32) Node {
	deeper := c.create()
	x, y := &c.nodes[n], &c.nodes[deeper]
	*y = *x
	x.to, y.from, x.more = at, at, deeper
	c.enter(deeper)
	if x.refs == 0 {
		y.blocks = int32(c.weightOf(deeper) * int(y.to-y.from))
		x.blocks -= y.blocks
		c.link(deeper, x.before)
	}
	return deeper
}

// enter counts a node with a name in.
func (c *cache) enter(n Node) {
	c.count()
	c.byStrand.add(c.nodes, n)
	c.strands.Hold(c.nodes[n].strand)
}

// leave takes a node out of the index that has no name any more.
func (c *cache) leave(n Node) {
	c.byStrand.remove(c.nodes, n)
	c.strands.LetGo(c.nodes[n].strand)
}

// weightOf is the pool blocks of one of a named node's blocks.
func (c *cache) weightOf(n Node) int { return c.weights[c.nodes[n].group] }

// Name gives content to blocks of a group that one sequence holds: a strand's, and of what is beside the
// context one alone.
func (p *BlockPool) Name(l Strand, from, to, group int) Stretch {
	p.Forget()
	c := &p.cache
	c.begin(p.Free())
	n := c.create()
	x := &c.nodes[n]
	*x = node{content: named, strand: l, from: int32(from), to: int32(to), group: uint8(group), refs: 1,
		more: Missing}
	if group == 0 {
		c.meet(x)
		if c.follower != nil {
			c.tell(x, x.from, x.to, true)
		}
	}
	c.enter(n)
	c.nodes[n].number = uint64(c.changes)
	return Stretch{int32(from), int32(to), n}
}

// Extend is Name where the blocks follow a stretch that the sequence holds, which they then belong to. It
// reports false where they do not, or need a name of their own: another sequence holds the stretch too, or
// another node has some of its blocks or of theirs.
func (p *BlockPool) Extend(s *Stretch, l Strand, from, to int) bool {
	p.Forget()
	c := &p.cache
	x := &c.nodes[p.end(s)]
	if x.strand != l || int(x.to) != from || x.refs > 1 || x.twinned {
		return false
	}
	if more := (node{strand: l, from: int32(from), to: int32(to)}); c.met(&more) {
		return false
	}
	if c.follower != nil {
		c.tell(x, int32(from), int32(to), true)
	}
	x.to, s.To = int32(to), int32(to)
	c.changes++
	x.number = uint64(c.changes)
	return true
}

// end is the node that the last of a stretch's blocks is in.
func (p *BlockPool) end(s *Stretch) Node {
	n := s.node
	for p.cache.nodes[n].to < s.To {
		n = p.cache.nodes[n].more
	}
	return n
}

// met tells whether a node has some of a new one's blocks of context.
func (c *cache) met(x *node) bool {
	for n := *c.byStrand.of(x); n != Missing; n = c.nodes[n].next {
		if c.nodes[n].overlaps(x) {
			return true
		}
	}
	return false
}

// overlaps tells whether two nodes have some of the same blocks of context.
func (x *node) overlaps(y *node) bool {
	return x.strand == y.strand && x.group == 0 && x.from < y.to && y.from < x.to
}

// meet takes note of the nodes that have some of a new one's blocks of context.
func (c *cache) meet(x *node) {
	for n := *c.byStrand.of(x); n != Missing; n = c.nodes[n].next {
		if y := &c.nodes[n]; y.overlaps(x) {
			x.twinned, y.twinned = true, true
		}
	}
}

// tell tells the follower of a node's blocks of context that it is yet to have, or does not have any more,
// but for those that another node has.
func (c *cache) tell(x *node, from, to int32, has bool) {
	if !x.twinned {
		c.follower.Changed(x.strand, int(from), int(to), has)
		return
	}
	for at := from; at < to; {
		end, next := at, to
		for n := *c.byStrand.of(x); n != Missing; n = c.nodes[n].next {
			y := &c.nodes[n]
			if y.strand != x.strand || y.group != 0 || y.to <= at {
				continue
			}
			if y.from <= at {
				end = max(end, y.to)
			} else {
				next = min(next, y.from)
			}
		}
		if end == at {
			c.follower.Changed(x.strand, int(at), int(next), has)
			end = next
		}
		at = end
	}
}

// lose makes a free named node lose as many of its last blocks as so many pool blocks are of, and tells how
// many. What they are in the queue is left to the caller.
func (c *cache) lose(n Node, blocks int) (lost int) {
	x := &c.nodes[n]
	weight := c.weights[x.group]
	lost = (blocks + weight - 1) / weight
	end := x.to
	if x.to -= int32(lost); x.to == x.from {
		c.byStrand.remove(c.nodes, n)
	}
	if c.follower != nil && x.group == 0 {
		c.tell(x, x.to, end, false)
	}
	if x.to == x.from {
		c.strands.LetGo(x.strand)
	}
	return lost
}

// Nodes visits the nodes of a stretch that a sequence holds, each with the number of its blocks.
func (p *BlockPool) Nodes(s Stretch, visit func(n Node, blocks int)) {
	for n, at := s.node, s.From; at < s.To; n = p.cache.nodes[n].more {
		to := p.cache.nodes[n].to
		visit(n, int(to-at))
		at = to
	}
}

// Release lets a sequence go of a stretch, which is freed where no other holds it, the deepest blocks first,
// and its content kept.
func (p *BlockPool) Release(s Stretch) {
	p.Forget()
	c := &p.cache
	c.parts = append(c.parts[:0], s.node)
	for n := s.node; c.nodes[n].to < s.To; {
		n = c.nodes[n].more
		c.parts = append(c.parts, n)
	}
	for i := len(c.parts) - 1; i >= 0; i-- {
		n := c.parts[i]
		x := &c.nodes[n]
		blocks := c.weightOf(n) * int(x.to-x.from)
		if x.refs--; x.refs > 0 {
			c.doubled -= blocks
			continue
		}
		p.held -= blocks
		x.blocks = int32(blocks)
		if !c.join(n) {
			c.link(n, c.last)
		}
	}
}

// join makes a node that becomes free one with the last of the queue, if that goes on where it ends. It
// reports false where it does not, or where a third node is older than one of them and younger than the
// other.
func (c *cache) join(n Node) bool {
	if c.last == Missing {
		return false
	}
	x, y := &c.nodes[n], &c.nodes[c.last]
	if y.content != named || y.strand != x.strand || y.group != 0 || x.group != 0 || y.from != x.to {
		return false
	}
	y.twinned = y.twinned || x.twinned
	if y.number != x.number && y.twinned {
		if c.contested(x.strand, x.from, y.to) {
			return false
		}
		y.twinned = false
	}
	y.from = x.from
	y.blocks += x.blocks
	c.leave(n)
	c.vacant = append(c.vacant, n)
	c.end()
	return true
}

// contested tells whether more than two nodes have some of a strand's blocks of context.
func (c *cache) contested(l Strand, from, to int32) bool {
	n, have := *c.byStrand.place(l, 0, 0), 0
	for ; n != Missing; n = c.nodes[n].next {
		if x := &c.nodes[n]; x.strand == l && x.group == 0 && x.from < to && from < x.to {
			have++
		}
	}
	return have > 2
}
