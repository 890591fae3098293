// Site builds a static site of the pages of this repository: docs, results and the page on which the
// simulator runs. It needs no server, asks none, and works from a folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	f := flag.NewFlagSet("site", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprint(f.Output(), `site builds the pages of this repository as a static site, with the playground, from the folder of its sources.

Usage: go run ./cmd/site [--out DIR]

  go run ./cmd/site                   build it into the folder site; open site/index.html
  go run ./cmd/site --out /srv/www    build it to be served

`)
		f.PrintDefaults()
	}
	out := f.String("out", "site", "write the site into `DIR`")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() > 0:
		fmt.Fprintf(os.Stderr, "site: %s: is no flag; the folder is named with --out\n", f.Arg(0))
		return 2
	}
	pages, err := write(".", *out)
	if err == nil {
		err = playground(ctx, filepath.Join(*out, "playground"))
	}
	switch {
	case ctx.Err() != nil:
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "site:", err)
		return 3
	}
	fmt.Printf("%s/index.html: %d pages, and the playground\n", *out, pages)
	return 0
}

// playground builds the page on which the simulator runs into a folder.
func playground(ctx context.Context, folder string) error {
	build := exec.CommandContext(ctx, "go", "run", "github.com/roofserve/roofserve/cmd/playground", "--out", folder)
	build.Stderr = os.Stderr
	return build.Run()
}
