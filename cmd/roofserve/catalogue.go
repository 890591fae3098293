package main

import "context"

// catalogue is what a verb with the actions list and show is about. json is where to write JSON, as --json
// says.
type catalogue struct {
	what string
	list func(t terminal, json string, keep *filter) error
	show func(t terminal, name, json string) error
	more []string // other actions of the verb, which a message about an unknown one names
	// toml is the document of one, where people may start their own from it.
	toml func(name string) ([]byte, error)
}

// listOrShow makes a verb of a catalogue.
func listOrShow(of catalogue) func(context.Context, terminal, *command, []string) error {
	return func(_ context.Context, t terminal, c *command, args []string) error {
		f := newFlags(c)
		json, toml := f.String("json", "", "write JSON to `FILE`; - for stdout"), new(string)
		if of.toml != nil {
			f.StringVar(toml, "toml", "", "write the "+of.what+"'s document to `FILE`; - for stdout")
		}
		positional, done, err := f.parse(t, args)
		if done || err != nil {
			return err
		}
		action, rest, err := f.listOr(positional, append([]string{"show"}, of.more...)...)
		if err != nil {
			return err
		}
		prints := *json == "" && *toml == ""
		if err := t.claim(c.name, inputsOf(action, rest), toFile("--json", *json), toFile("--toml", *toml),
			toStdout(prints)); err != nil {
			return err
		}
		switch {
		case action == "list" && *toml != "":
			return f.apart("list", "--toml")
		case action == "list":
			return of.list(t, *json, newFilter(rest))
		}
		name, err := f.one(rest, "the name of a "+of.what)
		if err != nil {
			return err
		}
		if *toml != "" {
			if err := writeDocument(t, *toml, name, of.toml); err != nil || *json == "" {
				return err
			}
		}
		return of.show(t, name, *json)
	}
}

// inputsOf are the files that an action of a catalogue reads; filters of a list name none.
func inputsOf(action string, rest []string) []string {
	if action == "list" {
		return nil
	}
	return existing(rest...)
}

// writeDocument writes the document of one of a catalogue.
func writeDocument(t terminal, file, name string, toml func(string) ([]byte, error)) error {
	data, err := toml(name)
	if err != nil {
		return err
	}
	return t.writeBytes(file, data)
}
