package strict

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/roofserve/roofserve/internal/fault"
)

var (
	textType  = reflect.TypeFor[encoding.TextUnmarshaler]()
	tomlType  = reflect.TypeFor[toml.Unmarshaler]()
	plainType = reflect.TypeFor[toml.Primitive]()
	timeType  = reflect.TypeFor[time.Time]()
)

// check compares the parsed tree with the type of into. The TOML library's own checks do not do: they walk
// tables in random order, give no line for unknown keys, and the line of the last element for any element of
// an array.
func (d *Document) check(into any) []*fault.Error {
	c := checker{document: d, root: reflect.TypeOf(into)}
	for c.root.Kind() == reflect.Pointer {
		c.root = c.root.Elem()
	}
	c.value("", d.tree, c.root)
	return c.faults
}

type checker struct {
	document *Document
	root     reflect.Type // of the whole document
	faults   []*fault.Error
}

func (c *checker) report(path, wrong, right string) {
	c.faults = append(c.faults, &fault.Error{File: c.document.file, Line: c.document.Line(path), Key: path,
		Wrong: wrong, Right: right})
}

// value checks one TOML value against the Go type it will be stored in.
func (c *checker) value(path string, data any, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if number, ok := data.(float64); ok && math.IsNaN(number) {
		c.report(path, "is not a number", "use a finite number")
		return
	}
	switch {
	case opaque(t):
		return // the library judges these
	case reflect.PointerTo(t).Implements(textType):
		c.text(path, data, t)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		c.table(path, data, t)
	case reflect.Map:
		c.dictionary(path, data, t)
	case reflect.Slice, reflect.Array:
		c.array(path, data, t)
	default:
		c.scalar(path, data, t)
	}
}

// opaque tells whether the library reads a type in its own way.
func opaque(t reflect.Type) bool {
	return t == plainType || t == timeType || reflect.PointerTo(t).Implements(tomlType)
}

// text checks a value that the type reads from its text.
func (c *checker) text(path string, data any, t reflect.Type) {
	s, ok := data.(string)
	if !ok {
		c.mismatch(path, data, "a string")
		return
	}
	if err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		c.report(path, err.Error(), "")
	}
}

func (c *checker) table(path string, data any, t reflect.Type) {
	table, ok := data.(map[string]any)
	if !ok {
		c.mismatch(path, data, "a table")
		return
	}
	f := fieldsOf(t)
	for key, value := range table {
		field, ok := f.types[strings.ToLower(key)]
		if !ok {
			c.report(join(path, key), "unknown key", c.unknown(path, key, t))
			continue
		}
		c.value(join(path, key), value, field)
	}
}

func (c *checker) dictionary(path string, data any, t reflect.Type) {
	table, ok := data.(map[string]any)
	if !ok {
		c.mismatch(path, data, "a table")
		return
	}
	for key, value := range table {
		c.value(join(path, key), value, t.Elem())
	}
}

func (c *checker) array(path string, data any, t reflect.Type) {
	v := reflect.ValueOf(data)
	if v.Kind() != reflect.Slice {
		c.mismatch(path, data, "an array")
		return
	}
	if t.Kind() == reflect.Array && v.Len() != t.Len() {
		c.report(path, fmt.Sprintf("has %d elements", v.Len()), fmt.Sprintf("use %d", t.Len()))
		return
	}
	for i := range v.Len() {
		c.value(index(path, i), v.Index(i).Interface(), t.Elem())
	}
}

// scalar checks numbers, strings and booleans.
func (c *checker) scalar(path string, data any, t reflect.Type) {
	zero := reflect.Zero(t)
	switch {
	case t.Kind() == reflect.Interface:
	case t.Kind() == reflect.String:
		c.require(path, data, reflect.String, "a string")
	case t.Kind() == reflect.Bool:
		c.require(path, data, reflect.Bool, "true or false")
	case zero.CanFloat():
		if _, whole := data.(int64); !whole {
			c.require(path, data, reflect.Float64, "a number")
		}
	case zero.CanInt():
		if n, ok := data.(int64); !ok {
			c.mismatch(path, data, "a whole number")
		} else if zero.OverflowInt(n) {
			c.report(path, fmt.Sprintf("%d is out of range", n), "use a smaller number")
		}
	case zero.CanUint():
		if n, ok := data.(int64); !ok {
			c.mismatch(path, data, "a whole number")
		} else if n < 0 || zero.OverflowUint(uint64(n)) {
			c.report(path, fmt.Sprintf("%d is out of range", n), "use a whole number from 0")
		}
	}
}

func (c *checker) require(path string, data any, kind reflect.Kind, want string) {
	if reflect.TypeOf(data).Kind() != kind {
		c.mismatch(path, data, want)
	}
}

func (c *checker) mismatch(path string, data any, want string) {
	c.report(path, describe(data), "use "+want)
}

// describe says what kind of TOML value data is.
func describe(data any) string {
	switch v := data.(type) {
	case string:
		return fmt.Sprintf("%q is a string", v)
	case bool:
		return fmt.Sprintf("%t is a boolean", v)
	case int64:
		return fmt.Sprintf("%d is a whole number", v)
	case float64:
		return fmt.Sprintf("%v is a fraction", v)
	case time.Time:
		return "is a date"
	case map[string]any:
		return "is a table"
	default:
		return "is an array"
	}
}

// fields are the keys of a struct: by lower case (keys match whatever their case, as in the TOML library)
// with their types, and as they are written, in order of declaration.
type fields struct {
	types map[string]reflect.Type
	known []string
}

// structs are the fields of the types met so far: settings are decoded into the same few by the thousand.
var structs sync.Map // of fields, by reflect.Type

func fieldsOf(t reflect.Type) fields {
	if known, ok := structs.Load(t); ok {
		return known.(fields)
	}
	f := fields{types: map[string]reflect.Type{}}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
		if !field.IsExported() || name == "-" || field.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		f.types[strings.ToLower(name)] = field.Type
		f.known = append(f.known, name)
	}
	structs.Store(t, f)
	return f
}
