package scenarios

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every part of a file that the reference shows makes a scenario that resolves.
func TestReferenceExamplesResolve(t *testing.T) {
	for _, table := range tables {
		text := table.example
		if !strings.Contains(text, "[model]") {
			text = "[model]\nname = \"llama-3.1-8b\"\n" + text
		}
		s, err := Parse("example.toml", "", []byte(text))
		if err != nil {
			t.Errorf("[%s]: %v", table.path, err)
			continue
		}
		if _, _, err := s.Resolve(); err != nil {
			t.Errorf("[%s]: %v", table.path, err)
		}
		if _, err := s.Cases(); err != nil {
			t.Errorf("[%s]: %v", table.path, err)
		}
		if table.example != "" && !s.source.has(table.path) {
			t.Errorf("[%s]: its example has no such table", table.path)
		}
	}
}

// exampleBases are scenarios for the examples of keys that have no probe.
var exampleBases = map[string][]string{
	"model.config":   {},
	"model.override": {small},
	"workload.class": {small, "workload.requests=100"},
}

// listed are the keys of tables of which a scenario has a list.
var listed = regexp.MustCompile(`^(pool|sweep|expect|slo\.class)\.`)

// Every key's example is taken in a scenario in which the key does something.
func TestReferenceExamplesOfKeysResolve(t *testing.T) {
	config, err := os.ReadFile("../sim/arch/huggingface/testdata/Qwen__Qwen3-8B.json")
	if err != nil {
		t.Fatal(err)
	}
	list := probes(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("config.json", config, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, k := range everyKey() {
		if listed.MatchString(path) {
			continue // see TestReferenceExamplesOfListsResolve
		}
		base, ok := exampleBases[path]
		if !ok {
			base = list[path].settings
		}
		s := Empty("")
		for _, setting := range append(slices.Clone(base), path+"="+k.example) {
			if err := s.SetText(setting); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		if _, _, err := s.Resolve(); err != nil {
			t.Errorf("%s = %s: %v", path, k.example, err)
		}
	}
}

// The examples of the keys of a pool, of a class, of a sweep and of an expectation are taken together.
func TestReferenceExamplesOfListsResolve(t *testing.T) {
	text := "[model]\nname = \"llama-3.1-8b\"\n"
	for _, table := range []*table{&poolTable, &sloClassTable, &sweepTable, &expectTable} {
		text += "[[" + table.path + "]]\n"
		for _, k := range table.keys {
			text += k.name + " = " + k.example + "\n"
		}
	}
	s := parse(t, text)
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if cases, err := s.Cases(); err != nil || len(cases) < 2 {
		t.Errorf("%d cases, %v", len(cases), err)
	}
}
