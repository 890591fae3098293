package main

import (
	"context"
	"fmt"
	"io"

	"github.com/roofserve/roofserve/internal/names"
)

// command is one verb. A verb is one file of this package and its line in commands.
type command struct {
	name     string
	usage    string // arguments after the name
	summary  string // one line
	details  string // more, for --help
	examples []string
	run      func(ctx context.Context, t terminal, c *command, args []string) error
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	made     *[]string // folders that were made for outputs, inner ones first
	patience *patience
	// asked, where it is set, is handed a verb's flags in place of the help that a reader would get.
	asked func(*flags)
}

// commands lists the verbs in the order of the help page.
func commands() []*command {
	return []*command{
		runCommand(), sweepCommand(), mergeCommand(), checkCommand(),
		capacityCommand(), planCommand(), compareCommand(), diffCommand(),
		explainCommand(),
		memoryCommand(),
		validateCommand(), calibrateCommand(),
		articleCommand(), modelsCommand(), devicesCommand(), scenariosCommand(), workloadCommand(), initCommand(),
		benchCommand(), licensesCommand(), manCommand(), completionCommand(),
	}
}

// run is the whole program: it returns the exit status.
func run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) int {
	p := attentive(stderr)
	t := terminal{in: stdin, out: p.overhear(painted(stdout)), err: p.overhear(painted(stderr)),
		made: new([]string), patience: p}
	err := dispatch(ctx, t, args)
	p.stop()
	if err != nil {
		t.removeEmpty()
	}
	status := exitStatus(ctx, err)
	switch {
	case status == statusInterrupted:
		fmt.Fprintln(t.err, interrupted)
	case err != nil && !isQuiet(err):
		fmt.Fprintln(t.err, err)
	}
	return status
}

func dispatch(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 {
		return helpPage(t.out)
	}
	switch {
	case isHelp(args[0]):
		return help(ctx, t, args[1:])
	case args[0] == "--version" || args[0] == "-version" || args[0] == "version":
		if len(args) > 1 {
			return misuse("roofserve version", fmt.Sprintf("unexpected argument %q", args[1]), "usage: roofserve version")
		}
		_, err := fmt.Fprintln(t.out, versionLine())
		return cannotWrite("stdout", err)
	}
	c, err := find(args[0])
	if err != nil {
		return err
	}
	return c.run(ctx, t, c, args[1:])
}

func isHelp(arg string) bool {
	return arg == "help" || arg == "--help" || arg == "-help" || arg == "-h"
}

func find(name string) (*command, error) {
	var known []string
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
		known = append(known, c.name)
	}
	return nil, misuse("roofserve", fmt.Sprintf("unknown command %q", name), names.Suggest(name, known))
}
