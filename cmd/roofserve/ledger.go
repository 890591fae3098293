package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/roofserve/roofserve/internal/atomicfile"
)

// ledger holds a command's inputs and outputs so far, no two of which may be one file.
type ledger struct {
	who     string // the command, for messages
	stdout  io.Writer
	inputs  []place
	outputs []claimed
}

// claimed is an output and where it lies.
type claimed struct {
	destination
	place
}

// place is where a file lies, under whatever name: through symbolic links, as a hard link, with a ./ before
// it.
type place struct {
	name   string      // as the user wrote it
	path   string      // absolute, with symbolic links followed; empty for stdout
	info   fs.FileInfo // nil where nothing is there yet
	stdout bool
}

func placeOf(name string) place {
	p := place{name: name}
	if followed, err := atomicfile.Follow(name); err == nil {
		p.path = followed
	} else {
		p.path = filepath.Clean(name)
	}
	if info, err := os.Stat(name); err == nil {
		p.info = info
	}
	return p
}

// placeOfStdout is the file, pipe or terminal that stdout is.
func (l *ledger) placeOfStdout() place {
	p := place{name: stdoutName, stdout: true}
	if file, ok := unpainted(l.stdout).(*os.File); ok {
		if info, err := file.Stat(); err == nil {
			p.info = info
		}
	}
	return p
}

// is tells whether two places are one file.
func (p place) is(q place) bool {
	switch {
	case p.stdout && q.stdout:
		return true
	case p.info != nil && q.info != nil:
		return os.SameFile(p.info, q.info) && !isNull(p.info)
	default:
		return p.info == nil && q.info == nil && p.path == q.path
	}
}

// add claims an output, or says what it would overwrite.
func (l *ledger) add(o destination) error {
	next := claimed{destination: o}
	switch {
	case o.path != stdoutName:
		next.place = placeOf(o.path)
	case o.writes != nil:
		return misuse(o.label(), "is no folder", "name one; - stands for stdout")
	default:
		next.place = l.placeOfStdout()
	}
	for _, input := range l.inputs {
		if next.covers(input) {
			return misuse(l.who, fmt.Sprintf("%s would overwrite %s, which is read", o.label(), input.name), "write elsewhere")
		}
	}
	for _, other := range l.outputs {
		if next.writes != nil && other.writes != nil {
			continue // flags may share a folder, in which they write different files
		}
		if next.stdout && other.stdout {
			return misuse(l.who, fmt.Sprintf("%s and %s both go to stdout", other.label(), o.label()), "name a file for one of them")
		}
		if next.covers(other.place) || other.covers(next.place) {
			return misuse(l.who, fmt.Sprintf("%s and %s are one file", other.label(), o.label()), "give each output a file of its own")
		}
	}
	l.outputs = append(l.outputs, next)
	return nil
}

// covers tells whether writing an output, or the files of a folder, would overwrite what is at a place.
func (c *claimed) covers(p place) bool {
	if c.place.is(p) {
		return true
	}
	if c.writes == nil || p.path == "" && p.info == nil {
		return false
	}
	inner, err := filepath.Rel(c.place.path, p.path)
	if err == nil && slices.ContainsFunc(c.writes, func(pattern string) bool {
		match, err := path.Match(pattern, filepath.ToSlash(inner))
		return match && err == nil
	}) {
		return true
	}
	if p.info == nil {
		return false
	}
	// Links from within the folder lead out of it.
	return slices.ContainsFunc(written(c.destination), func(there string) bool {
		info, err := os.Stat(there)
		return err == nil && os.SameFile(info, p.info) && !isNull(info)
	})
}
