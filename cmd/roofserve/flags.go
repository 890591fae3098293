package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/scenarios"
)

// flags is a verb's flag set. Flags may stand before, between and after the positional arguments.
type flags struct {
	*flag.FlagSet
	command *command
	rules   []func() error // what flags, each right by itself, must not be together
}

func newFlags(c *command) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(c.name, flag.ContinueOnError), command: c}
	f.SetOutput(io.Discard) // messages are ours
	return f
}

// parse reads the arguments and returns the positional ones. Where help was asked for, it is written and done
// is true.
func (f *flags) parse(t terminal, args []string) (positional []string, done bool, err error) {
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			if t.asked != nil {
				t.asked(f)
				return nil, true, nil
			}
			return nil, true, f.help(t.out)
		}
		if err != nil {
			return nil, false, f.explain(err)
		}
		if f.given("quiet") {
			t.patience.stop()
		}
		rest := f.Args()
		if len(rest) == 0 {
			return positional, false, f.check(positional)
		}
		if len(args) > len(rest) && args[len(args)-len(rest)-1] == "--" {
			positional = append(positional, rest...)
			return positional, false, f.check(positional)
		}
		positional = append(positional, rest[0])
		args = rest[1:]
	}
}

// oneDash is a message of the flag package up to the name of the flag that it is about.
var oneDash = regexp.MustCompile(`^(flag needs an argument: |invalid (?:boolean )?value ".*" for (?:flag )?)-`)

// explain turns the flag package's message into one of ours.
func (f *flags) explain(err error) error {
	who := "roofserve " + f.command.name
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return misuse(who, oneDash.ReplaceAllString(err.Error(), "$1--"), "see roofserve "+f.command.name+" --help")
	}
	if key, ok := inScenarios[name]; ok && f.Lookup("set") != nil {
		return misuse(who, fmt.Sprintf("unknown flag --%s", name), "set the scenario's key: --set "+key+"=…")
	}
	var known []string
	f.VisitAll(func(g *flag.Flag) { known = append(known, g.Name) })
	if nearest := names.Nearest(name, known); nearest != "" {
		return misuse(who, "unknown flag --"+name, fmt.Sprintf("did you mean %q?", "--"+nearest))
	}
	return misuse(who, "unknown flag --"+name, "see roofserve "+f.command.name+" --help")
}

// inScenarios are flags that other verbs have, by the key of a scenario that says the same.
var inScenarios = map[string]string{
	"model": "model.name", "device": "hardware.device", "gpus": "hardware.gpus", "replicas": "hardware.replicas",
	"tp": "parallel.tp", "pp": "parallel.pp", "dp": "parallel.dp", "ep": "parallel.ep", "weights": "precision.weights",
	"kv": "precision.kv", "requests": "workload.requests", "rate-scale": "workload.rate_scale",
	"workload": "workload.trace", "policy": "engine.policy",
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
		call, usage := described(g)
		fmt.Fprintf(&b, "  %-24s %s\n", call, usage)
	})
	if len(c.examples) > 0 {
		b.WriteString("\nExamples:\n")
		for _, example := range c.examples {
			fmt.Fprintf(&b, "  %s\n", example)
		}
	}
	_, err := io.WriteString(w, b.String())
	return cannotWrite("stdout", err)
}

// described is a flag as it is given, and what it does.
func described(g *flag.Flag) (call, usage string) {
	value, usage := flag.UnquoteUsage(g)
	if g.DefValue != "" && g.DefValue != "false" && g.DefValue != "0" && g.DefValue != "[]" {
		usage += fmt.Sprintf(" (default %s)", g.DefValue)
	}
	return strings.TrimSpace("--" + g.Name + " " + value), usage
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// one is the only positional argument that a verb takes.
func (f *flags) one(positional []string, what string) (string, error) {
	if len(positional) == 1 {
		return positional[0], nil
	}
	if len(positional) == 0 {
		return "", f.misuse(what + " is missing")
	}
	return "", f.none(positional[1:])
}

// none refuses positional arguments where there should be no more.
func (f *flags) none(positional []string) error {
	if len(positional) == 0 {
		return nil
	}
	return f.misuse(fmt.Sprintf("unexpected argument %q", positional[0]))
}

// misuse is an error about the verb's arguments, with its usage.
func (f *flags) misuse(wrong string) error {
	who := "roofserve " + f.command.name
	return misuse(who, wrong, "usage: "+who+" "+f.command.usage)
}

// parseNone reads the arguments of a verb that takes flags alone.
func (f *flags) parseNone(t terminal, args []string) (done bool, err error) {
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return done, err
	}
	return false, f.none(positional)
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

// count defines a flag for a number of things. Left out it stays zero, which stands for a default, so that
// nobody can ask for zero.
func (f *flags) count(value *int, name, usage string) {
	f.Func(name, usage, func(text string) error {
		n, err := strconv.Atoi(text)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return errors.New("out of range")
		case err != nil || n < 1:
			return errors.New("not a whole number from 1 on")
		}
		*value = n
		return nil
	})
}

// names defines a flag for a list of names with commas between.
func (f *flags) names(value *[]string, name, usage string) {
	f.Func(name, usage, func(text string) error {
		if *value = commaList(text); len(*value) == 0 {
			return errors.New("names nothing")
		}
		return nil
	})
}

// commaList splits a list of names.
func commaList(text string) []string { return scenarios.SplitList(text) }

// list collects a flag that may be given several times.
type list []string

func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Set adds a value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}
