package strict

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/roofserve/roofserve/internal/fault"
)

// Decode reads the TOML text data of file into the struct that into points to. Keys that the struct lacks are
// errors.
func Decode(file string, data []byte, into any) error {
	document, err := Parse(file, data)
	if err != nil {
		return err
	}
	return document.Decode(into)
}

// Document is a TOML file whose syntax is right. It is not safe for concurrent use.
type Document struct {
	file  string
	text  string
	tree  map[string]any
	lines map[string]int

	meta  toml.MetaData
	whole toml.Primitive // the file, parsed
}

// Parse checks the bounds and the syntax of the TOML text data, which came from file.
func Parse(file string, data []byte) (*Document, error) {
	if err := CheckBounds(file, data); err != nil {
		return nil, err
	}
	d := &Document{file: file, text: string(data)}
	var err error
	if d.meta, err = toml.Decode(d.text, &d.whole); err != nil {
		return nil, d.libraryError(err)
	}
	if err := d.meta.PrimitiveDecode(d.whole, &d.tree); err != nil {
		return nil, d.libraryError(err)
	}
	d.lines = keyLines(d.text)
	return d, nil
}

// Decode fills the struct that into points to. Of several mistakes it reports the first in the file.
func (d *Document) Decode(into any) error {
	if faults := d.check(into); len(faults) > 0 {
		return slices.MinFunc(faults, func(a, b *fault.Error) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Key, b.Key))
		})
	}
	if err := d.meta.PrimitiveDecode(d.whole, into); err != nil {
		return d.libraryError(err)
	}
	return nil
}

// libraryError words an error of the TOML library. Its own line is one too far where a line ends too early,
// so the line is counted from the offset that it also gives.
func (d *Document) libraryError(err error) error {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		return &fault.Error{File: d.file, Wrong: strings.TrimPrefix(err.Error(), "toml: "), Err: err}
	}
	before := d.text[:max(0, min(parse.Position.Start, len(d.text)))]
	return &fault.Error{File: d.file, Line: 1 + strings.Count(before, "\n"), Key: parse.LastKey,
		Wrong: strings.TrimSuffix(parse.Message, "."), Right: "mend the TOML", Err: err}
}

// File is the name that errors give.
func (d *Document) File() string { return d.file }

// Has tells whether the file sets the key at path.
func (d *Document) Has(path string) bool { return d.lines[path] > 0 }

// Line is where the key at path ("hardware.gpus", "sweep[1].values") or, where that is absent, the nearest
// table around it is written; 0 where none of it is.
func (d *Document) Line(path string) int {
	for {
		if line, ok := d.lines[path]; ok {
			return line
		}
		cut := lastSeparator(path)
		if cut < 0 {
			return 0
		}
		path = path[:cut]
	}
}

// Fault is an error about the value at path: what is wrong with it, and what would be right.
func (d *Document) Fault(path, wrong, right string) error {
	return &fault.Error{File: d.file, Line: d.Line(path), Key: path, Wrong: wrong, Right: right}
}

// Faultf is Fault with a formatted description of what is wrong.
func (d *Document) Faultf(path, right, format string, args ...any) error {
	return d.Fault(path, fmt.Sprintf(format, args...), right)
}

func lastSeparator(path string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return i
		}
	}
	return -1
}
