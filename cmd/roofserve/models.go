package main

import (
	"context"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
)

func modelsCommand() *command {
	return &command{
		name:    "models",
		usage:   "list [FILTER]... | show NAME | import config.json [flags]",
		summary: "list the catalogue of models, show one's counts, or count a Hugging Face config.json",
		details: `--toml writes the model as a document of the catalogue's kind: change it, and name the file in a scenario.

` + filterUsage,
		examples: []string{
			"roofserve models list",
			"roofserve models list kind=mla 'active<40B'",
			"roofserve models show deepseek-v3 --json -",
			"roofserve models import config.json --toml mine.toml",
		},
		run: runModels,
	}
}

// modelFlags are the flags of models.
type modelFlags struct{ json, toml string }

// prints tells whether an action prints text for people beside the files asked for.
func (o *modelFlags) prints(action string) bool {
	return o.json != stdoutName && o.toml != stdoutName && (action != "list" || o.json == "")
}

func runModels(_ context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), modelFlags{}
	f.StringVar(&o.json, "json", "", "write JSON to `FILE`; - for stdout")
	f.StringVar(&o.toml, "toml", "", "write the model's document to `FILE`; - for stdout")
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	action, rest, err := f.listOr(positional, "show", "import")
	if err != nil {
		return err
	}
	if action == "list" && o.toml != "" {
		return f.apart("list", "--toml")
	}
	outputs := []destination{toFile("--json", o.json), toFile("--toml", o.toml), toStdout(o.prints(action))}
	if err := t.claim("models", inputsOf(action, rest), outputs...); err != nil {
		return err
	}
	switch action {
	case "show":
		name, err := f.one(rest, "the name of a model")
		if err != nil {
			return err
		}
		spec, err := arch.Lookup(name)
		if err != nil {
			return err
		}
		return showModel(t, spec, nil, o)
	case "import":
		path, err := f.one(rest, "config.json")
		if err != nil {
			return err
		}
		spec, warnings, err := scenarios.ImportModel(path, false)
		if err != nil {
			return err
		}
		return showModel(t, spec, warnings, o)
	default:
		return listModels(t, o.json, newFilter(rest))
	}
}

func listModels(t terminal, json string, keep *filter) error {
	var rows [][]string
	objects := []any{}
	for _, name := range arch.Names() {
		spec, err := arch.Lookup(name)
		if err != nil {
			return err
		}
		m, err := spec.Build()
		if err != nil {
			return err
		}
		object := report.Model(m, nil)
		if !keep.takes(object) {
			continue
		}
		rows = append(rows, report.ModelRow(m))
		objects = append(objects, object)
	}
	if err := keep.check("roofserve models"); err != nil {
		return err
	}
	if json != "" {
		return writeJSON(t, json, objects)
	}
	return cannotWrite("stdout", report.WriteTable(t.out, report.ModelColumns, rows))
}

// showModel writes what the flags ask for, and the counts for people where they ask for nothing on stdout.
func showModel(t terminal, spec *arch.Spec, warnings []string, o modelFlags) error {
	m, err := spec.Build()
	if err != nil {
		return err
	}
	if err := writeJSON(t, o.json, report.Model(m, warnings)); err != nil {
		return err
	}
	err = t.writeBytes(o.toml, spec.TOML())
	if err != nil || !o.prints("show") {
		return err
	}
	return cannotWrite("stdout", report.WriteModel(t.out, m, warnings))
}
