package main

import "context"

// catalogue is what a verb with the actions list and show is about. json is where to write JSON, as --json
// says.
type catalogue struct {
	what string
	list func(t terminal, json string) error
	show func(t terminal, name, json string) error
	more []string // other actions of the verb, which a message about an unknown one names
}

// listOrShow makes a verb of a catalogue.
func listOrShow(of catalogue) func(context.Context, terminal, *command, []string) error {
	return func(_ context.Context, t terminal, c *command, args []string) error {
		f := newFlags(c)
		json := f.String("json", "", "write JSON to `FILE`; - for stdout")
		positional, done, err := f.parse(t, args)
		if done || err != nil {
			return err
		}
		action, rest, err := f.listOr(positional, append([]string{"show"}, of.more...)...)
		if err != nil {
			return err
		}
		if err := t.claim(c.name, existing(rest...), toFile("--json", *json), toStdout(*json == "")); err != nil {
			return err
		}
		if action == "list" {
			return of.list(t, *json)
		}
		name, err := f.one(rest, "the name of a "+of.what)
		if err != nil {
			return err
		}
		return of.show(t, name, *json)
	}
}
