package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Physical types.
const (
	kindBool   = 0
	kindInt32  = 1
	kindInt64  = 2
	kindInt96  = 3
	kindFloat  = 4
	kindDouble = 5
	kindBytes  = 6
	kindFixed  = 7
)

// Repetitions.
const (
	required = 0
	optional = 1
	repeated = 2
)

// node is a column or a group of them.
type node struct {
	*element
	key      []byte // its name as JSON has it, with a colon
	children []*node
	bare     bool // its value is that of its only child: the wrappings of lists
	// The levels at which it is there, and at which it repeats.
	definition, repeats int
	first, last         int // leaves below it
}

// grow builds the tree whose elements are written depth first.
type grow struct {
	elements []element
	leaves   []*node
}

// newSchema is the root of a schema and its columns.
func newSchema(elements []element) (root *node, leaves []*node, err error) {
	if len(elements) == 0 {
		return nil, nil, errors.New("has no schema")
	}
	g := &grow{elements: elements}
	elements[0].repetition, elements[0].meaning = required, meaning{}
	if root, err = g.node(0, 0, 0); err != nil {
		return nil, nil, err
	}
	if len(g.elements) > 0 || len(root.children) == 0 {
		return nil, nil, errors.New("has a schema that is no tree of columns")
	}
	return root, g.leaves, nil
}

// node takes the next element and those below it.
func (g *grow) node(depth, definition, repeats int) (*node, error) {
	if len(g.elements) == 0 || depth > maxDepth {
		return nil, fmt.Errorf("has a schema that is no tree of at most %d levels", maxDepth)
	}
	n := &node{element: &g.elements[0], definition: definition, repeats: repeats, first: len(g.leaves)}
	g.elements = g.elements[1:]
	switch n.repetition {
	case required:
	case optional:
		n.definition++
	case repeated:
		n.definition++
		n.repeats++
	default:
		return nil, fmt.Errorf("has a column %q of the unknown repetition %d", n.name, n.repetition)
	}
	key, err := json.Marshal(n.name)
	if err != nil {
		return nil, err
	}
	n.key = append(key, ':')
	for range n.element.children {
		child, err := g.node(depth+1, n.definition, n.repeats)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, child)
	}
	if len(n.children) == 0 {
		if err := n.check(); err != nil {
			return nil, err
		}
		g.leaves = append(g.leaves, n)
	}
	n.last = len(g.leaves)
	n.unwrap()
	return n, nil
}

// check refuses columns of unknown types.
func (n *node) check() error {
	if n.kind < kindBool || n.kind > kindFixed {
		return fmt.Errorf("has a column %q of the unknown type %d", n.name, n.kind)
	}
	if n.kind == kindFixed && (n.width < 1 || n.width > maxPage) {
		return fmt.Errorf("has a column %q of values of %d bytes", n.name, n.width)
	}
	return nil
}

// unwrap takes lists as their elements, whether these stand in a group of their own or not (LogicalTypes.md,
// backward-compatibility rules), and maps as lists of keys and values.
func (n *node) unwrap() {
	if !n.meaning.list || len(n.children) != 1 || n.children[0].repetition != repeated {
		return
	}
	n.bare = true
	inner := n.children[0]
	inner.bare = len(inner.children) == 1 && inner.name != "array" && inner.name != n.name+"_tuple"
}
