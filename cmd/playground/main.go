// Playground builds the page on which the simulator runs in a browser: a folder of files that needs no
// server and asks none.
package main

import (
	"context"
	"io"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/builder"
)

var program = builder.Program{
	Name:   "playground",
	Does:   "builds the page on which roofserve runs in a browser, from the sources of this repository.",
	Writes: "the page's files",
	Build: func(ctx context.Context, out string) (string, error) {
		files, err := build(ctx)
		if err == nil {
			err = atomicfile.WriteFolder(out, named(files)...)
		}
		return "open it in a browser; nothing is sent anywhere", err
	},
}

func main() { program.Main() }

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
