package kv

// Node is a block of context whose content is known by a key, in a caching pool.
type Node int32

// Missing is no node.
const Missing Node = -1

// cache is vLLM's block cache (vllm/v1/core/block_pool.py): a map from content to blocks, and one queue of
// all free blocks, the next to be taken first. Blank free blocks, and those that only one sequence may ask
// for, are kept in runs. For as long as all free blocks are blank there is no queue.
type cache struct {
	names   int   // nodes that are not blank
	weight  int   // pool blocks of a block of context
	weights []int // of a node of each group: the first of blocks of context
	// pool blocks of holds of nodes that a sequence holds already, over all nodes
	doubled int
	nodes   []node
	vacant  []Node
	byKey   index // the oldest of the nodes with a key
	// of the keys of blocks of context; nil where nobody follows them
	follower Follower
	first    Node // of the queue of free blocks
	last     Node
	// changes counts what may alter the answer of Find.
	changes int
}

// content tells what a node is.
type content uint8

const (
	blank content = iota // a run of free blocks that nobody will ask for
	named                // a block with a key
	kept                 // a run of free blocks that a sequence may come back for
)

// node is a block with a name, or a run of free blocks.
type node struct {
	key           uint64 // of a kept run: its owner
	refs          int32  // sequences that hold it
	blocks        int32  // pool blocks in the queue of free ones
	before, after Node   // neighbours in that queue
	twin          Node   // the next younger node with the same key
	next          Node   // in its place of the index
	content       content
	group         uint8 // of a named one
}

// Follower is told of the contents that a pool comes to have and of those that it forgets.
type Follower interface {
	Learned(key uint64)
	Forgot(key uint64)
}

// Inform lets a follower know of blocks of context from now on, when the pool has none.
func (p *BlockPool) Inform(f Follower) { p.cache.follower = f }

func newCache(weights []int) cache {
	return cache{weight: weights[0], weights: weights, byKey: newIndex(), first: Missing, last: Missing}
}

// Changes is a count that stays the same for as long as Find gives the same answers.
func (p *BlockPool) Changes() int { return p.cache.changes }

// Find is the block whose content has a key, or Missing.
func (p *BlockPool) Find(key uint64) Node { return p.cache.byKey.find(p.cache.nodes, key) }

// Shared tells whether a sequence holds a node.
func (p *BlockPool) Shared(n Node) bool { return p.cache.nodes[n].refs > 0 }

// Doubled is the number of blocks that sequences hold, each counted once for every sequence but the first.
func (p *BlockPool) Doubled() int { return p.cache.doubled }

// Claim makes one more sequence hold a node.
func (p *BlockPool) Claim(n Node) {
	c := &p.cache
	x := &c.nodes[n]
	if x.refs == 0 {
		p.held += int(x.blocks)
		c.unlink(n)
		x.blocks = 0
	} else {
		c.doubled += c.weights[x.group]
	}
	x.refs++
}

// Name gives a key to a block that one sequence holds, of a group of contents.
func (p *BlockPool) Name(key uint64, group int) Node {
	c := &p.cache
	c.begin(p.Free())
	n := c.create()
	c.nodes[n] = node{key: key, content: named, group: uint8(group), refs: 1, twin: Missing}
	oldest := c.byKey.find(c.nodes, key)
	if oldest == Missing {
		c.byKey.add(c.nodes, n)
		if c.follower != nil && group == 0 {
			c.follower.Learned(key)
		}
		return n
	}
	for c.nodes[oldest].twin != Missing {
		oldest = c.nodes[oldest].twin
	}
	c.nodes[oldest].twin = n
	return n
}

// begin makes room for one more node that is not blank.
func (c *cache) begin(free int) {
	if c.names == 0 {
		c.append(free)
	}
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
	c.begin(p.Free())
	p.held -= c.weight * context
	n := c.create()
	c.nodes[n] = node{key: owner, content: kept, blocks: int32(c.weight * context), twin: Missing}
	c.link(n, c.last)
	return n
}

// Kept is how much of the context that its owner left in a run is there still.
func (p *BlockPool) Kept(n Node, owner uint64) (context int) {
	c := &p.cache
	if n == Missing || int(n) >= len(c.nodes) || c.nodes[n].content != kept || c.nodes[n].key != owner {
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

// Release lets a sequence go of a node, which is freed when no other holds it, and its content kept.
func (p *BlockPool) Release(n Node) {
	c := &p.cache
	x := &c.nodes[n]
	weight := c.weights[x.group]
	if x.refs--; x.refs == 0 {
		p.held -= weight
		x.blocks = int32(weight)
		c.link(n, c.last)
	} else {
		c.doubled -= weight
	}
}

// Spoil frees n blocks that will be taken before all others, having no content that could be found.
func (p *BlockPool) Spoil(n int) {
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
		taken := min(n, int(v.blocks))
		n -= taken
		switch {
		case v.content == named:
			c.forget(x)
			gone++
		case v.content == kept && int(v.blocks)-taken >= c.weight:
			c.split(x, taken)
			n = 0
		case v.content == kept:
			v.content = blank
			gone++
		}
		x = c.nodes[x].after
	}
	for range gone {
		c.end()
	}
}

// split makes the first blocks of a run one without a name.
func (c *cache) split(n Node, blocks int) {
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
		x.blocks -= int32(taken)
		n -= taken
		switch x.content {
		case named:
			c.forget(front)
			gone++
		case kept:
			c.changes++
			if int(x.blocks) < c.weight {
				x.content = blank
				gone++
			}
		}
		if x.blocks == 0 {
			c.unlink(front)
			c.vacant = append(c.vacant, front)
		}
	}
	for range gone {
		c.end()
	}
}

// forget removes the name of a free node, which is the front of the queue and so the oldest with its key
// unless a sequence holds an older one.
func (c *cache) forget(n Node) {
	x := &c.nodes[n]
	x.content = blank
	oldest := c.byKey.find(c.nodes, x.key)
	switch {
	case oldest != n:
		for c.nodes[oldest].twin != n {
			oldest = c.nodes[oldest].twin
		}
		c.nodes[oldest].twin = x.twin
	case x.twin == Missing:
		c.byKey.remove(c.nodes, n)
		if c.follower != nil && x.group == 0 {
			c.follower.Forgot(x.key)
		}
	default:
		c.byKey.replace(c.nodes, n, x.twin)
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
	c.nodes[id] = node{blocks: int32(n), twin: Missing}
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
