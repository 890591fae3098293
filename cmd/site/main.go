// Site builds a static site of the pages of this repository: docs, results and the page on which the
// simulator runs. It needs no server, asks none, and works from a folder.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/builder"
)

var program = builder.Program{
	Name:   "site",
	Does:   "builds the pages of this repository as a static site, with the playground, from the folder of its sources.",
	Writes: "the site",
	Build: func(ctx context.Context, out string) (string, error) {
		pages, err := write(".", out)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d pages, and the playground", pages), playground(ctx, filepath.Join(out, "playground"))
	},
}

func main() { program.Main() }

// playground builds the page on which the simulator runs into a folder.
func playground(ctx context.Context, folder string) error {
	build := exec.CommandContext(ctx, "go", "run", "github.com/roofserve/roofserve/cmd/playground", "--out", folder)
	build.Stderr = os.Stderr
	return build.Run()
}
