package main

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/scenarios"
)

func scenariosCommand() *command {
	return &command{
		name:    "scenarios",
		usage:   "list | show NAME [flags]",
		summary: "list the built-in scenarios, or show one's file",
		details: `--json writes names and titles, or with show all keys and values of the file.`,
		examples: []string{
			"roofserve scenarios list",
			"roofserve scenarios show deepseek-v3-h100 > mine.toml",
		},
		run: listOrShow(catalogue{"scenario", listScenarios, showScenario}),
	}
}

// listedScenario is a built-in scenario as JSON: in the list without its file.
type listedScenario struct {
	Name  string         `json:"name"`
	Title string         `json:"title"`
	File  map[string]any `json:"file,omitempty"`
}

func listScenarios(t terminal, json string) error {
	var b strings.Builder
	var objects []listedScenario
	for _, name := range scenarios.Names() {
		text, err := scenarios.Text(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%-30s %s\n", name, scenarios.Title(text))
		objects = append(objects, listedScenario{Name: name, Title: scenarios.Title(text)})
	}
	if json != "" {
		return writeJSON(t, json, objects)
	}
	_, err := fmt.Fprint(t.out, b.String())
	return cannotWrite("stdout", err)
}

func showScenario(t terminal, name, json string) error {
	text, err := scenarios.Text(name)
	if err != nil {
		return err
	}
	if json != "" {
		object := listedScenario{Name: name, Title: scenarios.Title(text)}
		if err := toml.Unmarshal(text, &object.File); err != nil {
			return err
		}
		return writeJSON(t, json, object)
	}
	_, err = t.out.Write(text)
	return cannotWrite("stdout", err)
}
