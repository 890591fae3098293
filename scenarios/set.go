package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/strict"
)

// SetText changes one key as a flag does: key=value with the value in TOML, where a bare word is a string.
func (s *Scenario) SetText(assignment string) error {
	label := "--set " + assignment
	key, text, ok := strings.Cut(assignment, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return &fault.Error{File: label, Wrong: "has no key and value", Right: "write --set workload.rate_scale=2"}
	}
	return s.SetFlag(key, strings.TrimSpace(text), label)
}

// Set changes one key; label stands in messages for what set it.
func (s *Scenario) Set(key string, value any, label string) error {
	return s.set(key, value, origin{label: label})
}

// SetFlag changes one key to what a flag's text says; label stands in messages for the flag.
func (s *Scenario) SetFlag(key, text, label string) error {
	value, err := ParseValue(text)
	if beyond := (*fault.Error)(nil); errors.As(err, &beyond) {
		return &fault.Error{File: label, Key: key, Wrong: beyond.Wrong, Right: beyond.Right}
	}
	if err != nil {
		return &fault.Error{File: label, Key: key, Wrong: err.Error(), Right: "use a number that 64 bits hold"}
	}
	return s.set(key, value, origin{label: label})
}

// ParseValue reads a value as a flag gives it: in TOML; what is none is a string. The error is about a number
// that is too large for TOML, or a fault about a value out of a document's bounds.
func ParseValue(text string) (any, error) {
	if err := strict.CheckBounds("", []byte("V = "+text)); err != nil {
		return nil, err
	}
	var holder struct{ V any }
	_, err := toml.Decode("V = "+text, &holder)
	var parse toml.ParseError
	if errors.As(err, &parse) {
		number, _, large := strings.Cut(parse.Message, " is out of range")
		if large && (number == text || strings.ContainsAny(text[:1], "[{")) {
			return nil, fmt.Errorf("%s is out of range", number)
		}
	}
	if err != nil || holder.V == nil {
		return text, nil
	}
	return holder.V, nil
}

func (s *Scenario) set(key string, value any, o origin) error {
	key = overrideKey(key)
	if field, ok := strings.CutPrefix(key, "model.override."); ok {
		s.override(field, value)
		s.remember(key, value, o)
		return nil
	}
	if _, table := value.(map[string]any); table {
		s.replace(key)
	}
	if key == "pool" { // whose pools stand for all those before
		s.Pool = nil
		s.source.replace(key)
	}
	text, err := inline(value)
	if at := poolKey.FindStringSubmatch(key); err == nil && at != nil {
		err = s.setPool(at[1], at[2], text)
	} else if err == nil {
		err = decodeOver(s, key, text)
	}
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		located := *wrong
		if at := poolKey.FindStringSubmatch(key); at != nil && !poolKey.MatchString(wrong.Key) {
			located.Key = key[:len(key)-len(at[2])] + wrong.Key
		}
		located.File, located.Line = o.label, o.line
		return &located
	}
	if err != nil {
		return &fault.Error{File: o.label, Line: o.line, Key: key, Wrong: err.Error()}
	}
	s.remember(key, value, o)
	return nil
}

// decodeOver reads key = text on top of what a struct holds.
func decodeOver(into any, key, text string) error {
	document, err := strict.Parse(key, []byte(key+" = "+text+"\n"))
	if err != nil {
		return err
	}
	return document.Decode(into)
}

// replace empties a table whose keys mean something together: what stood there before belongs to another kind
// of process, distribution or routing. Other tables keep the keys that a new one does not name.
func (s *Scenario) replace(key string) {
	y := &s.Workload.Synthetic
	switch key {
	case "workload.synthetic.arrival":
		y.Arrival = Arrival{}
	case "workload.synthetic.input":
		y.Input = Distribution{}
	case "workload.synthetic.output":
		y.Output = Distribution{}
	case "routing":
		s.Routing = Routing{}
	default:
		return
	}
	s.source.replace(key)
}

// remember notes what set a key, and the keys of the table that value may be.
func (s *Scenario) remember(key string, value any, o origin) {
	set := maps.Clone(s.source.set)
	var note func(key string, value any)
	note = func(key string, value any) {
		set[key] = o
		switch v := value.(type) {
		case map[string]any:
			for inner, v := range v {
				note(key+"."+inner, v)
			}
		case []map[string]any:
			for i, table := range v {
				note(fmt.Sprintf("%s[%d]", key, i), table)
			}
		case []any: // which an array in one line is, of tables as well
			for i, element := range v {
				note(fmt.Sprintf("%s[%d]", key, i), element)
			}
		}
	}
	note(key, value)
	s.source.set = set
	s.source.settings = append(slices.Clone(s.source.settings), Setting{key, value})
}

// overrideKey lets a field of the architecture be named without ".override": model.attention.kv_heads.
func overrideKey(key string) string {
	field, ok := strings.CutPrefix(key, "model.")
	if !ok {
		return key
	}
	first, _, _ := strings.Cut(field, ".")
	if slices.Contains([]string{"name", "config", "override"}, first) {
		return key
	}
	return "model.override." + field
}

// override changes a field of the architecture; the map may be shared with another scenario.
func (s *Scenario) override(field string, value any) {
	fields := maps.Clone(s.Model.Override)
	if fields == nil {
		fields = map[string]any{}
	}
	fields[field] = value
	s.Model.Override = fields
}

// bareKey is a key that TOML takes without quotes.
var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// inline writes a value as TOML within a line.
func inline(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v), nil
	case bool, int, int64, uint64:
		return fmt.Sprint(v), nil
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") {
			text += ".0"
		}
		return strings.ToLower(text), nil
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			text, err := inline(element)
			if err != nil {
				return "", err
			}
			parts[i] = text
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	case []map[string]any:
		tables := make([]any, len(v))
		for i, table := range v {
			tables[i] = table
		}
		return inline(tables)
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			text, err := inline(v[key])
			if err != nil {
				return "", err
			}
			if !bareKey.MatchString(key) {
				key = strconv.Quote(key)
			}
			parts = append(parts, key+" = "+text)
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	default:
		return "", fmt.Errorf("a %T cannot be set", value)
	}
}
