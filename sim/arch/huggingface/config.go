package huggingface

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// maxValues bounds the values of a config.json, and with them its memory; quantised models name some 50,000
// layers.
const maxValues = 1_000_000

// config is the text decoder's part of a config.json. It remembers which fields were used and the first
// mistake, so that a family reads field after field and looks at the mistake once.
type config struct {
	file   string
	data   []byte
	fields map[string]any
	used   map[string]bool
	err    error
}

// read parses the JSON and, for a model of several towers, takes the text decoder's part; fields that only
// the file as a whole has (quantization_config, tie_word_embeddings) are added to it.
func read(file string, data []byte) (*config, error) {
	if len(data) > bounded.Config {
		return nil, &fault.Error{File: file, Wrong: fmt.Sprintf("has %d bytes", len(data)), Right: fmt.Sprintf("a config.json takes at most %d", bounded.Config)}
	}
	if separators := bytes.Count(data, []byte(",")) + bytes.Count(data, []byte("[")) + bytes.Count(data,
		[]byte("{")); separators > maxValues {
		return nil, &fault.Error{File: file, Wrong: fmt.Sprintf("has more than %d values", maxValues), Right: "give a model's config.json"}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var fields map[string]any
	err := decoder.Decode(&fields)
	if err == nil {
		_, trailing := decoder.Token()
		if trailing != io.EOF {
			err = fmt.Errorf("goes on after its end")
		}
	}
	if err != nil {
		offset := decoder.InputOffset()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			offset = syntax.Offset
		}
		if other := (*json.UnmarshalTypeError)(nil); errors.As(err, &other) {
			offset, err = other.Offset, fmt.Errorf("it holds one %s", other.Value)
		}
		line := 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
		return nil, &fault.Error{File: file, Line: line, Wrong: "is not a JSON object: " + err.Error(), Right: "give a Hugging Face config.json", Err: err}
	}
	if len(fields) == 0 {
		return nil, &fault.Error{File: file, Wrong: "has no fields", Right: "give a model's config.json"}
	}
	c := &config{file: file, data: data, fields: fields, used: map[string]bool{}}
	if text, ok := fields["text_config"].(map[string]any); ok {
		whole := maps.Clone(fields)
		delete(whole, "text_config")
		maps.Copy(whole, text)
		c.fields = whole
	}
	return c, nil
}

// fail remembers the first mistake.
func (c *config) fail(key, wrong, right string) {
	if c.err == nil {
		c.err = &fault.Error{File: c.file, Line: c.line(key), Key: key, Wrong: wrong, Right: right}
	}
}

// line is where a key is first written; in a file of several towers, after the start of the text decoder's
// part.
func (c *config) line(key string) int {
	quoted := []byte(strconv.Quote(key))
	start := max(0, bytes.Index(c.data, []byte(`"text_config"`)))
	at := bytes.Index(c.data[start:], quoted)
	if at < 0 {
		start, at = 0, bytes.Index(c.data, quoted)
	}
	if at < 0 {
		return 0
	}
	return 1 + bytes.Count(c.data[:start+at], []byte("\n"))
}

// value is a field's value; nil where it is absent or null.
func (c *config) value(key string) any {
	c.used[key] = true
	return c.fields[key]
}

// has tells whether a field is there and not null.
func (c *config) has(key string) bool { return c.fields[key] != nil }

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
	switch v := c.value(key).(type) {
	case nil:
		return absent
	case json.Number:
		if n, ok := whole(v); ok {
			return n
		}
		c.fail(key, fmt.Sprintf("is %s", v), "must be a whole number from 0 to 2147483647")
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be a whole number")
	}
	return absent
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
	switch v := c.value(key).(type) {
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

// text is "" where absent.
func (c *config) text(key string) string {
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
		number, ok := item.(json.Number)
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
	part := &config{file: c.file, data: c.data, used: map[string]bool{}}
	switch v := c.value(key).(type) {
	case nil:
	case map[string]any:
		part.fields = v
	default:
		c.fail(key, fmt.Sprintf("is %s", describe(v)), "must be an object")
	}
	return part
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
	default:
		return "an object"
	}
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
