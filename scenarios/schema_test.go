package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// schemaText is docs/reference/scenario.schema.json: a JSON Schema in draft 4, which editors of TOML read.
func schemaText(t *testing.T) string {
	schema := tableSchema(reflect.TypeFor[Scenario](), "")
	schema["$schema"] = "http://json-schema.org/draft-04/schema#"
	schema["title"] = "A roofserve scenario"
	schema["description"] = "Written by " + updateCommand
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// tableSchema is that of a struct's table, with those within it.
func tableSchema(kind reflect.Type, path string) map[string]any {
	properties := map[string]any{}
	for i := range kind.NumField() {
		f := kind.Field(i)
		name := f.Tag.Get("toml")
		at := strings.TrimPrefix(path+"."+name, ".")
		inner := element(f.Type)
		switch {
		case name == "" || name == "-":
		case inner.Kind() == reflect.Struct && f.Type.Kind() == reflect.Slice:
			properties[name] = map[string]any{"type": "array", "items": tableSchema(inner, at)}
		case inner.Kind() == reflect.Struct:
			properties[name] = tableSchema(inner, at)
		default:
			properties[name] = tableAt(path).schema(name)
		}
	}
	schema := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if path != "" {
		schema["description"] = tableAt(path).does
	}
	return schema
}

// tableAt is the description of a table.
func tableAt(path string) *table {
	for _, t := range tables {
		if t.path == path {
			return t
		}
	}
	panic("no table describes " + path)
}

// schema is that of a key.
func (t *table) schema(name string) map[string]any {
	var k *key
	for i := range t.keys {
		if t.keys[i].name == name {
			k = &t.keys[i]
		}
	}
	kind := t.fieldOf(k)
	schema := map[string]any{"type": typeName(kind), "description": t.summary(k)}
	switch kind.Kind() {
	case reflect.Map:
		schema["type"] = "object"
	case reflect.Interface:
		schema["type"] = []string{"number", "array"}
	}
	if kind.Kind() == reflect.Uint64 {
		schema["minimum"] = 0
	}
	if r := k.within; r != nil {
		schema["minimum"], schema["maximum"] = r.min, r.max
		if r.infinite {
			delete(schema, "maximum")
		}
		if r.openMin {
			schema["exclusiveMinimum"] = true
		}
		if r.openMax {
			schema["exclusiveMaximum"] = true
		}
	}
	if n := k.names; n != nil && n.anyCase {
		names, pattern := map[string]any{"enum": n.list()}, map[string]any{"pattern": anyCase(n.list())}
		either := []any{names, pattern} // the list is what editors offer
		if n.files {
			either = append(either, map[string]any{"pattern": `\.toml$`})
		}
		schema["anyOf"] = either
	} else if n != nil {
		schema["enum"] = n.list()
	}
	return schema
}

// summary is what an editor shows of a key.
func (t *table) summary(k *key) string {
	text := k.does + t.beside(k)
	if k.unit != "" {
		text += fmt.Sprintf(" Unit: %s.", k.unit)
	}
	return fmt.Sprintf("%s Default: %s. Example: %s = %s", text, k.unset, k.name, k.example)
}

// anyCase is a pattern of names in upper, lower or mixed case.
func anyCase(list []string) string {
	var pattern strings.Builder
	for i, name := range list {
		if i > 0 {
			pattern.WriteByte('|')
		}
		for _, c := range name {
			if unicode.IsLetter(c) {
				fmt.Fprintf(&pattern, "[%c%c]", unicode.ToUpper(c), c)
			} else {
				pattern.WriteRune(c)
			}
		}
	}
	return "^(" + strings.ReplaceAll(pattern.String(), ".", `\.`) + ")$"
}
