package scenarios

import (
	_ "embed" // the head of the reference
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/sim/engines"
)

var update = flag.Bool("update", false, "write docs/reference anew")

// updateCommand is what writes the files that the tests of this file compare.
const updateCommand = "go test ./scenarios -run Reference -update"

const referenceFolder = "../docs/reference"

// The documents of docs/reference say what the tables say.
func TestReferenceIsWhatTheTablesSay(t *testing.T) {
	if len(complaints()) > 0 {
		t.Skip("the tables do not describe the structs: see TestTablesDescribeTheStructs")
	}
	documents := map[string]string{
		"scenario.md": reference(t), "scenario.schema.json": schemaText(t), "metrics.md": metricsReference(t),
		"traces.md": tracesReference(),
	}
	for name, text := range documents {
		path := filepath.Join(referenceFolder, name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		committed, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; write it with %s", err, updateCommand)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(committed), "\n"), strings.Split(text, "\n")); diff != "" {
			t.Errorf("%s is stale; write it anew with %s\n%s", name, updateCommand, diff)
		}
	}
}

// referenceHead is what stands above the tables.
//
//go:embed testdata/reference.md
var referenceHead string

// reference is docs/reference/scenario.md.
func reference(t *testing.T) string {
	var text strings.Builder
	fmt.Fprintf(&text, referenceHead, updateCommand)
	for _, table := range documented() {
		fmt.Fprintf(&text, "\n## %s\n\n%s\n", table.heading(), table.does)
		if table.example != "" {
			fmt.Fprintf(&text, "\n```toml\n%s```\n", table.example)
		}
		if same := table.sameAs(); same != nil {
			fmt.Fprintf(&text, "\nIts keys are those of `%s`.\n", same.heading())
			continue
		}
		text.WriteString("\n| key | type | range | default | what it does | example |\n")
		text.WriteString("|---|---|---|---|---|---|\n")
		for i := range table.keys {
			text.WriteString(table.row(&table.keys[i]))
		}
		if table == &engineTable {
			text.WriteString(engineDefaults(t) + engineVersions(t))
		}
	}
	return text.String()
}

// documented are the tables as the struct has them, each before those within it.
func documented() []*table {
	order := tableOrder(reflect.TypeFor[Scenario](), "")
	list := slices.Clone(tables)
	slices.SortFunc(list, func(a, b *table) int {
		return slices.Index(order, a.path) - slices.Index(order, b.path)
	})
	return list
}

// tableOrder lists the paths of tables as their fields stand in the structs.
func tableOrder(kind reflect.Type, path string) []string {
	var order []string
	for i := range kind.NumField() {
		inner := element(kind.Field(i).Type)
		if name := kind.Field(i).Tag.Get("toml"); name != "" && inner.Kind() == reflect.Struct {
			at := strings.TrimPrefix(path+"."+name, ".")
			order = append(append(order, at), tableOrder(inner, at)...)
		}
	}
	return order
}

// heading is the table's header in a file.
func (t *table) heading() string {
	if t == &sweepTable || t == &expectTable || t == &poolTable || t == &sloClassTable {
		return "[[" + t.path + "]]"
	}
	return "[" + t.path + "]"
}

// sameAs is an earlier table that has the same keys; nil where none does.
func (t *table) sameAs() *table {
	for _, other := range tables {
		if other == t {
			break
		}
		if &other.keys[0] == &t.keys[0] {
			return other
		}
	}
	return nil
}

// tomlValue is a default that stands in a file as it is.
var tomlValue = regexp.MustCompile(`^("[^"]*"|[0-9.]+)$`)

// row is a key's line of a table in Markdown.
func (t *table) row(k *key) string {
	kind := typeName(t.fieldOf(k))
	if k.unit != "" {
		kind += ", " + k.unit
	}
	unset := k.unset
	if tomlValue.MatchString(unset) {
		unset = "`" + unset + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s | `%s = %s` |\n",
		k.name, kind, t.rangeText(k), unset, k.does+t.beside(k), k.name, k.example)
}

// fieldOf is the type of a key's field.
func (t *table) fieldOf(k *key) reflect.Type {
	kind := structs(reflect.TypeFor[Scenario](), "")[t.path]
	return field(kind, k.name).Type
}

// typeName is a type as TOML names it.
func typeName(kind reflect.Type) string {
	switch element(kind).Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Uint64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Map:
		return "table"
	case reflect.Interface:
		return "number or array"
	default:
		return "array"
	}
}

// element is what a pointer points to, or what a list of tables has.
func element(kind reflect.Type) reflect.Type {
	of := kind.Kind()
	if of == reflect.Pointer || of == reflect.Slice && kind.Elem().Kind() == reflect.Struct {
		return kind.Elem()
	}
	return kind
}

