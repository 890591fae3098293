package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File collects content for a path. Exactly one of Commit and Abort ends it; Abort after Commit does nothing.
type File struct {
	target string   // the path with symbolic links followed
	temp   *os.File // nil once ended
	buf    *bufio.Writer
	// ends what tells other runs that the temporary file is in use; nil for a file that is written in place
	unlock func()
}

// Create starts a file at path. The folder must exist, and a file that is there already must be writable.
func Create(path string) (*File, error) {
	target, err := Follow(path)
	if err != nil {
		return nil, err
	}
	if held := takeReserved(target); held != nil {
		return inPlace(target, held), nil
	}
	if direct, err := openDescriptor(target); direct != nil || err != nil {
		return inPlace(target, direct), err
	}
	info, err := os.Stat(target)
	switch {
	case os.IsNotExist(err):
		return createTemp(target, nil)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a folder", path)
	case info.Mode().IsRegular():
		if err := checkWritable(target); err != nil {
			return nil, err
		}
		return createTemp(target, info)
	case info.Mode()&fs.ModeNamedPipe != 0:
		pipe, err := openPipe(target)
		return inPlace(target, pipe), err
	default:
		device, err := os.OpenFile(target, os.O_WRONLY, 0)
		return inPlace(target, device), err
	}
}

// inPlace is a file that is no regular one (a terminal, a pipe, /dev/null): renaming over it would destroy
// it.
func inPlace(target string, f *os.File) *File {
	if f == nil {
		return nil
	}
	return &File{target: target, temp: f, buf: bufio.NewWriter(f)}
}

// checkWritable keeps a file that its owner made read-only: a rename would replace it all the same.
func checkWritable(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
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
	if f.unlock == nil {
		return err
	}
	defer f.unlock()
	return publish(temp.Name(), f.target, err)
}

// Abort drops what was written, unless it was committed.
func (f *File) Abort() {
	if f.temp == nil {
		return
	}
	f.temp.Close()
	if f.unlock != nil {
		discard(f.temp.Name())
		f.unlock()
	}
	f.temp = nil
}

// Check tells whether a file could be created at path, and leaves nothing behind. A pipe stays open for the
// Create that follows, since its reader would take a writer that goes for the end.
func Check(path string) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	if info, err := f.temp.Stat(); err == nil && f.unlock == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		reserve(f.target, f.temp)
		return nil
	}
	f.Abort()
	return nil
}

// CheckFolder tells whether files could be created in a folder, and leaves nothing behind.
func CheckFolder(dir string) error {
	f, err := createTemp(dir+string(os.PathSeparator)+"check", nil)
	if err != nil {
		return err
	}
	f.Abort()
	return nil
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
