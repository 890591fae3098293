package atomicfile

import (
	"io"
	"os"
	"path/filepath"
)

// Named is a file of a folder and what writes it.
type Named struct {
	Name  string
	Write func(io.Writer) error
}

// WriteFolder writes files into a folder, which it makes.
func WriteFolder(dir string, files ...Named) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, file := range files {
		if err := Write(filepath.Join(dir, file.Name), file.Write); err != nil {
			return err
		}
	}
	return nil
}
