package kv

// The last block of a context may be known as far as it is filled. Its node is beside those of context, in a
// group of its own, on the strand that its last token is on.

// NamePart gives content to the first tokens of a block of a group that one sequence holds. It reports false
// where the pool has the same already.
func (p *BlockPool) NamePart(l Strand, block, group, tokens int) (s Stretch, ok bool) {
	p.Forget()
	c := &p.cache
	for n := *c.byStrand.place(l, int32(block), uint8(group)); n != Missing; n = c.nodes[n].next {
		if c.isPart(n, l, block, group) && int(c.filled[n]) == tokens {
			return Nothing, false
		}
	}
	s = p.Name(l, block, block+1, group)
	for int(s.node) >= len(c.filled) {
		c.filled = append(c.filled, 0)
	}
	c.filled[s.node] = int32(tokens)
	return s, true
}

// Part is the most tokens that the pool has of a block of which it has parts.
func (p *BlockPool) Part(l Strand, block, group int) (tokens int) {
	p.Forget()
	c := &p.cache
	for n := *c.byStrand.place(l, int32(block), uint8(group)); n != Missing; n = c.nodes[n].next {
		if c.isPart(n, l, block, group) {
			tokens = max(tokens, int(c.filled[n]))
		}
	}
	return tokens
}

// isPart tells whether a node is one of those of a block.
func (c *cache) isPart(n Node, l Strand, block, group int) bool {
	x := &c.nodes[n]
	return x.strand == l && x.group == uint8(group) && int(x.from) == block
}
