package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/arch"
)

//go:embed builtin
var builtin embed.FS

// Names lists the built-in scenarios in alphabetical order. Those of a folder begin with its name, as in
// systems/k1-sarathi.
func Names() []string {
	var list []string
	err := fs.WalkDir(builtin, "builtin", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, strings.TrimSuffix(strings.TrimPrefix(path, "builtin/"), ".toml"))
		}
		return err
	})
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return list
}

// listCommand lists the built-in scenarios.
const listCommand = "roofserve scenarios list"

// Text is a built-in scenario's file.
func Text(name string) ([]byte, error) {
	data, err := builtin.ReadFile("builtin/" + name + ".toml")
	if err != nil {
		return nil, &fault.Error{File: name, Wrong: "unknown scenario", Right: names.SuggestOf(name, Names(), listCommand), Err: err}
	}
	return data, nil
}

// Load reads the built-in scenario of that name or, where there is none, the TOML file at that path.
func Load(nameOrPath string) (*Scenario, error) {
	if data, err := builtin.ReadFile("builtin/" + nameOrPath + ".toml"); err == nil {
		return Parse(nameOrPath, "", data)
	}
	data, err := bounded.ReadFile(nameOrPath, bounded.TOML)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{File: nameOrPath, Wrong: "neither a file nor a built-in scenario",
			Right: suggestion(nameOrPath), Err: err}
	}
	if err != nil {
		return nil, &fault.Error{File: nameOrPath, Wrong: "cannot be read: " + err.Error(), Right: "give a TOML file", Err: err}
	}
	return Parse(nameOrPath, filepath.Dir(nameOrPath), data)
}

// suggestion is what may have been meant by a name that no scenario has.
func suggestion(name string) string {
	if slices.Contains(arch.Names(), name) {
		return fmt.Sprintf("it is a model: give a scenario with --set model.name=%s, or --model %[1]s where a verb takes that", name)
	}
	return names.SuggestOf(strings.TrimSuffix(filepath.Base(name), ".toml"), Names(), listCommand)
}

// Read reads a scenario from a stream. Name stands in messages; relative paths start where the program runs.
func Read(name string, in io.Reader) (*Scenario, error) {
	data, err := bounded.ReadAll(in, bounded.TOML)
	if err != nil {
		return nil, &fault.Error{File: name, Wrong: "cannot be read: " + err.Error(), Right: "give a scenario in TOML", Err: err}
	}
	return Parse(name, "", data)
}

// Parse reads a scenario's text. Name stands in messages; relative paths start at folder.
func Parse(name, folder string, data []byte) (*Scenario, error) {
	document, err := strict.Parse(name, data)
	if err != nil {
		return nil, err
	}
	s := Empty(name)
	s.source.document, s.source.text, s.source.folder = document, data, folder
	if err := document.Decode(s); err != nil {
		return nil, err
	}
	return s, nil
}

// Empty is a scenario in which nothing is set yet.
func Empty(name string) *Scenario {
	return &Scenario{Name: name, source: source{set: map[string]origin{}, systems: new(systems)}}
}
