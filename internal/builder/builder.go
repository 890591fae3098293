package builder

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

// Program builds pages into a folder.
type Program struct {
	Name   string // of its folder below cmd, and of the folder that it builds where none is named
	Does   string // as its help says it, to the end of a sentence
	Writes string // what --out names a folder for
	// Build builds them, and says what lies in the folder then.
	Build func(ctx context.Context, out string) (done string, err error)
}

// Main runs the program with the process's arguments until it is done or interrupted, and ends the process.
func (p *Program) Main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	os.Exit(p.Run(ctx, os.Args[1:]))
}

// Run runs the program and is its exit status.
func (p *Program) Run(ctx context.Context, args []string) int {
	f := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), `%[1]s %[2]s

Usage: go run ./cmd/%[1]s [--out DIR]

  go run ./cmd/%-26[1]s build it into the folder %[1]s; open %[1]s/index.html
  go run ./cmd/%-26[3]s build it to be served

`, p.Name, p.Does, p.Name+" --out /srv/www")
		f.PrintDefaults()
	}
	out := f.String("out", p.Name, "write "+p.Writes+" into `DIR`")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() > 0:
		fmt.Fprintf(os.Stderr, "%s: %s: is no flag; the folder is named with --out\n", p.Name, f.Arg(0))
		return 2
	}
	done, err := p.Build(ctx, *out)
	switch {
	case ctx.Err() != nil:
		return 130
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		return 3
	}
	fmt.Printf("%s/index.html: %s\n", *out, done)
	return 0
}
