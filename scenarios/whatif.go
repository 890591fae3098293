package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
)

// whatIf is a model with changes, as one name writes it: NAME+key=value+attention={kind="mla",kv_rank=512}.
type whatIf struct {
	base    string
	changes map[string]any // by their address in the model's document
	label   string         // what people call it; empty where +label= gives none
	stray   string         // what is wrong with braces, brackets or quotes; empty where nothing is
}

// readWhatIf splits a model's name. A plus sign begins a change where a key and an equals sign follow it, and
// is part of the name elsewhere.
func readWhatIf(name string) whatIf {
	parts := changesOf(name)
	w := whatIf{base: parts[0]}
	for _, change := range parts[1:] {
		key, text, _ := strings.Cut(change, "=")
		value, err := ParseValue(text)
		switch {
		case err != nil:
			value = text // which no field of a model takes
		case key == "label":
			w.label = fmt.Sprint(value)
			continue
		}
		if w.changes == nil {
			w.changes = map[string]any{}
		}
		w.changes[key] = value
	}
	if len(parts) > 1 {
		w.stray = stray(name)
	}
	return w
}

// stray says which brace, bracket or quote of a text has no other that belongs to it; empty where all have.
func stray(text string) string {
	closing := map[rune]rune{'{': '}', '[': ']'}
	var open []rune
	var wrong string
	quote := unquoted(text, func(_ int, r rune) bool {
		switch {
		case closing[r] != 0:
			open = append(open, r)
		case r == '}' || r == ']':
			if len(open) == 0 || closing[open[len(open)-1]] != r {
				wrong = fmt.Sprintf("%c closes nothing", r)
				return false
			}
			open = open[:len(open)-1]
		}
		return true
	})
	switch {
	case quote != 0:
		return fmt.Sprintf("%c is never closed", quote)
	case wrong == "" && len(open) > 0:
		return fmt.Sprintf("%c is never closed", open[len(open)-1])
	}
	return wrong
}

// unquoted calls each with the characters of a text that stand in no quotes, until it says no. It returns the
// quote that is never closed; 0 where all are.
func unquoted(text string, each func(at int, r rune) bool) (open rune) {
	for i, r := range text {
		switch {
		case open != 0:
			if r == open {
				open = 0
			}
		case r == '"' || r == '\'':
			open = r
		case !each(i, r):
			return 0
		}
	}
	return open
}

// changesOf splits a model's name before each of its changes.
func changesOf(name string) []string {
	var parts []string
	begin := 0
	for i := range outside(name, '+') {
		key, _, assigns := strings.Cut(name[i+1:], "=")
		if assigns && key != "" && strings.Trim(key, addressLetters) == "" {
			parts = append(parts, name[begin:i])
			begin = i + 1
		}
	}
	return append(parts, name[begin:])
}

// addressLetters are those of an address in a model's document: stack[0].layers[1].mixer.
const addressLetters = "abcdefghijklmnopqrstuvwxyz_0123456789.[]"

// outside yields where a character stands in a text, but within no braces, brackets or quotes.
func outside(text string, wanted rune) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		depth := 0
		unquoted(text, func(i int, r rune) bool {
			switch r {
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			case wanted:
				return depth != 0 || yield(i)
			}
			return true
		})
	}
}

// SplitList splits a list of names at its commas, but for those within braces, brackets or quotes.
func SplitList(text string) []string {
	var list []string
	begin := 0
	add := func(end int) {
		if name := strings.TrimSpace(text[begin:end]); name != "" {
			list = append(list, name)
		}
	}
	for i := range outside(text, ',') {
		add(i)
		begin = i + 1
	}
	add(len(text))
	return list
}

// LookupModel is the document of a model of the catalogue, or of a model's .toml, with the changes that the
// name makes.
func LookupModel(name string) (*arch.Spec, error) {
	w := readWhatIf(name)
	spec, err := arch.Lookup(w.base)
	if err != nil {
		return nil, err
	}
	return spec, w.apply(spec)
}

// apply changes a model's document.
func (w *whatIf) apply(spec *arch.Spec) error {
	if w.stray != "" {
		return &fault.Error{Wrong: w.stray, Right: `write NAME+attention={kind="mla",kv_rank=512}`}
	}
	for _, field := range overrideOrder(w.changes) {
		if err := spec.Override(field, w.changes[field]); err != nil {
			return err
		}
	}
	return nil
}

// Title is what people call the model: its label, or its name with everything that is changed of it.
func (m *Model) Title() string {
	w := readWhatIf(m.Name)
	return m.titled(cmp.Or(w.base, m.Config))
}

// titled is Title where the model itself goes by a name.
func (m *Model) titled(name string) string {
	w := readWhatIf(m.Name)
	if w.label != "" {
		name = w.label
	} else {
		name += changesText(w.changes)
	}
	return name + changesText(m.Override)
}

// changesText is changes as a name writes them, by address.
func changesText(changes map[string]any) string {
	text := ""
	for _, field := range slices.Sorted(maps.Keys(changes)) {
		text += "+" + field + "=" + innerText(changes[field])
	}
	return text
}
