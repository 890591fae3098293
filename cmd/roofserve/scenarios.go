package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/internal/launch"
	"github.com/roofserve/roofserve/scenarios"
)

func scenariosCommand() *command {
	return &command{
		name:    "scenarios",
		usage:   "list [FILTER]... | show NAME | from-args LINE [flags]",
		summary: "list the built-in scenarios, show one's file, or write that of an engine's command line",
		details: `--json writes names and titles, or with show all keys and values of the file.

` + filterUsage + `

from-args takes the line that starts vLLM, SGLang or TensorRT-LLM, in quotes, and writes the scenario that it describes to
stdout; what of it is not modelled is told on stderr. roofserve run SCENARIO --print-args goes the other way.`,
		examples: []string{
			"roofserve scenarios list",
			"roofserve scenarios list deepseek device=h100-sxm-80gb",
			"roofserve scenarios show deepseek-v3-h100 > mine.toml",
			`roofserve scenarios from-args "vllm serve Qwen/Qwen2.5-72B -tp 4 --max-num-seqs 128" > mine.toml`,
		},
		run: runScenarios,
	}
}

func runScenarios(ctx context.Context, t terminal, c *command, args []string) error {
	if len(args) > 0 && args[0] == fromArgs {
		return scenarioFromArgs(t, c, args[1:])
	}
	return listOrShow(catalogue{what: "scenario", list: listScenarios, show: showScenario,
		more: []string{fromArgs}})(ctx, t, c, args)
}

// fromArgs is the action that reads the command line of an engine.
const fromArgs = "from-args"

// scenarioFromArgs reads everything after the action as it stands: the line has flags of its own.
func scenarioFromArgs(t terminal, c *command, args []string) error {
	if len(args) == 0 || isHelp(args[0]) {
		f := newFlags(c)
		if _, done, err := f.parse(t, args); done || err != nil {
			return err
		}
		return f.misuse("the engine's command line is missing")
	}
	draft, err := launch.From(strings.Join(args, " "))
	if err != nil {
		return err
	}
	for _, note := range draft.Notes {
		fmt.Fprintln(t.err, "note: left out:", note)
	}
	_, err = fmt.Fprint(t.out, draft.TOML)
	return cannotWrite("stdout", err)
}

// listedScenario is a built-in scenario as JSON: in the list without its file.
type listedScenario struct {
	Name  string         `json:"name"`
	Title string         `json:"title"`
	File  map[string]any `json:"file,omitempty"`
}

func listScenarios(t terminal, json string, keep *filter) error {
	var b strings.Builder
	objects := []listedScenario{}
	for _, name := range scenarios.Names() {
		text, err := scenarios.Text(name)
		if err != nil {
			return err
		}
		object := listedScenario{Name: name, Title: scenarios.Title(text)}
		if err := toml.Unmarshal(text, &object.File); err != nil {
			return err
		}
		if !keep.takes(object) {
			continue
		}
		object.File = nil
		fmt.Fprintf(&b, "%-30s %s\n", name, object.Title)
		objects = append(objects, object)
	}
	if err := keep.check("roofserve scenarios"); err != nil {
		return err
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
