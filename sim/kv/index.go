package kv

import "github.com/roofserve/roofserve/internal/hash"

// index finds nodes by the content of their blocks: a table of lists that run through the nodes. All of one
// strand's context are in one list.
type index struct {
	places []Node // first of each list
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

// place is where the list begins that a strand's block of a group is in.
func (x *index) place(l Strand, block int32, group uint8) *Node {
	key := uint64(l) + 1
	if group > 0 { // of which a sequence holds and gives up single ones
		key += uint64(block)<<40 + uint64(group)<<32
	}
	key *= hash.Golden
	return &x.places[key>>32&uint64(len(x.places)-1)]
}

// of is where the list begins that a node is in.
func (x *index) of(n *node) *Node { return x.place(n.strand, n.from, n.group) }

// add enters a node.
func (x *index) add(nodes []node, n Node) {
	if x.n == len(x.places) {
		x.grow(nodes)
	}
	x.n++
	x.link(nodes, n)
}

func (x *index) link(nodes []node, n Node) {
	p := x.of(&nodes[n])
	nodes[n].next = *p
	*p = n
}

// remove takes out a node.
func (x *index) remove(nodes []node, n Node) {
	x.n--
	p := x.of(&nodes[n])
	for *p != n {
		p = &nodes[*p].next
	}
	*p = nodes[n].next
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
