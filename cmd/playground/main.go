// Playground builds the page on which the simulator runs in a browser: a folder of files that needs no
// server and asks none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/roofserve/roofserve/internal/atomicfile"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	f := flag.NewFlagSet("playground", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprint(f.Output(), `playground builds the page on which roofserve runs in a browser, from the sources of this repository.

Usage: go run ./cmd/playground [--out DIR]

  go run ./cmd/playground                   build it into the folder playground; open playground/index.html
  go run ./cmd/playground --out /srv/www    build it to be served

`)
		f.PrintDefaults()
	}
	out := f.String("out", "playground", "write the page's files into `DIR`")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() > 0:
		fmt.Fprintf(os.Stderr, "playground: %s: is no flag; the folder is named with --out\n", f.Arg(0))
		return 2
	}
	files, err := build(ctx)
	if err == nil {
		err = atomicfile.WriteFolder(*out, named(files)...)
	}
	switch {
	case ctx.Err() != nil:
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "playground:", err)
		return 3
	}
	fmt.Printf("%s/index.html: open it in a browser; nothing is sent anywhere\n", *out)
	return 0
}

// named are the files in an order, index.html last, so that a page which is there is whole.
func named(files map[string][]byte) []atomicfile.Named {
	var list []atomicfile.Named
	for _, name := range append([]string{"engine.js"}, pageFiles...) {
		list = append(list, atomicfile.Named{Name: name, Write: func(w io.Writer) error {
			_, err := w.Write(files[name])
			return err
		}})
	}
	return list
}
