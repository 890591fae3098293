package bounded

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// handed is where all files are looked for; nil for the machine's own.
var handed fs.FS

// Hand makes files the only place that anything is read from; nil that of the machine again, which a browser
// does not have. Nothing may be read meanwhile.
func Hand(files fs.FS) { handed = files }

// within is a path as a file system has it: from its root, with slashes.
func within(name string) string {
	name = path.Clean("/" + filepath.ToSlash(name))
	if name == "/" {
		return "."
	}
	return strings.TrimPrefix(name, "/")
}

// Stat tells what a path leads to.
func Stat(name string) (fs.FileInfo, error) {
	if handed != nil {
		return fs.Stat(handed, within(name))
	}
	return statSystem(name)
}

// ReadDir lists a folder, by name.
func ReadDir(name string) ([]fs.DirEntry, error) {
	if handed != nil {
		return fs.ReadDir(handed, within(name))
	}
	return readSystem(name)
}

func open(name string, pipe bool) (fs.File, error) {
	if handed != nil {
		return handed.Open(within(name))
	}
	return openSystem(name, pipe)
}
