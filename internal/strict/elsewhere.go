package strict

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// mostPlaces are as many tables as a message names where a key belongs.
const mostPlaces = 3

// indices are the places in arrays, which a document does not write.
var indices = regexp.MustCompile(`\[[0-9]+\]`)

// Hinter is a table that knows what people write in it by other names.
type Hinter interface {
	// Instead says what to write instead of a key that the table does not have; "" where it knows nothing.
	Instead(key string) string
}

var hinterType = reflect.TypeFor[Hinter]()

// unknown says what to write instead of a key that a table of type t does not have: what the table itself
// says; where the key belongs, if it is one of a table below this one; a near name of this table; or where
// else in the document it belongs.
func (c *checker) unknown(path, key string, t reflect.Type) string {
	if t.Implements(hinterType) {
		if instead := reflect.Zero(t).Interface().(Hinter).Instead(strings.ToLower(key)); instead != "" {
			return instead
		}
	}
	known := fieldsOf(t).known
	places := holders(t, key, indices.ReplaceAllString(path, ""), nil)
	if len(places) == 0 && names.Nearest(key, known) == "" && c.root.Kind() == reflect.Struct {
		places = holders(c.root, key, "", nil)
	}
	if len(places) == 0 || len(places) > mostPlaces {
		return names.Suggest(key, known)
	}
	return "it is a key of " + listed(places)
}

// holders are the paths of the tables under a type that have a key, the type's own aside; around are the
// types that hold this one.
func holders(t reflect.Type, key, path string, around []reflect.Type) []string {
	var found []string
	f := fieldsOf(t)
	for _, name := range f.known {
		field, many := f.types[strings.ToLower(name)], false
		for field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice {
			many = many || field.Kind() == reflect.Slice
			field = field.Elem()
		}
		if field.Kind() != reflect.Struct || opaque(field) || slices.Contains(around, field) {
			continue
		}
		at := join(path, name)
		if _, has := fieldsOf(field).types[strings.ToLower(key)]; has {
			found = append(found, bracketed(at, many))
		}
		found = append(found, holders(field, key, at, append(around, field))...)
	}
	return found
}

// bracketed is a table's path as a document writes it.
func bracketed(path string, many bool) string {
	if many {
		return "[[" + path + "]]"
	}
	return "[" + path + "]"
}

func listed(tables []string) string {
	last := len(tables) - 1
	if last == 0 {
		return tables[0]
	}
	return strings.Join(tables[:last], ", ") + " and of " + tables[last]
}
