package arch

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
)

// Spec is a model as its document describes it: fields, named components and a stack of them. Overrides
// change the document; Build turns it into a Model.
type Spec struct {
	file     string
	document *strict.Document // for line numbers; nil where the document was not read from a TOML file
	tree     map[string]any
}

// LoadFile reads a model from a TOML file.
func LoadFile(path string) (*Spec, error) {
	data, err := bounded.ReadFile(path, maxFileBytes)
	if err != nil {
		return nil, &fault.Error{File: path, Wrong: "cannot be read: " + err.Error(), Right: "give a model's TOML file", Err: err}
	}
	return Parse(path, data)
}

// Parse reads a model from the TOML text data of file.
func Parse(file string, data []byte) (*Spec, error) {
	if err := checkSize(file, data); err != nil {
		return nil, err
	}
	document, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	tree := map[string]any{}
	if _, err := toml.Decode(string(data), &tree); err != nil {
		return nil, err
	}
	return &Spec{file: file, document: document, tree: tree}, nil
}

// Bounds of a model's document, far above any real one. They keep the parser's memory small, which grows with
// the depth of arrays and with the square of the length of dotted keys.
const (
	maxFileBytes = 1 << 16
	maxLineBytes = 1 << 10
)

func checkSize(file string, data []byte) error {
	if len(data) > maxFileBytes {
		return &fault.Error{File: file, Wrong: fmt.Sprintf("has %d bytes", len(data)), Right: fmt.Sprintf("a model takes at most %d", maxFileBytes)}
	}
	line := 0
	for text := range bytes.Lines(data) {
		if line++; len(text) > maxLineBytes {
			return &fault.Error{File: file, Line: line, Wrong: fmt.Sprintf("has %d bytes", len(text)),
				Right: fmt.Sprintf("break it into lines of at most %d", maxLineBytes)}
		}
	}
	return nil
}

// FromTree makes a Spec of a document that is already a tree of tables (map[string]any), arrays ([]any),
// strings, booleans, int64 and float64. file is the name that errors give.
func FromTree(file string, tree map[string]any) *Spec { return &Spec{file: file, tree: tree} }

// Clone is a copy that overrides do not share.
func (s *Spec) Clone() *Spec {
	return &Spec{file: s.file, document: s.document, tree: cloneTree(s.tree).(map[string]any)}
}

func cloneTree(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, inner := range v {
			copied[key] = cloneTree(inner)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, inner := range v {
			copied[i] = cloneTree(inner)
		}
		return copied
	case []map[string]any:
		copied := make([]any, len(v))
		for i, inner := range v {
			copied[i] = cloneTree(inner)
		}
		return copied
	default:
		return value
	}
}

// Override sets the value at an address of the document: a field ("hidden"), a component's field
// ("attention.kv_heads"), a whole component ("attention" with a table), or a part of the stack
// ("stack[0].repeat"). A table is merged field by field; where it names another kind, the fields that both
// kinds have are kept and the others dropped.
func (s *Spec) Override(key string, value any) error {
	path, err := splitKey(key)
	if err != nil {
		return err
	}
	value = plain(cloneTree(value))
	if table, ok := value.(map[string]any); ok && len(path) == 1 {
		return s.overrideTable(path[0], table)
	}
	if len(path) == 2 && path[1] == "kind" {
		return s.changeKind(key, path[0], value)
	}
	return s.set(key, path, value)
}

// overrideTable merges a table into a component, its kind first; a component that is not there is added.
func (s *Spec) overrideTable(name string, table map[string]any) error {
	if _, ok := s.tree[name].(map[string]any); !ok {
		s.tree[name] = table
		return nil
	}
	if kind, ok := table["kind"]; ok {
		if err := s.changeKind(name+".kind", name, kind); err != nil {
			return err
		}
	}
	component := s.tree[name].(map[string]any)
	maps.Copy(component, table)
	return nil
}

// successor is a kind that follows from others: where a model's attention is turned into it, follow adds the
// fields that it needs and the other kind lacks. Those that the change itself names come later.
type successor interface {
	follow(before, component map[string]any)
}

