package parquet

import (
	"errors"
	"fmt"
	"io"
)

// Reader hands out the rows of a file as JSON objects.
type Reader struct {
	file    io.ReaderAt
	footer  *footer
	root    *node
	columns []*column
	group   int   // the row group that is read; all before it are
	left    int64 // rows of it
	out     []byte
	longest int
}

// Open reads the footer of a file of so many bytes. No row may take more than longest bytes as
// JSON; in a small file less.
func Open(file io.ReaderAt, bytes int64, longest int) (*Reader, error) {
	f, err := readFooter(file, bytes)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: file, footer: f, group: -1, longest: share(leastRow, bytes, longest)}
	root, leaves, err := newSchema(f.elements)
	if err != nil {
		return nil, err
	}
	r.root = root
	all := newHeld(bytes)
	for _, leaf := range leaves {
		r.columns = append(r.columns, &column{leaf: leaf, all: all})
	}
	for _, g := range f.groups {
		if len(g.chunks) != len(leaves) {
			return nil, fmt.Errorf("has %d columns in a row group, %d in its schema", len(g.chunks), len(leaves))
		}
	}
	return r, nil
}

// Next is the next row, valid until the following call; io.EOF at the end.
func (r *Reader) Next() ([]byte, error) {
	for r.left == 0 {
		if err := r.open(); err != nil {
			return nil, err
		}
	}
	r.left--
	r.out = r.out[:0]
	if err := r.value(r.root, 0); err != nil {
		return nil, err
	}
	return r.out, nil
}

// open begins the next row group.
func (r *Reader) open() error {
	if r.group >= 0 && r.group < len(r.footer.groups) {
		for _, c := range r.columns {
			if !c.done {
				return fmt.Errorf("column %q has more values than its row group has rows", c.leaf.name)
			}
		}
	}
	if r.group+1 >= len(r.footer.groups) {
		r.group = len(r.footer.groups)
		return io.EOF
	}
	r.group++
	g := &r.footer.groups[r.group]
	r.left = g.rows
	for i, c := range r.columns {
		if err := c.open(r.file, g.chunks[i]); err != nil {
			return err
		}
	}
	return nil
}

var errLevels = errors.New("has columns whose levels contradict each other")

// write writes what a node holds, whose columns stand at a value of this repetition level.
func (r *Reader) write(n *node, level int) error {
	first := r.columns[n.first]
	switch {
	case n.repetition == required:
		return r.value(n, level)
	case first.defined < n.definition:
		return r.absent(n, level)
	case n.repetition == optional:
		return r.value(n, level)
	}
	r.out = append(r.out, '[')
	if err := r.value(n, level); err != nil {
		return err
	}
	for !first.done && first.repeats == n.repeats {
		r.out = append(r.out, ',')
		if err := r.value(n, n.repeats); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	return nil
}

// absent writes a node that is null, or an empty list.
func (r *Reader) absent(n *node, level int) error {
	if n.repetition == repeated {
		r.out = append(r.out, "[]"...)
	} else {
		r.out = append(r.out, "null"...)
	}
	for _, c := range r.columns[n.first:n.last] {
		if c.done || c.repeats != level || c.defined != n.definition-1 {
			return errLevels
		}
		if err := c.next(); err != nil {
			return err
		}
	}
	return nil
}

// value writes one value of a node that is there.
func (r *Reader) value(n *node, level int) error {
	if len(r.out) > r.longest {
		return r.long()
	}
	if len(n.children) == 0 {
		c := r.columns[n.first]
		if c.done {
			return fmt.Errorf("column %q has fewer values than its row group has rows", n.name)
		}
		if c.repeats != level || c.defined != n.definition {
			return errLevels
		}
		if len(c.position.bytes) > r.longest-len(r.out) {
			return r.long()
		}
		r.out = n.appendJSON(r.out, &c.position)
		return c.next()
	}
	if n.bare {
		return r.write(n.children[0], level)
	}
	r.out = append(r.out, '{')
	for i, child := range n.children {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.out = append(r.out, child.key...)
		if err := r.write(child, level); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return nil
}

func (r *Reader) long() error { return fmt.Errorf("has a row of more than %d bytes", r.longest) }
