package scenarios

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// everyKey lists the keys of all tables, by their paths.
func everyKey() iter.Seq2[string, *key] {
	return func(yield func(string, *key) bool) {
		for _, t := range tables {
			for i := range t.keys {
				if !yield(t.path+"."+t.keys[i].name, &t.keys[i]) {
					return
				}
			}
		}
	}
}

// structs are the tables of a struct's fields and of those within them, by their paths.
func structs(kind reflect.Type, path string) map[string]reflect.Type {
	list := map[string]reflect.Type{}
	for i := range kind.NumField() {
		name := kind.Field(i).Tag.Get("toml")
		inner := kind.Field(i).Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if name == "" || name == "-" || inner.Kind() != reflect.Struct {
			continue
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		list[at] = inner
		for deeper, t := range structs(inner, at) {
			list[deeper] = t
		}
	}
	return list
}

// fieldKeys are the keys that a struct's fields set, without tables.
func fieldKeys(kind reflect.Type) []string {
	var list []string
	for i := range kind.NumField() {
		if f := kind.Field(i); element(f.Type).Kind() != reflect.Struct {
			list = append(list, f.Tag.Get("toml"))
		}
	}
	return list
}

// Every table that a file may have is described, key for key, in the order of its struct.
func TestTablesDescribeTheStructs(t *testing.T) {
	for _, complaint := range complaints() {
		t.Error(complaint)
	}
}

// complaints say where tables and structs differ, and what descriptions lack.
func complaints() []string {
	var list []string
	complain := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	left := structs(reflect.TypeFor[Scenario](), "")
	for _, table := range tables {
		kind, ok := left[table.path]
		if !ok {
			complain("[%s] is described, and no field of Scenario is such a table", table.path)
			continue
		}
		delete(left, table.path)
		var described []string
		for _, k := range table.keys {
			described = append(described, k.name)
			if k.does == "" || k.unset == "" || k.example == "" {
				complain("%s.%s lacks what it does, its default or an example", table.path, k.name)
			}
		}
		if want := fieldKeys(kind); !slices.Equal(described, want) {
			complain("[%s] describes %v, and %v has %v", table.path, described, kind, want)
		}
	}
	for path := range left {
		complain("[%s] is described nowhere: add it to tables (table.go)", path)
	}
	return list
}

// writtenValue is a value as a description writes it.
func writtenValue(v reflect.Value) string {
	v = reflect.Indirect(v)
	if v.Kind() == reflect.String {
		return strconv.Quote(v.String())
	}
	return fmt.Sprint(v)
}

// A default that the tables give as a value is what a scenario resolves to that leaves the key out.
func TestTablesGiveTheDefaults(t *testing.T) {
	list := probes(t)
	for path, k := range everyKey() {
		probe, ok := list[path]
		if !ok || !tomlValue.MatchString(k.unset) {
			continue
		}
		s := Empty("")
		setAll(t, s, probe.settings...)
		if s.Has(path) {
			continue
		}
		resolved, _, err := s.Resolve()
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if got := writtenValue(resolved.value(path)); got != k.unset {
			t.Errorf("%s is %s where it is left out, not %s", path, got, k.unset)
		}
	}
}
