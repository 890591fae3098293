package huggingface

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
)

// config is the text decoder's part of a config.json. It remembers which fields were used and the first
// mistake, so that a family reads field after field and looks at the mistake once.
type config struct {
	file   string
	text   string
	fields map[string]any
	whole  map[string]any    // the file's own fields, of a model of several towers
	tower  string            // the field that holds the text decoder's part; "" where the file is all of it
	named  map[string]string // the names that the file gives to fields which have another name here
	used   map[string]bool
	words  []string // warnings
	known  string   // the family that reads it
	// crossed is the number of parameters of the decoder's layers that only images pass.
	crossed int
	err     error
}

// warn adds a warning.
func (c *config) warn(format string, args ...any) {
	c.words = append(c.words, fmt.Sprintf(format, args...))
}

// fail remembers the first mistake.
func (c *config) fail(key, wrong, right string) {
	if c.err == nil {
		name := key
		if other := c.named[key]; other != "" {
			name = other
		}
		c.err = &fault.Error{File: c.file, Line: c.line(key), Key: name, Wrong: wrong, Right: right}
	}
}

// line is where a key is first written; in a file of several towers, after the start of the text decoder's
// part.
func (c *config) line(key string) int {
	if other := c.named[key]; other != "" {
		key = other
	}
	quoted := strconv.Quote(key[strings.LastIndexByte(key, '.')+1:])
	start := 0
	if c.tower != "" {
		start = max(0, strings.Index(c.text, strconv.Quote(c.tower)))
	}
	at := strings.Index(c.text[start:], quoted)
	if at < 0 {
		start, at = 0, strings.Index(c.text, quoted)
	}
	if at < 0 {
		return 0
	}
	return 1 + strings.Count(c.text[:start+at], "\n")
}

// value is a field's value; nil where it is absent or null.
func (c *config) value(key string) any {
	first, _, _ := strings.Cut(key, ".")
	c.used[first] = true
	return c.field(key)
}

// has tells whether a field is there and not null.
func (c *config) has(key string) bool { return c.field(key) != nil }

// field is a field's value; a dot leads into a part of the file.
func (c *config) field(key string) any {
	part, inner, nested := strings.Cut(key, ".")
	if value, ok := c.fields[key]; ok || !nested {
		return value
	}
	fields, _ := c.fields[part].(map[string]any)
	return fields[inner]
}

// assume gives a size that a file leaves out its class's default.
func (c *config) assume(key string, standard int) {
	if !c.has(key) {
		c.fields[key] = number(standard)
	}
}

// assumeAll gives fields that a file leaves out the defaults of a list: "head_dim=256
// tie_word_embeddings=true".
func (c *config) assumeAll(list string) {
	for _, item := range strings.Fields(list) {
		key, text, _ := strings.Cut(item, "=")
		if c.has(key) {
			continue
		}
		c.fields[key], _, _ = readJSON(text) // the list is the family's own: no error is possible
	}
}

// integer is a field that must be there.
func (c *config) integer(key string) int {
	if !c.has(key) {
		c.fail(key, "is missing", "give it as a whole number")
		return 0
	}
	return c.integerOr(key, 0)
}

// integerOr is a whole number from 0, or what it is where absent.
func (c *config) integerOr(key string, absent int) int {
	switch v := written(c.value(key)).(type) {
	case nil:
		return absent
	case json.Number:
		if n, ok := whole(v); ok {
			return n
		}
		c.fail(key, fmt.Sprintf("is %s", v), "must be a whole number from 0 to 2147483647")
	case []any: // a value for each layer, the same one for all
		if n, ok := common(v); ok {
			return n
		}
		c.fail(key, "is a list whose values differ or are no whole numbers", "must be a whole number")
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be a whole number")
	}
	return absent
}

// common is the number that every element of a list is.
func common(list []any) (int, bool) {
	if len(list) == 0 {
		return 0, false
	}
	first, ok := written(list[0]).(json.Number)
	for _, item := range list {
		if number, same := written(item).(json.Number); !ok || !same || number != first {
			return 0, false
		}
	}
	return whole(first)
}

// float is a number; 0 where absent.
func (c *config) float(key string) float64 {
	switch v := written(c.value(key)).(type) {
	case nil:
		return 0
	case json.Number:
		if x, err := v.Float64(); err == nil && x >= 0 && x <= maxProduct {
			return x
		}
	}
	c.fail(key, "is "+describe(c.fields[key]), "must be a number")
	return 0
}

// whole reads a number that counts something.
func whole(number json.Number) (int, bool) {
	x, err := number.Float64()
	if err != nil || x != math.Trunc(x) || x < 0 || x > math.MaxInt32 {
		return 0, false
	}
	return int(x), true
}

// boolean is false where absent.
func (c *config) boolean(key string) bool {
	switch v := written(c.value(key)).(type) {
	case nil:
		return false
	case bool:
		return v
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be true or false")
		return false
	}
}

// booleanOr is a boolean, or what it is where absent.
func (c *config) booleanOr(key string, absent bool) bool {
	if !c.has(key) {
		return absent
	}
	return c.boolean(key)
}

// string is "" where absent.
func (c *config) string(key string) string {
	switch v := c.value(key).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be a string")
		return ""
	}
}

// integers is a list of whole numbers; nil where absent.
func (c *config) integers(key string) []int {
	var list []int
	for _, item := range c.list(key) {
		number, ok := written(item).(json.Number)
		n, small := whole(number)
		if !ok || !small {
			c.fail(key, fmt.Sprintf("holds %s", describe(item)), "must be a list of whole numbers")
			return nil
		}
		list = append(list, n)
	}
	return list
}

// set is a list of whole numbers of which only the presence counts.
func (c *config) set(key string) map[int]bool {
	members := map[int]bool{}
	for _, n := range c.integers(key) {
		members[n] = true
	}
	return members
}

// texts is a list of strings; nil where absent.
func (c *config) texts(key string) []string {
	var list []string
	for _, item := range c.list(key) {
		s, ok := item.(string)
		if !ok {
			c.fail(key, fmt.Sprintf("holds %s", describe(item)), "must be a list of strings")
			return nil
		}
		list = append(list, s)
	}
	return list
}

func (c *config) list(key string) []any {
	switch v := c.value(key).(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be a list")
		return nil
	}
}

// table is a part of the config with fields of its own; empty where absent. Its mistakes are added to c's
// with adopt.
func (c *config) table(key string) *config {
	part := c.within(nil)
	switch v := c.value(key).(type) {
	case nil:
	case map[string]any:
		part.fields = v
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be an object")
	}
	return part
}

// within is a part of the config that has fields of its own.
func (c *config) within(fields map[string]any) *config {
	return &config{file: c.file, text: c.text, fields: fields,
		named: map[string]string{}, used: map[string]bool{}}
}

// adopt takes over a part's first mistake.
func (c *config) adopt(part *config) {
	if c.err == nil {
		c.err = part.err
	}
}

// unused lists the fields that no one read and that are not off (null, false, 0, empty), sorted.
func (c *config) unused() []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(c.fields)) {
		if !c.used[key] && !off(c.fields[key]) {
			list = append(list, key)
		}
	}
	return list
}

func off(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case json.Number:
		x, err := v.Float64()
		return err == nil && x == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}

// describe says what kind of JSON value v is.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 40 {
			v = v[:40] + "…"
		}
		return fmt.Sprintf("the string %q", v)
	case bool:
		return fmt.Sprintf("%t", v)
	case json.Number:
		return v.String()
	case []any:
		return "a list"
	case nil:
		return "null"
	case notFinite:
		return string(v)
	default:
		return "an object"
	}
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
