package results

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// flat is a record as those of its values that have a role, by the usual names of values, each with the path
// of names that leads to it. Lists are left out, and so are texts that are too long for a name or a number.
type flat struct {
	leaves []leaf
	known  map[string]*part // of paths that were met
}

type leaf struct {
	*part
	text string // a number as it is written, or a text without its quotes
}

// part is what a path of names may stand for.
type part struct {
	path []string
	at   [callRoles]int8 // how far back the path stands among a role's usual names; -1: it has none of them
	unit string          // of time, in which the path ends
}

// partOf is the part of a path; nil where it has none.
func (f *flat) partOf(path []string) *part {
	key := strings.Join(path, "\x00")
	p, met := f.known[key]
	if met {
		return p
	}
	p = &part{path: path}
	name := path[len(path)-1]
	plays := slices.Contains(besideInput, name) || slices.Contains(besideOutput, name)
	for role, usual := range callNames {
		at, unit := names.Usual(path, usual)
		if p.at[role] = int8(at); at >= 0 {
			plays, p.unit = true, unit
		}
	}
	if !plays {
		p = nil
	}
	if len(f.known) < maxLeaves {
		f.known[key] = p
	}
	return p
}

func newFlat() *flat { return &flat{known: map[string]*part{}} }

// Bounds of what is kept of a record.
const (
	maxLeaves = 2000
	maxNested = 8   // objects in each other
	maxLeaf   = 256 // bytes of a value
)

// maxRecord is the longest record that is read, in bytes; prompts and answers may stand in it.
const maxRecord = 16 << 20

// flatten reads the value that comes next.
func (d *document) flatten(to *flat, path []string) error {
	switch d.Peek() {
	case '{':
		if len(path) >= maxNested {
			return d.Skip()
		}
		return d.Object(func(key string) error {
			return d.flatten(to, append(path[:len(path):len(path)], strings.Split(key, ".")...))
		})
	case '[':
		return d.Skip()
	}
	raw, err := d.Raw(maxRecord)
	if err != nil {
		return err
	}
	to.add(path, raw)
	return nil
}

// add keeps a value; of a text that is an object again, what stands in it.
func (f *flat) add(path []string, raw []byte) {
	text := string(raw)
	if len(raw) > 1 && raw[0] == '"' {
		if json.Unmarshal(raw, &text) != nil {
			return
		}
		if strings.HasPrefix(text, "{") {
			inner := document{Scanner: newScanner([]byte(text))}
			_ = inner.flatten(f, path) // what is no whole object gives what it holds
			return
		}
	}
	f.keep(path, text)
}

// keep adds a value that has a role.
func (f *flat) keep(path []string, text string) {
	if len(path) == 0 || len(text) > maxLeaf || len(f.leaves) == maxLeaves || text == "null" {
		return
	}
	if p := f.partOf(path); p != nil {
		f.leaves = append(f.leaves, leaf{p, text})
	}
}

// cell adds the value of a table's column, whose name may be a path.
func (f *flat) cell(name, text string) {
	path := strings.Split(name, ".")
	if strings.HasPrefix(text, "{") {
		inner := document{Scanner: newScanner([]byte(text))}
		_ = inner.flatten(f, path) // what is no whole object gives what it holds
		return
	}
	f.keep(path, text)
}

// find is the value that plays a role: of those that stand least deep, the one under the likeliest name. Its
// unit is that of its name; its part is nil where there is none.
func (f *flat) find(role int) (text string, of *part) {
	for i := range f.leaves {
		l := &f.leaves[i]
		if l.at[role] < 0 || of != nil && (len(l.path) > len(of.path) ||
			len(l.path) == len(of.path) && l.at[role] >= of.at[role]) {
			continue
		}
		text, of = l.text, l.part
	}
	if of == nil {
		of = &part{}
	}
	return text, of
}

// sibling is the number beside a value under another name; 0 where there is none.
func (f *flat) sibling(of *part, name string) float64 {
	for i := range f.leaves {
		path := f.leaves[i].path
		if n := len(path); n == len(of.path) && path[n-1] == name && slices.Equal(path[:n-1], of.path[:n-1]) {
			return max(0, known(measured(f.leaves[i].text)))
		}
	}
	return 0
}

// isWhole tells whether the first object of a document is a call by itself.
func isWhole(text []byte) bool {
	d, record := &document{Scanner: newScanner(text)}, newFlat()
	if d.Peek() != '{' || d.flatten(record, nil) != nil {
		return false
	}
	_, is := callIn(record)
	return is
}

// within is the key below which a document's objects stand in a list, such as {"data": [{…}]}; false where
// its first object is a record itself.
func within(text []byte) (key string, is bool) {
	s := newScanner(text)
	if s.Peek() != '{' {
		return "", false
	}
	_ = s.Object(func(name string) error {
		if s.Peek() == '[' && !is {
			more, err := s.Element(true)
			if err != nil {
				return err
			}
			if more && s.Peek() == '{' {
				key, is = name, true
				return errStop
			}
			for more && err == nil {
				if err = s.Skip(); err == nil {
					more, err = s.Element(false)
				}
			}
			return err
		}
		return s.Skip()
	})
	return key, is && !isWhole(text)
}
