package kv

// Node is blocks of context whose content is known, or a run of free ones, in a caching pool.
type Node int32

// Missing is no node.
const Missing Node = -1

// cache is vLLM's block cache (vllm/v1/core/block_pool.py): a map from content to blocks, and one queue of
// all free blocks, the next to be taken first. What happens to blocks happens to runs of them: blank free
// blocks, those that only one sequence may ask for, and consecutive ones of one strand of content that the
// same sequences hold, or that became free together. For as long as all free blocks are blank there is no
// queue.
type cache struct {
	names   int   // nodes that are not blank
	weight  int   // pool blocks of a block of context
	weights []int // of a block of each group: the first of blocks of context
	// pool blocks of holds of blocks that a sequence holds already, over all of them
	doubled  int
	nodes    []node
	vacant   []Node
	strands  *Strands
	byStrand index // the nodes of known content
	// of blocks of context; nil where nobody follows them
	follower Follower
	punctual bool // the follower is told at once
	taken    int  // blocks of the front of the queue that are taken, and still in it
	first    Node // of the queue of free blocks
	last     Node
	// changes counts what may alter the answer of Find.
	changes int
	parts   []Node  // reused
	filled  []int32 // tokens by node, of those that are parts of a block
}

// content tells what a node is.
type content uint8

const (
	blank content = iota // a run of free blocks that nobody will ask for
	named                // a run of blocks of a strand
	kept                 // a run of free blocks that a sequence may come back for
)

// node is a run of blocks.
type node struct {
	number        uint64 // of a named one: the order in which they were named; of a kept one: its owner
	strand        Strand // of a named one
	from, to      int32  // its blocks on that
	refs          int32  // sequences that hold it
	blocks        int32  // pool blocks in the queue of free ones
	before, after Node   // neighbours in that queue; the deepest block of a node is the first to be taken
	next          Node   // in its place of the index
	more          Node   // the blocks after it, where a node was split
	content       content
	group         uint8 // of a named one
	twinned       bool  // another may have some of its blocks too
}

// Stretch is consecutive blocks of a strand that a pool has.
type Stretch struct {
	From, To int32
	node     Node // which the first of them is in; those after it are in the nodes that were split from it
}

// Nothing is no stretch.
var Nothing = Stretch{node: Missing}

// Any tells whether there are blocks.
func (s *Stretch) Any() bool { return s.node != Missing }

// Blocks is their number.
func (s *Stretch) Blocks() int { return int(s.To - s.From) }

// Follower is told of the contents that a pool comes to have and of those that it forgets.
type Follower interface {
	// Changed tells of blocks of a strand's context that the pool has now, or has no more.
	Changed(l Strand, from, to int, has bool)
}

// Inform lets a follower know of blocks of context from now on, when the pool has none: punctually, or of
// what is forgotten when somebody looks.
func (p *BlockPool) Inform(f Follower, punctually bool) {
	p.cache.follower, p.cache.punctual = f, punctually
}

func newCache(strands *Strands, weights []int) cache {
	return cache{weight: weights[0], weights: weights, strands: strands, byStrand: newIndex(), first: Missing,
		last: Missing}
}

// Changes is a count that stays the same for as long as Find gives the same answers.
func (p *BlockPool) Changes() int {
	p.Forget()
	return p.cache.changes
}

// begin lets there be a queue when the first node is to be that is not blank.
func (c *cache) begin(free int) {
	if c.names == 0 {
		c.append(free)
	}
}

// count takes note of a node that is not blank.
func (c *cache) count() {
	c.changes++
	c.names++
}

// end takes note that a node has become blank or is gone.
func (c *cache) end() {
	c.changes++
	if c.names--; c.names == 0 { // only blank runs are left
		c.nodes, c.vacant, c.first, c.last = c.nodes[:0], c.vacant[:0], Missing, Missing
	}
}

// Keep frees the blocks of a stretch of context that its owner, and nobody else, may come back for. The
// deepest will be taken first.
func (p *BlockPool) Keep(owner uint64, context int) Node {
	c := &p.cache
	if context == 0 {
		return Missing
	}
	p.Forget()
	c.begin(p.Free())
	p.held -= c.weight * context
	n := c.create()
	c.count()
	c.nodes[n] = node{number: owner, content: kept, blocks: int32(c.weight * context), more: Missing}
	c.link(n, c.last)
	return n
}

// Kept is how much of the context that its owner left in a run is there still.
func (p *BlockPool) Kept(n Node, owner uint64) (context int) {
	p.Forget()
	c := &p.cache
	if n == Missing || int(n) >= len(c.nodes) || c.nodes[n].content != kept || c.nodes[n].number != owner {
		return 0
	}
	return int(c.nodes[n].blocks) / c.weight
}

