package kv

// index finds nodes by their keys, which are hashes already: a table of lists that run through the nodes.
type index struct {
	places []Node // first of each list, by the key's low bits
	n      int
}

func newIndex() index {
	x := index{}
	x.clear(64)
	return x
}

func (x *index) clear(size int) {
	x.places = make([]Node, size)
	for i := range x.places {
		x.places[i] = Missing
	}
}

func (x *index) place(key uint64) *Node { return &x.places[key&uint64(len(x.places)-1)] }

// find is the node with a key, or Missing.
func (x *index) find(nodes []node, key uint64) Node {
	n := *x.place(key)
	for n != Missing && nodes[n].key != key {
		n = nodes[n].next
	}
	return n
}

// add enters a node whose key no other has.
func (x *index) add(nodes []node, n Node) {
	if x.n == len(x.places) {
		x.grow(nodes)
	}
	x.n++
	x.link(nodes, n)
}

func (x *index) link(nodes []node, n Node) {
	p := x.place(nodes[n].key)
	nodes[n].next = *p
	*p = n
}

// remove takes out a node.
func (x *index) remove(nodes []node, n Node) {
	x.n--
	*x.pointer(nodes, n) = nodes[n].next
}

// replace puts a node of the same key in another's place.
func (x *index) replace(nodes []node, n, by Node) {
	nodes[by].next = nodes[n].next
	*x.pointer(nodes, n) = by
}

// pointer is what points to a node.
func (x *index) pointer(nodes []node, n Node) *Node {
	p := x.place(nodes[n].key)
	for *p != n {
		p = &nodes[*p].next
	}
	return p
}

// grow doubles the table.
func (x *index) grow(nodes []node) {
	old := x.places
	x.clear(2 * len(old))
	for _, n := range old {
		for n != Missing {
			next := nodes[n].next
			x.link(nodes, n)
			n = next
		}
	}
}
