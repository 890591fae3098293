package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

// check refuses what every single flag allows and all of them together do not: empty values, and what breaks
// a rule.
func (f *flags) check(positional []string) error {
	if slices.Contains(positional, "") {
		return f.misuse("an argument is empty")
	}
	var empty error
	f.Visit(func(g *flag.Flag) {
		if v, ok := g.Value.(flag.Getter); ok && v.Get() == "" && empty == nil {
			empty = misuse("roofserve "+f.command.name, "--"+g.Name+" is empty", "give it a value, or leave it out")
		}
	})
	if empty != nil {
		return empty
	}
	for _, rule := range f.rules {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

// given tells whether a flag is among the arguments, and is not one that was switched off there.
func (f *flags) given(name string) bool {
	found := false
	f.Visit(func(g *flag.Flag) {
		v, ok := g.Value.(flag.Getter)
		found = found || g.Name == name && !(ok && v.Get() == false)
	})
	return found
}

// needs makes a rule: a flag does nothing unless one of some others is given too.
func (f *flags) needs(name string, others ...string) {
	f.rules = append(f.rules, func() error {
		if !f.given(name) || slices.ContainsFunc(others, f.given) {
			return nil
		}
		return misuse("roofserve "+f.command.name, "--"+name+" does nothing without --"+strings.Join(others, " or --"), "give both, or neither")
	})
}

// excludes makes a rule: a flag does not go together with any of some others.
func (f *flags) excludes(name string, others ...string) {
	f.rules = append(f.rules, func() error {
		for _, other := range others {
			if f.given(name) && f.given(other) {
				return f.apart("--"+name, "--"+other)
			}
		}
		return nil
	})
}

// apart is the error about two things that do not go together.
func (f *flags) apart(one, other string) error {
	return misuse("roofserve "+f.command.name, fmt.Sprintf("%s and %s do not go together", one, other), "leave one of them out")
}

// without refuses flags that mean nothing to an action.
func (f *flags) without(action string, names ...string) error {
	for _, name := range names {
		if f.given(name) {
			return f.apart(action, "--"+name)
		}
	}
	return nil
}
