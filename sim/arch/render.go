package arch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// TOML is the document as text in the catalogue's order: what the model is, its components in order of use,
// the stack.
func (s *Spec) TOML() []byte {
	var b bytes.Buffer
	headerKeys := tomlKeys(reflect.TypeFor[header]())
	for _, key := range headerKeys {
		if value, ok := s.tree[key]; ok && key != "precision" && key != "stack" && key != "mtp" {
			fmt.Fprintf(&b, "%s = %s\n", key, render(value))
		}
	}
	if precision, ok := s.tree["precision"].(map[string]any); ok && len(precision) > 0 {
		writeTable(&b, "[precision]", precision, tomlKeys(reflect.TypeFor[formats]()))
	}
	for _, name := range s.componentNames() {
		table := s.tree[name].(map[string]any)
		keys := []string{"kind"}
		kind, _ := table["kind"].(string)
		if part, err := newPart(kind); err == nil {
			keys = append(keys, fieldNames(part)...)
		}
		writeTable(&b, "["+bareKey(name)+"]", table, keys)
	}
	for _, name := range []string{"stack", "mtp"} {
		entries, _ := cloneTree(s.tree[name]).([]any)
		for _, entry := range entries {
			if table, ok := entry.(map[string]any); ok {
				writeTable(&b, "[["+name+"]]", table, tomlKeys(reflect.TypeFor[stackEntry]()))
			}
		}
	}
	return b.Bytes()
}

// writeTable writes a table's keys in the order given, then any others.
func writeTable(b *bytes.Buffer, heading string, table map[string]any, order []string) {
	fmt.Fprintf(b, "\n%s\n", heading)
	for _, key := range order {
		if value, ok := table[key]; ok {
			fmt.Fprintf(b, "%s = %s\n", key, render(value))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if !slices.Contains(order, key) {
			fmt.Fprintf(b, "%s = %s\n", bareKey(key), render(table[key]))
		}
	}
}

// tomlKeys lists a struct's keys in order of declaration.
func tomlKeys(t reflect.Type) []string {
	var list []string
	for _, field := range reflect.VisibleFields(t) {
		if !field.Anonymous {
			list = append(list, field.Tag.Get("toml"))
		}
	}
	return list
}

// quote writes a string; JSON's escapes are TOML's too.
func quote(s string) string {
	text, _ := json.Marshal(s) // a string always encodes
	return string(text)
}

// bareKey writes a key, in quotes where it needs them.
func bareKey(key string) string {
	for _, r := range key {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", r) {
			return quote(key)
		}
	}
	return key
}

// render writes a value inline.
func render(value any) string {
	switch v := value.(type) {
	case string:
		return quote(v)
	case []any:
		list := make([]string, len(v))
		for i, item := range v {
			list[i] = render(item)
		}
		if len(v) > 0 && reflect.TypeOf(v[0]).Kind() == reflect.Map {
			return "[\n    " + strings.Join(list, ",\n    ") + ",\n]"
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]any:
		var pairs []string
		for _, key := range slices.Backward(slices.Sorted(maps.Keys(v))) { // mixer before ffn
			pairs = append(pairs, key+" = "+render(v[key]))
		}
		return "{ " + strings.Join(pairs, ", ") + " }"
	default:
		return fmt.Sprint(value)
	}
}
