package main

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
)

func scenariosCommand() *command {
	return &command{
		name:    "scenarios",
		usage:   "list | show NAME",
		summary: "list the built-in scenarios, or show one's file",
		examples: []string{
			"roofserve scenarios list",
			"roofserve scenarios show deepseek-v3-h100 > mine.toml",
		},
		run: listOrShow(catalogue{"scenario", listScenarios, showScenario}),
	}
}

func listScenarios(t terminal, _ string) error {
	var b strings.Builder
	for _, name := range scenarios.Names() {
		text, err := scenarios.Text(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%-30s %s\n", name, scenarios.Title(text))
	}
	_, err := fmt.Fprint(t.out, b.String())
	return cannotWrite("stdout", err)
}

func showScenario(t terminal, name, _ string) error {
	text, err := scenarios.Text(name)
	if err != nil {
		return err
	}
	_, err = t.out.Write(text)
	return cannotWrite("stdout", err)
}
