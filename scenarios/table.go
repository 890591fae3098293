package scenarios

import (
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// table describes one table of a scenario's file. Validate and docs/reference/scenario.md both read it, so
// that neither knows a key, a range or a name that the other does not.
type table struct {
	path    string
	does    string
	choice  string // the key whose value decides which others mean something; empty where none does
	keys    []key  // in the order of the struct's fields
	example string // a part of a file
}

// key describes one key of a table. Its type is that of the struct's field.
type key struct {
	name    string
	unit    string   // empty where the value has none
	within  *span    // the range of a number; nil where its type is the only limit
	names   *nameSet // what a text may be; nil where a catalogue, the files or the user decide
	with    []string // values of the table's choice beside which the key means something; empty for all
	stands  string   // the key that this one is another name of, under the values of with; empty for none
	unset   string   // what counts where the key is left out
	does    string
	example string // a value, as a file writes it
}

// tables are all of a scenario, in the order in which Validate looks for mistakes.
var tables = []*table{
	&modelTable, &hardwareTable, &parallelTable, &precisionTable, &routingTable, &engineTable, &speculativeTable,
	&poolTable, &poolParallelTable, &poolPrecisionTable, &poolEngineTable, &transferTable,
	&disaggregationTable, &admissionTable, &routerTable, &scorersTable,
	&workloadTable, &columnsTable, &syntheticTable, &sloTable, &sloClassTable, &arrivalTable, &inputTable,
	&outputTable, &sessionsTable, &systemPromptTable, &sweepTable, &expectTable,
}

// Keys lists the dotted keys of a scenario, in the order of its tables.
func Keys() []string {
	var list []string
	for _, t := range tables {
		for _, k := range t.keys {
			list = append(list, t.path+"."+k.name)
		}
	}
	return list
}

// span is a range of numbers.
type span struct {
	min, max         float64
	openMin, openMax bool   // that end itself is excluded
	infinite         bool   // infinity is in it as well
	words            string // the range as an error and the reference name it: "a whole number from 1 to 8"
	late             bool   // checked where the key's table is resolved, when it is known to count
}

// counted is the range of what is counted.
func counted(most int) *span {
	return &span{min: 1, max: float64(most), words: fmt.Sprintf("a whole number from 1 to %d", most)}
}

// positive is the range of a number that is not 0.
func positive(most float64) *span {
	return &span{max: most, openMin: true, words: fmt.Sprintf("a number above 0, at most %g", most)}
}

// between is a range with both its ends.
func between(least, most float64) *span {
	return &span{min: least, max: most, words: fmt.Sprintf("a number from %g to %g", least, most)}
}

// holds tells whether a value is in the range; NaN is in none.
func (r *span) holds(v float64) bool {
	above := v > r.min || v == r.min && !r.openMin
	below := v < r.max || v == r.max && !r.openMax
	return above && below || r.infinite && math.IsInf(v, 1)
}

// nameSet is a fixed set of names.
type nameSet struct {
	kind    string // what they name, for messages
	list    func() []string
	anyCase bool // upper case is taken as well
	files   bool // so is the path of a file that ends in .toml
}

// oneOf is a set of names that are taken as they are written.
func oneOf(kind string, list ...string) *nameSet {
	return &nameSet{kind: kind, list: func() []string { return list }}
}

// has tells whether a name is in the set.
func (n *nameSet) has(name string) bool {
	list := n.list()
	return slices.Contains(list, name) || n.anyCase && slices.Contains(list, strings.ToLower(name)) ||
		n.files && strings.HasSuffix(name, ".toml")
}

// placed is a key with its path.
type placed struct {
	path string
	key  *key
}

// placedKeys are the keys of all tables, in their order.
var placedKeys = sync.OnceValue(func() (list []placed) {
	for _, t := range tables {
		for i := range t.keys {
			list = append(list, placed{t.path + "." + t.keys[i].name, &t.keys[i]})
		}
	}
	return list
})

// given are the keys that the user gave a value, by their paths.
func (s *Scenario) given() iter.Seq2[string, *key] {
	return func(yield func(string, *key) bool) {
		for _, k := range placedKeys() {
			if s.source.exactly(k.path) && !yield(k.path, k.key) {
				return
			}
		}
	}
}

// places are where a scenario's struct has the values of paths: each case of a sweep asks for the same.
var places sync.Map // path to []int

// value is what the scenario has at a path.
func (s *Scenario) value(path string) reflect.Value {
	v := reflect.ValueOf(s).Elem()
	known, ok := places.Load(path)
	if !ok {
		var index []int
		at := v.Type()
		for name := range strings.SplitSeq(path, ".") {
			f := field(at, name)
			index, at = append(index, f.Index...), f.Type
		}
		places.Store(path, index)
		known = index
	}
	return v.FieldByIndex(known.([]int))
}

// field is the field of a struct that a key of its table sets.
func field(of reflect.Type, name string) reflect.StructField {
	for i := range of.NumField() {
		if f := of.Field(i); f.Tag.Get("toml") == name {
			return f
		}
	}
	panic(fmt.Sprintf("%v has no key %q", of, name)) // a test looks up every key
}

// number is a numeric value, of a whole number or not.
func number(v reflect.Value) float64 {
	v = reflect.Indirect(v)
	if v.CanInt() {
		return float64(v.Int())
	}
	return v.Float()
}
