package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/workloads"
)

// Scripts that have a shell ask this program what may stand where the cursor is: completionWords.
var (
	//go:embed completion/roofserve.bash
	bashScript string
	//go:embed completion/roofserve.zsh
	zshScript string
	//go:embed completion/roofserve.fish
	fishScript string
)

// shells are those that have a script.
var shells = map[string]*string{"bash": &bashScript, "zsh": &zshScript, "fish": &fishScript}

// completionWords is the action that scripts call, with the words before the cursor and the one under it.
const completionWords = "words"

func completionCommand() *command {
	return &command{
		name:    "completion",
		usage:   "bash|zsh|fish",
		summary: "the script with which a shell completes verbs, flags, models, devices, scenarios and keys",
		examples: []string{
			"source <(roofserve completion bash)                                      # in ~/.bashrc",
			"source <(roofserve completion zsh)                                       # in ~/.zshrc, after compinit",
			"roofserve completion fish > ~/.config/fish/completions/roofserve.fish",
		},
		run: writeCompletion,
	}
}

func writeCompletion(ctx context.Context, t terminal, c *command, args []string) error {
	if len(args) > 0 && args[0] == completionWords {
		verbs, err := manual(ctx)
		if err != nil {
			return err
		}
		for _, word := range completions(verbs, args[1:]) {
			if _, err := fmt.Fprintln(t.out, word); err != nil {
				return cannotWrite("stdout", err)
			}
		}
		return nil
	}
	f := newFlags(c)
	shell, done, err := f.parseOne(t, args, "the shell")
	if done || err != nil {
		return err
	}
	script, ok := shells[shell]
	if !ok {
		return f.misuse(fmt.Sprintf("unknown shell %q", shell))
	}
	_, err = io.WriteString(t.out, *script)
	return cannotWrite("stdout", err)
}

// completions are what the last of the words may become. None stands for the name of a file.
func completions(verbs []entry, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	before, current := words[:len(words)-1], words[len(words)-1]
	list := ""
	if i := strings.LastIndexByte(current, ','); i >= 0 {
		list = current[:i+1] // of a list only the last name is completed
	}
	var fit []string
	for _, word := range candidates(verbs, before, current) {
		if strings.HasPrefix(list+word, current) {
			fit = append(fit, list+word)
		}
	}
	return fit
}

// candidates are all words that may stand after others.
func candidates(verbs []entry, before []string, current string) []string {
	if len(before) == 0 {
		return append(verbNames(verbs), "help", "version")
	}
	if before[0] == "help" {
		return append(verbNames(verbs), topics()...)
	}
	i := slices.IndexFunc(verbs, func(v entry) bool { return v.name == before[0] })
	if i < 0 {
		return nil
	}
	v := &verbs[i]
	if g := v.flag(before[len(before)-1]); g != nil && takesValue(g) {
		return valuesOf(g)
	}
	if strings.HasPrefix(current, "-") {
		list := []string{"--help"}
		for _, g := range v.flags {
			list = append(list, "--"+g.Name)
		}
		return list
	}
	return v.positional(before[1:])
}

func verbNames(verbs []entry) []string {
	var list []string
	for i := range verbs {
		list = append(list, verbs[i].name)
	}
	return list
}

// flag is the flag of the verb that a word names.
func (e *entry) flag(word string) *flag.Flag {
	name, dashed := strings.CutPrefix(word, "--")
	i := slices.IndexFunc(e.flags, func(g *flag.Flag) bool { return g.Name == name })
	if !dashed || i < 0 {
		return nil
	}
	return e.flags[i]
}

func takesValue(g *flag.Flag) bool {
	b, ok := g.Value.(interface{ IsBoolFlag() bool })
	return !ok || !b.IsBoolFlag()
}

// valuesOf are what a flag may be given, as far as it is one of a known few.
func valuesOf(g *flag.Flag) []string {
	value, _ := flag.UnquoteUsage(g)
	switch g.Name {
	case "model", "models":
		return arch.Names()
	case "device", "devices":
		return deviceNames()
	case "workload":
		return workloads.Builtin()
	case "policies":
		return engines.Names()
	case "weights", "kv", "formats":
		return units.FormatNames()
	case "set":
		var list []string
		for _, key := range scenarios.Keys() {
			list = append(list, key+"=")
		}
		return list
	}
	if strings.Contains(value, "|") {
		return strings.Split(value, "|")
	}
	return nil
}

// positional are what may stand after a verb and the words that follow it: as its usage says, an action and
// the name of what that is about, or the name of a scenario.
func (e *entry) positional(after []string) []string {
	said := slices.DeleteFunc(slices.Clone(after), func(word string) bool { return strings.HasPrefix(word, "-") })
	switch {
	case strings.HasPrefix(strings.TrimPrefix(e.usage, "["), "SCENARIO"):
		return scenarios.Names()
	case len(said) == 0:
		return e.actions()
	case e.name == "workload":
		return workloads.Builtin()
	case said[0] != "show":
		return nil
	case e.name == "models":
		return arch.Names()
	case e.name == "devices":
		return deviceNames()
	}
	return scenarios.Names()
}

// actions are the words in small letters with which the usage's alternatives begin.
func (e *entry) actions() []string {
	var list []string
	for _, alternative := range strings.Split(e.usage, "|") {
		first, _, _ := strings.Cut(strings.TrimSpace(alternative), " ")
		if strings.Contains(e.usage, "|") && first != "" && first == strings.ToLower(first) {
			list = append(list, first)
		}
	}
	return list
}

// deviceNames are the GPUs of the catalogue; none where that cannot be read.
func deviceNames() []string {
	devices, err := hw.Devices()
	if err != nil {
		return nil
	}
	var list []string
	for _, d := range devices {
		list = append(list, d.Name)
	}
	return list
}