// Return makes the owner of a run hold what is left of it.
func (p *BlockPool) Return(n Node, owner uint64) {
	c := &p.cache
	context := p.Kept(n, owner)
	if context == 0 {
		return
	}
	x := &c.nodes[n]
	p.held += c.weight * context
	x.content = blank
	if x.blocks -= int32(c.weight * context); x.blocks == 0 {
		c.unlink(n)
		c.vacant = append(c.vacant, n)
	}
	c.end()
}

// Spoil frees n blocks that will be taken before all others, having no content that could be found.
func (p *BlockPool) Spoil(n int) {
	p.Forget()
	p.held -= n
	c := &p.cache
	if n == 0 || !p.Ordered() {
		return
	}
	if c.first != Missing && c.nodes[c.first].content == blank {
		c.nodes[c.first].blocks += int32(n)
		return
	}
	c.link(c.run(n), Missing)
}

// Vacate forgets the contents of the next n blocks to be taken that have any, if fewer than n before them
// have none.
func (p *BlockPool) Vacate(n int) {
	p.Forget()
	c := &p.cache
	x, before := c.first, 0
	for ; x != Missing && c.nodes[x].content == blank; x = c.nodes[x].after {
		before += int(c.nodes[x].blocks)
	}
	if before >= n {
		return
	}
	gone := 0
	for n > 0 && x != Missing {
		v := &c.nodes[x]
		taken, whole := min(n, int(v.blocks)), int(v.blocks)
		n -= taken
		switch v.content {
		case named:
			taken = c.weightOf(x) * c.lose(x, taken)
		case kept:
			if whole-taken < c.weight { // no block of context is left
				taken = whole
			}
		}
		switch {
		case v.content == blank:
		case taken == whole:
			v.content = blank
			gone++
		default:
			c.detach(x, taken)
		}
		x = c.nodes[x].after
	}
	for range gone {
		c.end()
	}
}

// detach makes the first blocks of a free node a run without a name.
func (c *cache) detach(n Node, blocks int) {
	before := c.nodes[n].before
	c.nodes[n].blocks -= int32(blocks)
	c.changes++
	c.link(c.run(blocks), before)
}

// append puts n blocks without a name at the end of the queue.
func (c *cache) append(n int) {
	if n == 0 {
		return
	}
	if c.last != Missing && c.nodes[c.last].content == blank {
		c.nodes[c.last].blocks += int32(n)
		return
	}
	c.link(c.run(n), c.last)
}

// evict takes n blocks from the front of the queue. Their content is forgotten.
func (c *cache) evict(n int) {
	gone := 0 // nodes that are blank from now on, or taken
	for n > 0 {
		front := c.first
		x := &c.nodes[front]
		taken := min(n, int(x.blocks))
		n -= taken
		rest := 0 // blocks that have lost their content with those taken
		switch x.content {
		case named:
			lost := c.weightOf(front) * c.lose(front, taken)
			taken, rest = lost, lost-taken
			c.changes++
		case kept:
			c.changes++
			if int(x.blocks)-taken < c.weight {
				x.content = blank
				gone++
			}
		}
		if x.blocks -= int32(taken); x.blocks == 0 {
			if x.content == named {
				gone++
			}
			c.unlink(front)
			c.vacant = append(c.vacant, front)
		}
		if rest > 0 {
			c.link(c.run(rest), Missing)
		}
	}
	for range gone {
		c.end()
	}
}

func (c *cache) create() Node {
	if n := len(c.vacant); n > 0 {
		id := c.vacant[n-1]
		c.vacant = c.vacant[:n-1]
		return id
	}
	c.nodes = append(c.nodes, node{})
	return Node(len(c.nodes) - 1)
}

// run is a new run of n blocks without a name.
func (c *cache) run(n int) Node {
	id := c.create()
	c.nodes[id] = node{blocks: int32(n), more: Missing}
	return id
}

// link puts a node into the queue after another, or at its front.
func (c *cache) link(n, before Node) {
	after := c.first
	if before != Missing {
		after = c.nodes[before].after
		c.nodes[before].after = n
	} else {
		c.first = n
	}
	c.nodes[n].before, c.nodes[n].after = before, after
	if after != Missing {
		c.nodes[after].before = n
	} else {
		c.last = n
	}
}

func (c *cache) unlink(n Node) {
	x := &c.nodes[n]
	if x.before != Missing {
		c.nodes[x.before].after = x.after
	} else {
		c.first = x.after
	}
	if x.after != Missing {
		c.nodes[x.after].before = x.before
	} else {
		c.last = x.before
	}
}

// queued is the number of blocks in the queue of free ones.
func (c *cache) queued() (blocks int) {
	for n := c.first; n != Missing; n = c.nodes[n].after {
		blocks += int(c.nodes[n].blocks)
	}
	return blocks
}
