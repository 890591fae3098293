//go:build !js

package bounded

import (
	"io/fs"
	"os"
)

func statSystem(path string) (fs.FileInfo, error) { return os.Stat(path) }

func openSystem(path string, pipe bool) (fs.File, error) {
	if pipe {
		return os.OpenFile(path, os.O_RDONLY|withoutWaiting, 0)
	}
	return os.Open(path)
}

func readSystem(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
