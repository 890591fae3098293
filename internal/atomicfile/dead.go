package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// searched are the folders in which dead runs' files were looked for.
var searched = struct {
	sync.Mutex
	dirs map[string]bool
}{dirs: map[string]bool{}}

// removeDead removes temporary files that runs left in a folder when they were killed; it looks once. A file
// that a living run writes is locked, and stays.
func removeDead(dir string) {
	searched.Lock()
	defer searched.Unlock()
	if searched.dirs[dir] {
		return
	}
	searched.dirs[dir] = true
	folder, err := os.Open(dir)
	if err != nil {
		return // creating a file says what is wrong
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, ".") && strings.HasSuffix(name, suffix) {
			removeUnlocked(filepath.Join(dir, name))
		}
	}
}
