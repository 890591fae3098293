package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// action is the first positional argument of a verb that does several things, and what follows it.
func (f *flags) action(positional, known []string) (action string, rest []string, err error) {
	if len(positional) == 0 {
		return "", nil, f.misuse("what to do is missing: " + strings.Join(known, ", "))
	}
	if slices.Contains(known, positional[0]) {
		return positional[0], positional[1:], nil
	}
	who := "roofserve " + f.command.name
	return "", nil, misuse(who, fmt.Sprintf("unknown action %q", positional[0]), names.Suggest(positional[0], known))
}

// listOr is action, where a list of all is shown when nothing is said. What follows list are filters.
func (f *flags) listOr(positional []string, others ...string) (action string, rest []string, err error) {
	if len(positional) == 0 {
		positional = []string{"list"}
	}
	return f.action(positional, append([]string{"list"}, others...))
}
