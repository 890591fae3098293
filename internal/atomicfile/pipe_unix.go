//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// pipePatience is how long a pipe's reader may take to come: one that was started beside this program is not
// late.
const pipePatience = time.Second

// errNoReader says that a pipe has a writer only.
var errNoReader = errors.New("nobody reads this pipe; start its reader first")

// openPipe opens a named pipe for writing. An open that waits for a reader would hang where none comes.
func openPipe(path string) (*os.File, error) {
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return f, err
		}
		if time.Since(start) > pipePatience {
			return nil, errNoReader
		}
	}
}
