package atomicfile

import (
	"os"
	"sync"
)

// reserved are pipes that Check opened, by their paths.
var reserved = struct {
	sync.Mutex
	files map[string]*os.File
}{files: map[string]*os.File{}}

func reserve(target string, f *os.File) {
	reserved.Lock()
	defer reserved.Unlock()
	reserved.files[target] = f
}

// takeReserved is the pipe that Check opened at a path; nil where there is none.
func takeReserved(target string) *os.File {
	reserved.Lock()
	defer reserved.Unlock()
	f := reserved.files[target]
	delete(reserved.files, target)
	return f
}