// rangeText is what a key takes beyond its type.
func (t *table) rangeText(k *key) string {
	switch {
	case k.names != nil:
		text := "`" + strings.Join(k.names.list(), "`, `") + "`"
		if k.names.anyCase {
			text += ", in any case"
		}
		if k.names.files {
			text += ", or a file that ends in `.toml`"
		}
		return text
	case k.within != nil:
		return strings.TrimPrefix(strings.TrimPrefix(k.within.words, "a whole number "), "a number ")
	case t.fieldOf(k).Kind() == reflect.Uint64:
		return "from 0"
	default:
		return "–"
	}
}

// beside says beside which values of the table's choice the key means something.
func (t *table) beside(k *key) string {
	with := k.with
	if t == &engineTable {
		with = engines.OfPolicy(with...)
	}
	if len(with) == 0 {
		return ""
	}
	return fmt.Sprintf(" Only with `%s` = `%s`.", t.choice, strings.Join(with, "`, `"))
}

// engineDefaults is a table of what engines set where the scenario sets nothing.
func engineDefaults(t *testing.T) string {
	const columns = "| engine | GPU | `max_num_seqs` | `max_num_batched_tokens` | `block_size` | " +
		"`gpu_memory_utilization` | `prefix_caching` | `async_scheduling` | `chunked_prefill` | " +
		"`scheduler_reserve_full_isl` | `watermark` | KV cache |\n"
	text := "\nEngines' own defaults, and the formats that they keep a KV cache in:\n\n" + columns
	text += strings.Repeat("|---", strings.Count(columns, "|")-1) + "|\n"
	for _, name := range engines.Names() {
		e, err := engines.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range e.Defaults {
			d := &e.Defaults[i]
			text += fmt.Sprintf("| `%s` | %s | %s | %s | %d | %g | %t | %t | %t | %t | %g | %s |\n",
				name, gpuOf(d, i), slotsOf(e, d), orNone(d.MaxNumBatchedTokens), e.BlockSize,
				e.Memory.Share, e.PrefixCaching, e.AsyncScheduling, d.ChunkedPrefill,
				d.ReserveFullInput, d.Watermark, formatList(e.KVFormats))
		}
	}
	return text
}

// engineVersions is a table of what changed between the versions of engines.
func engineVersions(t *testing.T) string {
	text := "\nWhat holds in which `version`; unset is the one in bold:\n\n| engine | since | what | source |\n|---|---|---|---|\n"
	for _, name := range engines.Names() {
		e, err := engines.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("| `%s` | **%s** | %s | %s |\n", name, e.Version, rulesOf(e), e.Source)
		for _, s := range e.Since {
			text += fmt.Sprintf("| `%s` | %s | %s | %s |\n", name, s.Version, news(&s), s.Source)
		}
	}
	return text
}

// rulesOf lists an engine's rules that have a name.
func rulesOf(e *engines.Profile) string {
	list := e.Rules.InForce()
	if len(list) == 0 {
		return "its rules as described"
	}
	return "`" + strings.Join(list, "`, `") + "`"
}

// news says what an engine does since a version.
func news(s *engines.Since) string {
	var list []string
	if s.AsyncScheduling != nil {
		list = append(list, fmt.Sprintf("`async_scheduling = %t`", *s.AsyncScheduling))
	}
	if s.ReserveFullInput != nil {
		list = append(list, fmt.Sprintf("`scheduler_reserve_full_isl = %t`", *s.ReserveFullInput))
	}
	for _, key := range s.InForce() {
		list = append(list, fmt.Sprintf("`%s`: %s", key, s.Does(key)))
	}
	return strings.Join(list, "; ")
}

// gpuOf says on which GPUs the defaults hold that are number i of an engine's.
func gpuOf(d *engines.Defaults, i int) string {
	switch {
	case d.MinMemoryGiB > 0 && d.NotGeneration != "":
		return fmt.Sprintf("of %g GiB or more, but for %s", d.MinMemoryGiB, d.NotGeneration)
	case d.MinMemoryGiB > 0:
		return fmt.Sprintf("of %g GiB or more", d.MinMemoryGiB)
	case i > 0:
		return "any other"
	default:
		return "any"
	}
}

// slotsOf is the most sequences at once, or what they are derived from.
func slotsOf(e *engines.Profile, d *engines.Defaults) string {
	if d.MaxNumSeqs == 0 {
		return fmt.Sprintf("%d for each longest request that the cache holds, %d to %d, over all ranks",
			e.Slots.PerContext, e.Slots.Least, e.Slots.Most)
	}
	return fmt.Sprint(d.MaxNumSeqs)
}

// orNone is a setting that an engine may not have.
func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}
