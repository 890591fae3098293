package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roofserve/roofserve/scenarios/report"
	"github.com/roofserve/roofserve/scenarios/report/atomicfile"
)

// writeJSON writes a value where a --json flag says: nowhere, on stdout, or into a file.
func writeJSON(t terminal, path string, value any) error {
	switch path {
	case "":
		return nil
	case "-":
		return cannotWrite("stdout", report.WriteJSON(t.out, value))
	default:
		return cannotWrite(path, atomicfile.Write(path, func(w io.Writer) error { return report.WriteJSON(w, value) }))
	}
}

// makeFolder makes the folder of an --out flag.
func makeFolder(path string) error {
	if path == "" {
		return nil
	}
	return cannotWrite(path, os.MkdirAll(path, 0o777))
}

// checkOutputs finds out before long work whether its outputs can be written: the folder of an --out flag, which it makes, and
// files. Empty names ask for none, and - for stdout.
func checkOutputs(folder string, files ...string) error {
	if err := makeFolder(folder); err != nil {
		return err
	}
	if folder != "" {
		if err := atomicfile.Check(filepath.Join(folder, "index")); err != nil {
			return cannotWrite(folder, err)
		}
	}
	for _, file := range files {
		if file == "" || file == "-" {
			continue
		}
		if err := atomicfile.Check(file); err != nil {
			return cannotWrite(file, err)
		}
	}
	return nil
}

// cannotWrite says which output an error is about.
func cannotWrite(what string, err error) error {
	if err == nil {
		return nil
	}
	if problem := (*fs.PathError)(nil); errors.As(err, &problem) {
		err = problem.Err // it repeats the name
	}
	return fmt.Errorf("%s: cannot be written: %w", what, err)
}
