package tidy

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// shared are the names of exported types that stand in more than one package, with why that misleads nobody.
var shared = []struct {
	why   string
	names string
}{
	{"a table of a scenario's file has the name of what it describes",
		"Arrival Columns Device Distribution Model Precision Routing Synthetic Workload"},
	{"an operator, and the law that times it",
		"BatchedGEMM Decode Experts GEMM Pointwise Recurrence"},
	{"one thing as several rooms see it: what it is for users, for policies, for routers, as it is measured",
		"Deployment Latency Lengths Levels Overhead Pool PrefixStats Request Step Watcher Window"},
	{"what an API is given and gives", "Config Constant Evaluation Fitted Options Outcome Problem Question Report Result Settings"},
	{"words of documents, measurements and mistakes, which mean nothing by themselves",
		`Answer Block Cell Document Entry Error Errors Figure File Format Load Named Node Point Range Row Sample
		Scope Score Section Table Verdict`},
}

// glossary are words of docs/explanation/design.md that name one type each, exported or not.
var glossary = map[string]string{
	"alarm": "sim/internal/fleet", "cache": "sim/kv", "flight": "sim/internal/decode",
	"journal": "sim/internal/replica", "order": "sim/order", "plan": "sim/arch", "policy": "sim/sched",
	"profile": "sim/engines", "rank": "sim/internal/replica", "reach": "sim/arch", "round": "sim/sched", "router": "sim/router",
}

// TestNamesMeanOneThing holds the names of types against each other.
func TestNamesMeanOneThing(t *testing.T) {
	at := map[string]map[string]string{} // places by package, by name
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if ok && !spec.Assign.IsValid() { // an alias is the same thing
				if at[spec.Name.Name] == nil {
					at[spec.Name.Name] = map[string]string{}
				}
				at[spec.Name.Name][path.Dir(f.name)] = f.at(spec.Pos())
			}
			_, body := n.(*ast.FuncDecl)
			return !body
		})
	}
	known := map[string]bool{}
	for _, s := range shared {
		for _, name := range strings.Fields(s.names) {
			known[name] = true
			if len(at[name]) < 2 {
				t.Errorf("internal/tidy/words_test.go: %s does not stand in more than one package", name)
			}
		}
	}
	for name, places := range at {
		where := slices.Sorted(maps.Values(places))
		if ast.IsExported(name) && len(places) > 1 && !known[name] {
			t.Errorf("%s: %s has the name of another type; give it one of its own, or say in internal/tidy/words_test.go why not",
				strings.Join(where, ", "), name)
		}
		home, word := glossary[strings.ToLower(name)]
		for in, place := range places {
			if word && in != home && !ast.IsExported(name) {
				t.Errorf("%s: %s is a word of docs/explanation/design.md that means something else", place, name)
			}
		}
	}
}
