//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// openDescriptor opens what the path of one of this process's open files names; nil where path is none. The
// file is shared: opening /dev/stdout anew would begin at the start of a file that the shell redirected it
// to, and replace what stands there.
func openDescriptor(path string) (*os.File, error) {
	n, is := descriptor(path)
	if !is {
		return nil, nil
	}
	fd, err := syscall.Dup(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), path), nil
}
