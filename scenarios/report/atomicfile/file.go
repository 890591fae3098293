package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File collects content for a path. Exactly one of Commit and Abort ends it; Abort after Commit does nothing.
type File struct {
	path string
	temp *os.File // nil once ended
	buf  *bufio.Writer
	// direct marks a path that is not a regular file (a terminal, a pipe, /dev/null): it is written in place, since
	// renaming over it would destroy it.
	direct bool
}

// Create starts a file at path. The folder must exist.
func Create(path string) (*File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, fmt.Errorf("%s: is a folder", path)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{path: path, temp: f, buf: bufio.NewWriter(f), direct: true}, nil
	}
	f, err := createTemp(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, temp: f, buf: bufio.NewWriter(f)}, nil
}

// createTemp opens a new file beside path, with the permissions that path itself would get.
func createTemp(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	for i := 0; ; i++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%d-%d.tmp", base, os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if os.IsExist(err) {
			continue
		}
		if problem := (*fs.PathError)(nil); errors.As(err, &problem) {
			problem.Path = path // the name that the user knows
		}
		return f, err
	}
}

// Write adds content.
func (f *File) Write(p []byte) (int, error) { return f.buf.Write(p) }

// Commit gives the file its name.
func (f *File) Commit() error {
	temp := f.temp
	f.temp = nil
	err := f.buf.Flush()
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if f.direct {
		return err
	}
	if err == nil {
		err = os.Rename(temp.Name(), f.path)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}

// Abort drops what was written, unless it was committed.
func (f *File) Abort() {
	if f.temp == nil {
		return
	}
	f.temp.Close()
	if !f.direct {
		os.Remove(f.temp.Name())
	}
	f.temp = nil
}

// Check tells whether a file could be created at path, and leaves nothing behind.
func Check(path string) error {
	f, err := Create(path)
	if err == nil {
		f.Abort()
	}
	return err
}

// Write writes a whole file through a function.
func Write(path string, content func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := content(f); err != nil {
		return err
	}
	return f.Commit()
}

// WriteBytes writes a whole file.
func WriteBytes(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

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
