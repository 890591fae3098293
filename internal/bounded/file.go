package bounded

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// How many bytes are read of each kind of document; the largest real ones take about a tenth.
const (
	TOML   = 4 << 20  // scenarios, devices, models, engines
	Config = 32 << 20 // a Hugging Face config.json: those of quantised models name every layer, in 3 MB
	Result = 64 << 20 // a JSON result
)

// ReadFile is what the file at a path holds. It is an error if those are more than most bytes, or if Open
// refuses the path.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := ReadAll(file, most)
	if err == nil && len(data) == 0 && !IsRegular(path) {
		return nil, errors.New("is a pipe that nobody writes to")
	}
	return data, err
}

// ReadAll is all that in holds. It is an error if those are more than most bytes.
func ReadAll(in io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if int64(len(data)) > most {
		return nil, fmt.Errorf("has more than %d bytes", most)
	}
	return data, err
}

// Open opens a file or a pipe for reading. It refuses folders, devices (which may have no end) and sockets. A
// pipe that nobody writes to is empty: nothing waits for a writer. Errors do not repeat the path.
func Open(path string) (fs.File, error) {
	// Looking before opening keeps a device from being touched; unless told not to, opening a pipe waits for its
	// writer.
	info, err := Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	pipe := info.Mode()&fs.ModeNamedPipe != 0
	switch {
	case info.IsDir():
		return nil, errors.New("is a folder")
	case !pipe && !info.Mode().IsRegular():
		return nil, errors.New("is neither a file nor a pipe")
	}
	file, err := open(path, pipe)
	if err != nil {
		return nil, bare(err)
	}
	return file, nil
}

// IsRegular tells whether a path leads to a file that can be read twice.
func IsRegular(path string) bool {
	info, err := Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// bare is an error without the name of the file, which the caller's message has.
func bare(err error) error {
	if problem := (*fs.PathError)(nil); errors.As(err, &problem) {
		return problem.Err
	}
	return err
}
