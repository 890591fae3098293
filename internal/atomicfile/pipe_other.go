//go:build !unix

package atomicfile

import "os"

// openPipe opens a pipe for writing; where these systems have named pipes, opening them does not wait.
func openPipe(path string) (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) }
