package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw/names"
)

// flags is a verb's flag set. Flags may stand before, between and after the positional arguments.
type flags struct {
	*flag.FlagSet
	command *command
}

func newFlags(c *command) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(c.name, flag.ContinueOnError), command: c}
	f.SetOutput(io.Discard) // messages are ours
	return f
}

// parse reads the arguments and returns the positional ones. Where help was asked for, it is written and done is true.
func (f *flags) parse(t terminal, args []string) (positional []string, done bool, err error) {
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, true, f.help(t.out)
		}
		if err != nil {
			return nil, false, f.explain(err)
		}
		rest := f.Args()
		if len(rest) == 0 {
			return positional, false, nil
		}
		if len(args) > len(rest) && args[len(args)-len(rest)-1] == "--" {
			return append(positional, rest...), false, nil
		}
		positional = append(positional, rest[0])
		args = rest[1:]
	}
}

// explain turns the flag package's message into one of ours.
func (f *flags) explain(err error) error {
	who := "roofserve " + f.command.name
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return misuse(who, err.Error(), "see roofserve "+f.command.name+" --help")
	}
	name = strings.TrimPrefix(name, "-")
	var known []string
	f.VisitAll(func(g *flag.Flag) { known = append(known, "--"+g.Name) })
	return misuse(who, fmt.Sprintf("unknown flag --%s", name), names.Suggest("--"+name, known))
}

// help explains the verb: usage, flags, examples.
func (f *flags) help(w io.Writer) error {
	var b strings.Builder
	c := f.command
	fmt.Fprintf(&b, "%s\n\nUsage: roofserve %s %s\n", sentence(c.summary), c.name, c.usage)
	if c.details != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(c.details))
	}
	first := true
	f.VisitAll(func(g *flag.Flag) {
		if first {
			b.WriteString("\nFlags:\n")
			first = false
		}
		value, usage := flag.UnquoteUsage(g)
		line := strings.TrimSpace("--" + g.Name + " " + value)
		if g.DefValue != "" && g.DefValue != "false" && g.DefValue != "0" && g.DefValue != "[]" {
			usage += fmt.Sprintf(" (default %s)", g.DefValue)
		}
		fmt.Fprintf(&b, "  %-24s %s\n", line, usage)
	})
	if len(c.examples) > 0 {
		b.WriteString("\nExamples:\n")
		for _, example := range c.examples {
			fmt.Fprintf(&b, "  %s\n", example)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// one is the only positional argument that a verb takes.
func (f *flags) one(positional []string, what string) (string, error) {
	if len(positional) == 1 {
		return positional[0], nil
	}
	who := "roofserve " + f.command.name
	if len(positional) == 0 {
		return "", misuse(who, what+" is missing", "usage: "+who+" "+f.command.usage)
	}
	return "", misuse(who, fmt.Sprintf("%q is one argument too many", positional[1]), "usage: "+who+" "+f.command.usage)
}

// parseOne reads the arguments of a verb that takes one positional one.
func (f *flags) parseOne(t terminal, args []string, what string) (value string, done bool, err error) {
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return "", done, err
	}
	value, err = f.one(positional, what)
	return value, false, err
}

// count defines a flag for a number of things. Left out it stays zero, which stands for a default, so that nobody can ask for zero.
func (f *flags) count(value *int, name, usage string) {
	f.Func(name, usage, func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errors.New("not a whole number from 1 on")
		}
		*value = n
		return nil
	})
}

// list collects a flag that may be given several times.
type list []string

func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Set adds a value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}
