package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/roofserve/roofserve/internal/report"
)

// writeJSON writes a value where a --json flag says: nowhere, on stdout, or into a file.
func writeJSON(t terminal, path string, value any) error {
	return t.writeTo(path, func(w io.Writer) error { return report.WriteJSON(w, value) })
}

// writeBytes writes a text into a file, or to stdout.
func (t terminal) writeBytes(path string, text []byte) error {
	return t.writeTo(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
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
