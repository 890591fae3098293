package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// filter chooses from a catalogue: what satisfies all of its terms.
type filter struct {
	terms []filterTerm
	keys  map[string]bool // that objects had: the last parts
}

// filterTerm is a word that a text of the object holds, or a bound of one of its keys.
type filterTerm struct {
	key, sign, value string // without a key, value is the word
	met              bool   // an object had the key
}

// filterUsage says what list takes.
const filterUsage = `A FILTER of list is a word, which a name or another text must have, or a bound of a key that --json shows, whose last part is enough:
active<40B, 'memory_bytes>=100GB', kind=mla. All must hold.`

var bound = regexp.MustCompile(`^([a-z_][a-z0-9_.-]*)(<=|>=|!=|=|<|>)(.+)$`)

func newFilter(terms []string) *filter {
	f := &filter{keys: map[string]bool{}}
	for _, text := range terms {
		if m := bound.FindStringSubmatch(text); m != nil {
			f.terms = append(f.terms, filterTerm{key: m[1], sign: m[2], value: m[3]})
		} else {
			f.terms = append(f.terms, filterTerm{value: text})
		}
	}
	return f
}

// takes tells whether an object, as its JSON is, satisfies all terms.
func (f *filter) takes(object any) bool {
	if len(f.terms) == 0 {
		return true
	}
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // what stands in a catalogue is written as JSON too
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	leaves := map[string][]any{}
	flatten(leaves, "", tree)
	for key := range leaves {
		f.keys[key[strings.LastIndexByte(key, '.')+1:]] = true
	}
	taken := true
	for i := range f.terms {
		taken = f.terms[i].holds(leaves) && taken
	}
	return taken
}

// flatten puts the values of a tree under their keys, which are joined with dots. A list has one key.
func flatten(leaves map[string][]any, key string, tree any) {
	switch node := tree.(type) {
	case map[string]any:
		for name, child := range node {
			flatten(leaves, strings.TrimPrefix(key+"."+name, "."), child)
		}
	case []any:
		for _, child := range node {
			flatten(leaves, key, child)
		}
	default:
		leaves[key] = append(leaves[key], node)
	}
}

// holds tells whether any of the values that the term is about satisfies it; of !=, whether all do.
func (t *filterTerm) holds(leaves map[string][]any) bool {
	one, all := false, true
	for key, values := range leaves {
		if t.key != "" && key != t.key && !strings.HasSuffix(key, "."+t.key) {
			continue
		}
		for _, value := range values {
			t.met = true
			holds := t.compares(value)
			one, all = one || holds, all && holds
		}
	}
	if t.sign == "!=" {
		return all
	}
	return one
}

// compares holds one value against the term.
func (t *filterTerm) compares(value any) bool {
	text, isText := value.(string)
	if t.key == "" {
		return isText && strings.Contains(strings.ToLower(text), strings.ToLower(t.value))
	}
	number, isNumber := value.(float64)
	limit, err := quantity(t.value)
	if !isNumber || err != nil {
		return (t.sign == "=") == strings.EqualFold(fmt.Sprint(value), t.value) && (t.sign == "=" || t.sign == "!=")
	}
	switch t.sign {
	case "=":
		return number == limit
	case "!=":
		return number != limit
	case "<":
		return number < limit
	case "<=":
		return number <= limit
	case ">":
		return number > limit
	}
	return number >= limit
}

// large is a number as people write large ones: 70B, 1.5T, 4k, 80GB, 2e9.
var large = regexp.MustCompile(`^([0-9.]+(?:e[+-]?[0-9]+)?)([kmbgt]?)b?$`)

func quantity(text string) (float64, error) {
	m := large.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n * map[string]float64{"": 1, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}[m[2]], err
}

// check refuses a term about a key that nothing in the catalogue has.
func (f *filter) check(who string) error {
	for _, t := range f.terms {
		if t.key != "" && !t.met {
			known := slices.Sorted(maps.Keys(f.keys))
			return misuse(who, fmt.Sprintf("nothing in the list has a key %q", t.key), names.Suggest(t.key, known))
		}
	}
	return nil
}
