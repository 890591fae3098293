package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/arch"
)

// source remembers where every key of a scenario was set, for messages and for relative paths.
type source struct {
	document *strict.Document // nil for a scenario made of flags alone
	text     []byte           // of the document
	folder   string           // relative paths start here
	set      map[string]origin
	replaced []string    // tables of the document that others stand for
	settings []Setting   // what was set after the file was read, in order
	systems  *systems    // that scenarios of this document simulate
	model    *arch.Model // of a program that describes its own; else nil
	// of a pool by itself: the path of its table, and what of the scenario's tables does not count in it
	pool   string
	hidden []string
}

// origin is what set a key after the file was read: a flag, or a case of a sweep.
type origin struct {
	label string // "--set hardware.gpus=8", "--gpus", or a file
	line  int    // in the file; 0 for a flag
}

// has tells whether the user gave the key at path a value, under this name or an engine's own.
func (s *source) has(path string) bool { return s.find(path) != "" }

// exactly tells whether the user gave the key at path a value under this name.
func (s *source) exactly(path string) bool { return s.named(path) != "" }

// at is where what counts at a path is said, see find; the path itself where nothing is.
func (s *source) at(path string) string { return cmp.Or(s.find(path), path) }

// find is where what counts at a path is said: under its name, or under an engine's own; empty where nothing
// is.
func (s *source) find(path string) string {
	found := s.named(path)
	for _, name := range otherNames()[path] {
		found = cmp.Or(found, s.named(name))
	}
	return found
}

// named is where a key's value is said under its name: in a pool's table, or at the path itself; empty where
// it is not.
func (s *source) named(path string) string {
	if s.pool != "" {
		if own := ownPath(s.pool, path); own != "" && s.says(own) {
			return own
		}
	}
	hidden := slices.ContainsFunc(s.hidden, func(table string) bool { return within(path, table) })
	if hidden || !s.says(path) {
		return ""
	}
	return path
}

// says tells whether there is a value at exactly that path.
func (s *source) says(path string) bool {
	if _, ok := s.set[path]; ok {
		return true
	}
	gone := slices.ContainsFunc(s.replaced, func(table string) bool { return within(path, table) })
	return !gone && s.document != nil && s.document.Has(path)
}

// within tells whether a path is a table's, or an array's, or that of a key in it.
func within(path, table string) bool {
	rest, ok := strings.CutPrefix(path, table)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// replace forgets where the keys of a table were set.
func (s *source) replace(table string) {
	s.replaced = append(slices.Clone(s.replaced), table)
	s.set = maps.Clone(s.set)
	maps.DeleteFunc(s.set, func(path string, _ origin) bool { return within(path, table) })
}

// fault is an error about the key at path.
func (s *source) fault(path, wrong, right string) error {
	path = s.at(path)
	if o, ok := s.set[path]; ok {
		return &fault.Error{File: o.label, Line: o.line, Key: path, Wrong: wrong, Right: right}
	}
	if s.document != nil {
		return s.document.Fault(path, wrong, right)
	}
	return &fault.Error{Key: path, Wrong: wrong, Right: right}
}

// where is the file and the line in which the key at path is set; a flag has no line.
func (s *source) where(path string) (file string, line int) {
	path = s.at(path)
	if o, ok := s.set[path]; ok {
		return o.label, o.line
	}
	if s.document == nil {
		return "", 0
	}
	return s.document.File(), s.document.Line(path)
}

func (s *source) faultf(path, right, format string, args ...any) error {
	return s.fault(path, fmt.Sprintf(format, args...), right)
}

// unknown is an error about a name that is none of the known ones.
func (s *source) unknown(path, kind, name string, known []string) error {
	return s.faultf(path, names.Suggest(name, known), "unknown %s %q", kind, name)
}

// path makes the file name that stands at a key relative to the folder in which the one who wrote it meant
// it.
func (s *source) path(key, name string) string {
	if filepath.IsAbs(name) || s.base(key) == "" {
		return name
	}
	return filepath.Join(s.base(key), name)
}

// base is where a relative file name at a key starts: the scenario's folder, for the names that its sweeps
// give too, and the user's own where a flag set it.
func (s *source) base(key string) string {
	if o, later := s.set[s.at(key)]; later && o.line == 0 {
		return ""
	}
	return s.folder
}

// Document is the scenario's text as it was read, below a comment for each key that was set afterwards. One
// that was made of flags alone has comments only.
func (s *Scenario) Document() []byte {
	var b strings.Builder
	for _, setting := range s.source.settings {
		fmt.Fprintf(&b, "# set: %s\n", setting)
	}
	b.Write(s.source.text)
	return []byte(b.String())
}