// changeKind turns a component into another kind.
func (s *Spec) changeKind(key, name string, value any) error {
	component, ok := s.tree[name].(map[string]any)
	if !ok {
		return s.unknownComponent(key, name)
	}
	kind, ok := value.(string)
	if !ok {
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("%v is not a string", value), Right: "name a kind: " + strings.Join(Kinds(), ", ")}
	}
	part, err := newPart(kind)
	if err != nil {
		return within(err, name)
	}
	if component["kind"] != kind {
		before := maps.Clone(component)
		fields := fieldNames(part)
		maps.DeleteFunc(component, func(field string, _ any) bool { return !slices.Contains(fields, field) })
		component["kind"] = kind
		if p, ok := part.(successor); ok {
			p.follow(before, component)
		}
	}
	return nil
}

// set stores a value at a path whose tables and elements are all there.
func (s *Spec) set(key string, path []string, value any) error {
	var at any = s.tree
	for i, step := range path {
		last := i == len(path)-1
		switch v := at.(type) {
		case map[string]any:
			if last {
				v[step] = value
				return nil
			}
			next, ok := v[step]
			if !ok && i == 0 && step == "precision" {
				next = map[string]any{}
				v[step] = next
			} else if !ok {
				return s.unknownComponent(key, step)
			}
			if list, ok := next.([]map[string]any); ok {
				next = cloneTree(list)
				v[step] = next
			}
			at = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(v) {
				return &fault.Error{Key: key, Wrong: fmt.Sprintf("no element %s", step), Right: fmt.Sprintf("there are %d, counted from 0", len(v))}
			}
			if last {
				v[n] = value
				return nil
			}
			at = v[n]
		default:
			return &fault.Error{Key: key, Wrong: fmt.Sprintf("%s has no fields", strings.Join(path[:i], "."))}
		}
	}
	return nil
}

func (s *Spec) unknownComponent(key, name string) error {
	return &fault.Error{Key: key, Wrong: fmt.Sprintf("the model has no component %q", name), Right: names.Suggest(name, s.componentNames())}
}

// componentNames lists the document's component tables.
func (s *Spec) componentNames() []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(s.tree)) {
		if _, ok := s.tree[key].(map[string]any); ok && key != "precision" {
			list = append(list, key)
		}
	}
	return list
}

// splitKey reads an address: fields separated by dots, elements of arrays in brackets.
func splitKey(key string) ([]string, error) {
	path := strings.Split(strings.ReplaceAll(strings.ReplaceAll(key, "[", "."), "]", ""), ".")
	if slices.Contains(path, "") || len(path) > maxDepth {
		return nil, &fault.Error{Key: key, Wrong: "is not an address of the model's document", Right: `write it as in "attention.kv_heads" or "stack[0].repeat"`}
	}
	return path, nil
}

// maxDepth is how deep a document's addresses go: stack[0].layers[1].mixer.
const maxDepth = 5

// plain turns the number types that callers hand in into those of a TOML document; a whole float64 is an
// integer.
func plain(value any) any {
	switch v := value.(type) {
	case int:
		return int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case map[string]any:
		for key, inner := range v {
			v[key] = plain(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = plain(inner)
		}
	}
	return value
}

// within puts the name of a component, or of another table, before the key of an error.
func within(err error, name string) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return err
	}
	key := name
	if wrong.Key != "" {
		key += "." + wrong.Key
	}
	return &fault.Error{File: wrong.File, Line: wrong.Line, Key: key, Wrong: wrong.Wrong, Right: wrong.Right,
		Err: wrong.Err}
}

// located gives an error about the document its file and line.
func (s *Spec) located(err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return err
	}
	line := 0
	if s.document != nil {
		line = s.document.Line(wrong.Key)
	}
	return &fault.Error{File: s.file, Line: line, Key: wrong.Key, Wrong: wrong.Wrong, Right: wrong.Right,
		Err: wrong.Err}
}
